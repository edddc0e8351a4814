"""Augmentation of table rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor


def check_rows(x: Tensor, n_features: int | None = None) -> None:
    """Raise unless ``x`` holds floating-point rows of ``n_features`` values."""
    if not x.is_floating_point():
        raise TypeError(
            f"Augmentations take floating-point tensors, got {x.dtype}: "
            "convert with x.float()."
        )
    width = x.shape[1:].numel()
    if n_features not in (None, width):
        raise ValueError(
            f"The augmentation is for rows of {n_features} values; these have {width}."
        )


def _check_share(name: str, value: float) -> None:
    if not 0 <= value < 1:
        raise ValueError(f"{name} should be in [0, 1), got {value!r}.")


@dataclass(frozen=True)
class Dropout:
    """Set values to zero at random and scale the rest up to keep the mean.

    Unlike ``torch.nn.Dropout``, it draws from the given generator.

    Parameters
    ----------
    p : float, default=0.2
        Probability that a value is set to zero, in [0, 1).
    """

    p: float = 0.2

    def __post_init__(self) -> None:
        _check_share("p", self.p)

    def __call__(self, x: Tensor, generator: torch.Generator) -> Tensor:
        """Return a corrupted copy of ``x``, of the same shape."""
        check_rows(x)
        keep = torch.empty_like(x).bernoulli_(1 - self.p, generator=generator)
        return x * keep.div_(1 - self.p)


@dataclass(frozen=True)
class GaussianNoise:
    """Add independent Gaussian noise to every value.

    Parameters
    ----------
    scale : float or Tensor of shape (n_features,), default=0.1
        Standard deviation, in the units of the data; one for all columns or one
        for each.
    """

    scale: float | Tensor = 0.1

    def __post_init__(self) -> None:
        if not (torch.as_tensor(self.scale) >= 0).all():
            raise ValueError(f"scale should be >= 0, got {self.scale!r}.")

    def __call__(self, x: Tensor, generator: torch.Generator) -> Tensor:
        """Return a noisy copy of ``x``, of the same shape."""
        check_rows(x, _width(self.scale))
        noise = torch.empty_like(x).normal_(generator=generator)
        return x + noise * _there(self.scale, x)


@dataclass(frozen=True)
class Swap:
    """Replace values with values of the same column in other rows.

    Parameters
    ----------
    values : Tensor of shape (n_rows, n_features)
        The rows from which values are drawn: the table or a sample of it.
    p : float, default=0.3
        Probability that a value is replaced, in [0, 1).
    feature_groups : sequence of sequences of int, default=()
        Columns that are replaced together, from one row, such as those of a one-hot
        encoding. Columns in no group are replaced independently.
    """

    values: Tensor
    p: float = 0.3
    feature_groups: Sequence[Sequence[int]] = ()

    def __post_init__(self) -> None:
        _check_share("p", self.p)
        if self.values.ndim != 2 or not len(self.values):
            raise ValueError(
                "values should be at least one row, of shape (n_rows, n_features), "
                f"got shape {tuple(self.values.shape)}."
            )
        number_groups(self.values.shape[1], self.feature_groups)

    def __call__(self, x: Tensor, generator: torch.Generator) -> Tensor:
        """Return a corrupted copy of ``x``, of the same shape."""
        check_rows(x, self.values.shape[1])
        group, n_groups = _groups_on(x, self.feature_groups)
        replaced = _draw_cells(x, self.p, group, n_groups, generator)
        rows = torch.randint(
            len(self.values),
            (len(x), n_groups),
            device=x.device,
            generator=generator,
        )
        values = self.values.to(x)
        return torch.where(replaced, values.gather(0, rows[:, group]), x)


@dataclass(frozen=True)
class Mask:
    """Replace values with one fill value per column.

    Parameters
    ----------
    fill : float or Tensor of shape (n_features,), default=0.0
        The fill values, for example the means of the columns.
    p : float, default=0.3
        Probability that a value is replaced, in [0, 1).
    feature_groups : sequence of sequences of int, default=()
        Columns that are replaced together.
    """

    fill: float | Tensor = 0.0
    p: float = 0.3
    feature_groups: Sequence[Sequence[int]] = ()

    def __post_init__(self) -> None:
        _check_share("p", self.p)

    def __call__(self, x: Tensor, generator: torch.Generator) -> Tensor:
        """Return a corrupted copy of ``x``, of the same shape."""
        check_rows(x, _width(self.fill))
        group, n_groups = _groups_on(x, self.feature_groups)
        replaced = _draw_cells(x, self.p, group, n_groups, generator)
        return torch.where(replaced, _there(self.fill, x), x)


def _width(value: float | Tensor) -> int | None:
    """Number of columns that a value is given for; None if it suits any number."""
    return len(value) if torch.is_tensor(value) and value.ndim else None


def _there(value: float | Tensor, x: Tensor) -> float | Tensor:
    """Convert a tensor to the dtype and device of ``x``; numbers stay numbers."""
    return value.to(x) if torch.is_tensor(value) else value


def _draw_cells(
    x: Tensor, p: float, group: Tensor, n_groups: int, generator: torch.Generator
) -> Tensor:
    """Which cells change, whole groups at a time."""
    drawn = torch.rand(len(x), n_groups, device=x.device, generator=generator)
    return (drawn < p)[:, group]


def number_groups(n_features: int, feature_groups: Sequence[Sequence[int]]) -> Tensor:
    """Number of each column's group; columns in no group have one each.

    Raises
    ------
    ValueError
        If groups contain a column twice, or one that does not exist.
    """
    return _number_groups(n_features, tuple(map(tuple, feature_groups)))


def _groups_on(
    x: Tensor, feature_groups: Sequence[Sequence[int]]
) -> tuple[Tensor, int]:
    """Groups of the columns, on the device of ``x``, and their number."""
    return _numbered(x.shape[1], tuple(map(tuple, feature_groups)), x.device)


@lru_cache(maxsize=16)
def _numbered(
    n_features: int, feature_groups: tuple[tuple[int, ...], ...], device: torch.device
) -> tuple[Tensor, int]:
    # Cached on the device, to avoid waiting for it in each batch.
    group = _number_groups(n_features, feature_groups)
    return group.to(device), int(group.max()) + 1


@lru_cache(maxsize=16)
def _number_groups(
    n_features: int, feature_groups: tuple[tuple[int, ...], ...]
) -> Tensor:
    group = torch.full((n_features,), -1)
    for number, columns in enumerate(feature_groups):
        for column in columns:
            if not -n_features <= column < n_features:
                raise ValueError(
                    f"feature_groups names column {column}; there are {n_features}."
                )
            if group[column] >= 0:
                raise ValueError(f"feature_groups names column {column} twice.")
            group[column] = number
    alone = group < 0
    n_alone = int(alone.sum())
    group[alone] = torch.arange(n_alone) + len(feature_groups)
    return group
