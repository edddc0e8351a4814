"""Saving fitted estimators, and loading them without trusting the file."""

import hashlib
import json
import os
import uuid
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
import torch
from sklearn.base import BaseEstimator

from skdeepcluster._version import __version__
from skdeepcluster.sharing.estimators import is_known
from skdeepcluster.sharing.pipelines import (
    MissingPackageError,
    describe,
    is_pipeline,
    rebuild,
)
from skdeepcluster.sharing.plain import MissingArgumentError, Tensors

#: Incremented when the layout of the file changes.
_FORMAT = 1


def save(estimator: BaseEstimator, path: str | os.PathLike) -> None:
    """Write a fitted estimator or Pipeline to a file that holds data and no code.

    The file is in the safetensors format: weights and arrays are stored as tensors,
    the network's structure, parameters and fitted attributes as JSON in its header.
    Unlike opening a pickle, opening it never runs code from the file. The steps of a
    Pipeline that belong to scikit-learn are stored by skops, as bytes inside the same
    file.

    Parameters that are code (callbacks, your own augmentation or encoder, a random
    number generator, a clusterer as ``init``) are not written, nor is ``memory``,
    which is a location on this machine; pass them to :func:`load` again. The file is
    written completely or not at all.

    Parameters
    ----------
    estimator : estimator of this package, or Pipeline
        Fitted. The steps of a Pipeline may be estimators and transformers of this
        package and of scikit-learn, and Pipelines of these.
    path : str or path
        Where to write; by convention it ends in ``.safetensors``.

    Raises
    ------
    TypeError
        If the estimator is not one of this package, if a step of a Pipeline is
        neither of this package nor of scikit-learn, or if your own module has state
        that is not a tensor.
    ValueError
        If :func:`load` would refuse the file, for example because ``n_clusters`` was
        set after ``fit``, or because a step contains a Pipeline with ``memory``.
    OSError
        If it cannot be written: ``path`` is a folder or device, the disk is full, ...
    sklearn.exceptions.NotFittedError
        If it is not fitted.
    ImportError
        If safetensors, or for a Pipeline skops, is not installed (``pip install
        safetensors skops``).

    See Also
    --------
    load : Reads the file.

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
    if not (is_known(estimator) or is_pipeline(estimator)):
        raise TypeError(
            "save takes the estimators of skdeepcluster that have a network, and "
            f"Pipelines, got {estimator!r}. For a search, save "
            "search.best_estimator_."
        )
    tensors = Tensors()
    content = {"format": _FORMAT, "versions": _versions()}
    text = json.dumps(content | describe(estimator, tensors))
    _check_readable(estimator, text, tensors)
    _write(Path(os.fsdecode(path)), tensors, text)


def load(path: str | os.PathLike, **parameters: Any) -> Any:
    """Load an estimator from a file written by :func:`save`.

    Parameters
    ----------
    path : str or path
    **parameters
        Parameters that could not be stored in the file. If the estimator has your own
        ``encoder``, it must be passed here, in any form that the estimator takes (its
        weights come from the file); others are needed only to fit the estimator again.
        Those of a Pipeline's step are named as by ``set_params``: ``idec__encoder``.

    Returns
    -------
    estimator : estimator or Pipeline
        On a CPU, its predictions are identical to those of the saved estimator, bit for
        bit, if library versions and processor are the same.

    Raises
    ------
    ValueError
        If the file is damaged, contains names unknown to this package, or needs your
        own encoder.
    ImportError
        If safetensors, or for a Pipeline skops, is not installed (``pip install
        safetensors skops``).

    Warns
    -----
    UserWarning
        If the file was written with different versions of the libraries, or if
        parameters that are code are not given.
    """
    tensors, text = _read(Path(os.fsdecode(path)))
    try:
        content = json.loads(text)
        if content["format"] != _FORMAT:
            raise ValueError(f"format {content['format']!r} is not {_FORMAT}")
        estimator, missing = rebuild(content, tensors, parameters)
        versions = dict(content["versions"])
    except MissingArgumentError as error:
        raise ValueError(_printable(error)) from None
    except MissingPackageError:
        raise
    except Exception as error:  # invalid data can lead to any error
        raise ValueError(
            f"{os.fspath(path)} does not hold an estimator that this version of "
            f"skdeepcluster knows: {error!r}."
        ) from error
    _warn_of_versions(versions)
    if missing:
        warnings.warn(
            "Parameters that are code, or a location on the other machine, are not in "
            f"the file and have their defaults: {', '.join(missing)}. Pass them to "
            "load to fit again.",
            stacklevel=2,
        )
    return estimator


def _check_readable(estimator: Any, text: str, tensors: Tensors) -> None:
    """Raise if ``load`` would refuse the file."""
    try:
        rebuild(json.loads(text), tensors, {}, estimator)
    except Exception as error:
        raise ValueError(
            f"This {type(estimator).__name__} could not be loaded again: {error}. If "
            "parameters were set after fit, fit again; else use pickle."
        ) from error


# -- the file -------------------------------------------------------------------


def _write(path: Path, tensors: Tensors, text: str) -> None:
    _check_installed()
    from safetensors.torch import save as serialize

    # A single entry, because the order of several would be arbitrary.
    metadata = {"skdeepcluster": _digest(tensors, text) + text}
    write_whole(path, lambda: serialize(tensors, metadata))


def write_whole(path: Path, content: Callable[[], bytes]) -> None:
    """Write a file completely or not at all.

    Parameters
    ----------
    path : Path
    content : callable () -> bytes
        Called once it is clear that there may be such a file.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    path = path.resolve()  # keeps a symbolic link
    if not path.parent.is_dir():
        raise FileNotFoundError(f"There is no folder {path.parent}.")
    _check_regular(path)
    data = content()
    unfinished = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        with open(unfinished, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # else a crash could leave a renamed, empty file
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def _read(path: Path) -> tuple[Tensors, str]:
    _check_installed()
    from safetensors import safe_open

    tensors = Tensors()
    _check_regular(path)
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            for name in file.keys():  # noqa: SIM118, not a dict
                # A copy, because the file may be replaced later.
                tensors[name] = file.get_tensor(name).clone()
        digest, text = metadata["skdeepcluster"][:64], metadata["skdeepcluster"][64:]
        expected = _digest(tensors, text)
    except OSError:
        raise
    except Exception as error:  # damage can lead to any error
        raise ValueError(
            f"{path} is damaged, or was not written by skdeepcluster.save: {error!r}."
        ) from error
    if digest != expected:
        raise ValueError(f"{path} is damaged: its digest does not match its content.")
    return tensors, text


def _check_regular(path: Path) -> None:
    """Raise if it is a folder, a device or a pipe, on which one could wait for ever."""
    if path.exists() and not path.is_file():
        raise OSError(f"{path} is not a regular file.")


def _check_installed() -> None:
    try:
        import safetensors  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "save and load need safetensors: pip install safetensors."
        ) from error


def _digest(tensors: Tensors, text: str) -> str:
    """Detects damage, not forgery: the digest can be changed with the file."""
    digest = hashlib.sha256(text.encode())  # 64 digits
    for name in sorted(tensors):
        tensor = tensors[name].contiguous()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _versions() -> dict[str, str]:
    return {
        "skdeepcluster": __version__,
        "torch": torch.__version__.partition("+")[0],
        "scikit-learn": sklearn.__version__,
        "numpy": np.__version__,
    }


def _printable(text: object) -> str:
    """Without control characters, which a forged file could send to the terminal."""
    return "".join(c if c.isprintable() else "?" for c in str(text))


def _warn_of_versions(saved: dict[str, Any]) -> None:
    here = _versions()
    others = [
        f"{name} {saved.get(name)} (here {version})"
        for name, version in here.items()
        if saved.get(name) != version
    ]
    if others:
        warnings.warn(
            f"The file was written with {_printable(', '.join(others))}; predictions "
            "may differ in their last digits, or by more.",
            stacklevel=3,
        )
