"""The parameter ``augmentation``, where "auto" and "affine" are its only names."""

from collections.abc import Callable

from skdeepcluster.augment import RandomAffine


def affine_augmentation(
    augmentation: str | Callable | None,
    image_shape: tuple[int, int, int] | None,
    *warp: float,
) -> Callable | None:
    """Resolve the parameter to a callable.

    Parameters
    ----------
    augmentation : "auto", "affine", callable or None
    image_shape : tuple of int or None
        Without one, "auto" is no augmentation.
    *warp : float
        Degrees, shift and zoom of :class:`~skdeepcluster.augment.RandomAffine`.

    Raises
    ------
    ValueError
        If "affine" has no ``image_shape``, or for another name.
    """
    if augmentation is None or callable(augmentation):
        return augmentation
    if augmentation not in ("auto", "affine") or (
        augmentation == "affine" and image_shape is None
    ):
        raise ValueError(
            f"augmentation={augmentation!r} should be 'auto', 'affine' (with an "
            "image_shape), a callable or None."
        )
    return None if image_shape is None else RandomAffine(image_shape, *warp)
