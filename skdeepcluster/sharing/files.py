"""Saving a fitted estimator, and loading it where nothing else is trusted."""

import hashlib
import json
import os
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
import torch
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted
from torch import nn

import skdeepcluster
from skdeepcluster.sharing.modules import from_tree, to_tree
from skdeepcluster.sharing.plain import NotPlainError, Tensors, from_plain, to_plain

#: Raised when the layout of the file changes.
_FORMAT = 1

#: Fitted attributes whose names do not say so.
_UNMARKED = ("_n_features_out", "_sklearn_output_config")


def save(estimator: BaseEstimator, path: str | os.PathLike) -> None:
    """Write a fitted estimator to a file that holds data and no code.

    The file is in the safetensors format: weights and arrays as tensors, the
    network's structure, parameters and fitted attributes as JSON in its header.
    Opening it runs nothing that came with it, as opening a pickle may.

    Parameters that are code (callbacks, an augmentation or an encoder of your own,
    a generator of random numbers, a clusterer as ``init``) are not written;
    :func:`load` takes them again. The file appears whole or not at all.

    Parameters
    ----------
    estimator : estimator of this package
        Fitted.
    path : str or path
        Where to write; by custom it ends in ``.safetensors``.

    Raises
    ------
    TypeError
        If the estimator is not one of this package (for a Pipeline, save its steps).
    sklearn.exceptions.NotFittedError
        If it is not fitted.
    ImportError
        If safetensors is not installed (``pip install safetensors``).

    See Also
    --------
    load : The way back.

    Examples
    --------
    >>> import tempfile, pathlib, skdeepcluster
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.preprocessing import scale
    >>> X = scale(load_iris().data)
    >>> dec = skdeepcluster.DEC(3, hidden_layer_sizes=(16,), random_state=0).fit(X)
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "iris.safetensors"
    >>> skdeepcluster.save(dec, path)
    >>> bool((skdeepcluster.load(path).predict(X) == dec.labels_).all())
    True
    """
    if _known(type(estimator).__name__) is not type(estimator):
        raise TypeError(
            f"save takes the estimators of skdeepcluster, got {estimator!r}. Of a "
            "Pipeline or a search, save the fitted step: pipe[-1], "
            "search.best_estimator_[-1]."
        )
    check_is_fitted(estimator, "module_")
    tensors = Tensors()
    content = _describe(estimator, tensors)
    text = json.dumps(content)
    _write(Path(path), tensors, text)


def load(path: str | os.PathLike, **parameters: Any) -> Any:
    """Read an estimator that :func:`save` has written.

    Parameters
    ----------
    path : str or path
    **parameters
        Parameters that the file could not keep because they are code. A network
        with an ``encoder`` of your own needs it here, in any form that the
        estimator takes (its weights come from the file); others matter only when
        the estimator is fitted again.

    Returns
    -------
    estimator : estimator
        Its predictions on a CPU are those of the saved one bit for bit, where
        library versions and processor are the same.

    Raises
    ------
    ValueError
        If the file is damaged, names what this package does not know, or lacks an
        encoder of your own.
    ImportError
        If safetensors is not installed (``pip install safetensors``).

    Warns
    -----
    UserWarning
        If the file was written with other versions of the libraries, or had
        parameters that are code and are not given.
    """
    tensors, text = _read(Path(path))
    try:
        content = json.loads(text)
        estimator, missing = _rebuild(content, tensors, parameters)
        versions = dict(content["versions"])
    except _LackingError:
        raise
    except (
        # All that wrong data can lead to.
        *(KeyError, IndexError, TypeError, ValueError, AttributeError),
        *(RuntimeError, RecursionError, OverflowError),
    ) as error:
        raise ValueError(
            f"{os.fspath(path)} does not hold an estimator that this version of "
            f"skdeepcluster knows: {error!r}."
        ) from error
    _warn_of_versions(versions)
    if missing:
        warnings.warn(
            f"Parameters that are code are not in the file and have their defaults: "
            f"{', '.join(missing)}. Give them to load to fit again.",
            stacklevel=2,
        )
    return estimator


class _LackingError(ValueError):
    """The file is sound, and the call lacks something."""


# -- estimators as data ---------------------------------------------------------


def _describe(estimator: BaseEstimator, tensors: Tensors) -> dict[str, Any]:
    """Everything about an estimator that is data."""
    parameters, code = {}, []
    for name, value in estimator.get_params(deep=False).items():
        try:
            parameters[name] = to_plain(value, tensors)
        except NotPlainError:
            code.append(name)
    attributes = {
        name: to_plain(value, tensors)
        for name, value in vars(estimator).items()
        if _is_attribute(name) and name != "module_"
    }
    return {
        "format": _FORMAT,
        "class": type(estimator).__name__,
        "versions": _versions(),
        "parameters": parameters,
        "code": code,
        "attributes": attributes,
        "module": to_tree(estimator.module_, "module", tensors),
    }


def _rebuild(
    content: dict[str, Any], tensors: Tensors, given: dict[str, Any]
) -> tuple[Any, list[str]]:
    """The estimator, and the names of parameters that are neither kept nor given."""
    if content["format"] != _FORMAT:
        raise ValueError(f"format {content['format']!r} is not {_FORMAT}")
    kind = _known(content["class"])
    if kind is None:
        raise ValueError(f"there is no estimator {content['class']!r}")
    kept = {n: from_plain(v, tensors) for n, v in content["parameters"].items()}
    wrong = set(given) - set(kind._get_param_names())
    if wrong:
        raise _LackingError(f"{kind.__name__} has no parameter {sorted(wrong)[0]!r}.")
    estimator = kind(**(kept | given))
    estimator._validate_params()
    for name, value in content["attributes"].items():
        if not _is_attribute(name) or hasattr(kind, name):
            raise ValueError(f"{kind.__name__} has no attribute {name!r}")
        setattr(estimator, name, from_plain(value, tensors))
    estimator.module_ = from_tree(
        content["module"],
        tensors,
        lambda path: _given_encoder(estimator, given.get("encoder"), path),
    )
    return estimator, [name for name in content["code"] if name not in given]


def _given_encoder(estimator: Any, encoder: Any, path: str) -> nn.Module:
    """A module of the kind that was at ``path`` in the network."""
    n_features = estimator.n_features_in_
    where = re.search(r"\.(\d+)\b", path)
    if where and hasattr(estimator, "views_"):
        view, columns = list(estimator.views_.items())[int(where[1])]
        n_features = len(columns)
        encoder = encoder.get(view) if isinstance(encoder, dict) else encoder
    if hasattr(encoder, "module_"):  # a fitted Autoencoder
        encoder = encoder.module_.encoder
    if isinstance(encoder, nn.Module):
        return encoder
    if encoder is None or isinstance(encoder, str):
        raise _LackingError(
            f"The network holds a module of your own at {path!r}, of which the file "
            "has only the weights: call load(path, encoder=...) with the encoder that "
            f"{type(estimator).__name__} was given."
        )
    return encoder(n_features, estimator._n_features_out)


def _is_attribute(name: str) -> bool:
    return name in _UNMARKED or (name.endswith("_") and not name.startswith("_"))


def _known(name: Any) -> Any:
    """The estimator of this package with that name, or None."""
    value = getattr(skdeepcluster, name, None) if isinstance(name, str) else None
    public = name in skdeepcluster.__all__ and isinstance(value, type)
    return value if public else None


# -- the file -------------------------------------------------------------------


def _write(path: Path, tensors: Tensors, text: str) -> None:
    _check_installed()
    from safetensors.torch import save_file

    # One entry, because their order in the file would be left to chance.
    metadata = {"skdeepcluster": _digest(tensors, text) + text}
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        save_file(tensors, partial, metadata)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _read(path: Path) -> tuple[Tensors, str]:
    _check_installed()
    from safetensors import SafetensorError, safe_open

    tensors = Tensors()
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            for name in file.keys():  # noqa: SIM118, it is no dict
                tensors[name] = file.get_tensor(name)
        digest, text = metadata["skdeepcluster"][:64], metadata["skdeepcluster"][64:]
    except (SafetensorError, KeyError, UnicodeDecodeError) as error:
        raise ValueError(
            f"{path} is damaged, or was not written by skdeepcluster.save: {error!r}."
        ) from error
    if digest != _digest(tensors, text):
        raise ValueError(f"{path} is damaged: its digest is not that of its content.")
    return tensors, text


def _check_installed() -> None:
    try:
        import safetensors  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "save and load need safetensors: pip install safetensors."
        ) from error


def _digest(tensors: Tensors, text: str) -> str:
    """Tells damage, not forgery: whoever can change the file can change it too."""
    digest = hashlib.sha256(text.encode())  # 64 digits
    for name in sorted(tensors):
        tensor = tensors[name].contiguous()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _versions() -> dict[str, str]:
    return {
        "skdeepcluster": skdeepcluster.__version__,
        "torch": torch.__version__.partition("+")[0],
        "scikit-learn": sklearn.__version__,
        "numpy": np.__version__,
    }


def _warn_of_versions(saved: dict[str, Any]) -> None:
    here = _versions()
    others = [
        f"{name} {saved.get(name)} (here {version})"
        for name, version in here.items()
        if saved.get(name) != version
    ]
    if others:
        warnings.warn(
            f"The file was written with {', '.join(others)}; predictions may differ "
            "in their last digits, or in more.",
            stacklevel=3,
        )
