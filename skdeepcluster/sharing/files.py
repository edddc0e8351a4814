"""Saving fitted estimators, and loading them without trusting the file."""

import json
import os
import warnings
from pathlib import Path
from typing import Any

from sklearn.base import BaseEstimator

from skdeepcluster.sharing.estimators import is_known
from skdeepcluster.sharing.pipelines import (
    MissingPackageError,
    describe,
    is_pipeline,
    rebuild,
)
from skdeepcluster.training.plain import MissingArgumentError, Tensors
from skdeepcluster.training.tensor_file import (
    check_safetensors,
    read_tensors,
    write_tensors,
)
from skdeepcluster.training.versions import versions

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
    number generator, a clusterer as ``init``) are not written, nor are ``memory``,
    ``checkpoint``, ``device`` and ``distributed``, which belong to this machine; pass
    them to :func:`load` again. The file is written completely or not at all.

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
    check_safetensors("save and load")
    tensors = Tensors()
    content = {"format": _FORMAT, "versions": versions()}
    text = json.dumps(content | describe(estimator, tensors))
    _check_readable(estimator, text, tensors)
    write_tensors(Path(os.fsdecode(path)), tensors, text)


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
        parameters that were set, but are not in the file, are not given.
    """
    check_safetensors("save and load")
    tensors, text = read_tensors(Path(os.fsdecode(path)))
    try:
        content = json.loads(text)
        if content["format"] != _FORMAT:
            raise ValueError(f"format {content['format']!r} is not {_FORMAT}")
        estimator, missing = rebuild(content, tensors, parameters)
        saved = dict(content["versions"])
    except MissingArgumentError as error:
        raise ValueError(_printable(error)) from None
    except MissingPackageError:
        raise
    except Exception as error:  # invalid data can lead to any error
        raise ValueError(
            f"{os.fspath(path)} does not hold an estimator that this version of "
            f"skdeepcluster knows: {error!r}."
        ) from error
    _warn_of_versions(saved)
    if missing:
        warnings.warn(
            "Parameters that are code, or belong to the machine of the fit, are not in "
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


# -- messages -------------------------------------------------------------------


def _printable(text: object) -> str:
    """Without control characters, which a forged file could send to the terminal."""
    return "".join(c if c.isprintable() else "?" for c in str(text))


def _warn_of_versions(saved: dict[str, Any]) -> None:
    here = versions()
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
