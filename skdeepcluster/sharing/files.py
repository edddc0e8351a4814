"""Saving fitted estimators, and loading them without trusting the file."""

import json
import operator
import os
import re
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted
from torch import nn

from skdeepcluster.embedded import DEC, DSSEC, IDEC, Autoencoder
from skdeepcluster.manifold import NeighborClustering
from skdeepcluster.multiview import DM2C, EAMC
from skdeepcluster.pairwise import DAC, ContrastiveClustering
from skdeepcluster.sharing.limits import SizeLimit
from skdeepcluster.sharing.modules import from_tree, to_tree
from skdeepcluster.training import default_torch_modes, isolated_torch_generators
from skdeepcluster.training.plain import (
    MissingArgumentError,
    NotSerializableError,
    Tensors,
    from_plain,
    to_plain,
)
from skdeepcluster.training.tensor_file import (
    check_safetensors,
    read_tensors,
    write_tensors,
)
from skdeepcluster.training.versions import versions

#: The estimators that can be saved, by name.
_ESTIMATORS: dict[str, type[BaseEstimator]] = {
    kind.__name__: kind
    for kind in (
        DAC,
        DEC,
        DM2C,
        DSSEC,
        EAMC,
        IDEC,
        Autoencoder,
        ContrastiveClustering,
        NeighborClustering,
    )
}

#: Incremented when the layout of the file changes.
_FORMAT = 1

#: Fitted attributes whose names do not end in an underscore.
_UNMARKED = ("_limits", "_n_features_out", "_sklearn_output_config")

#: Parameters that a file never holds: code, and places on this machine, where caches
#: are read as pickles.
_NEVER_STORED = {"callbacks", "checkpoint", "memory"}

#: The most values that a network may compute for a row: so many, or so many for each
#: value in the file. A forged file could otherwise fill the memory.
_WIDEST_ROW, _VALUES_PER_WEIGHT = 2**22, 64

#: Attributes that are required.
_NECESSARY = {"n_features_in_", "_n_features_out", "history_", "n_iter_", "objective_"}

#: Paths of encoders in the networks, and of their parts.
_ENCODER = re.compile(
    r"module\.(encoder|encoders\.(?P<several>\d+)|modalities\.(?P<modality>\d+)\.encoder)"
    r"(\.(?P<part>.+))?$"
)


def save(estimator: BaseEstimator, path: str | os.PathLike) -> None:
    """Write a fitted estimator to a file that holds data and no code.

    The file is in the safetensors format: weights and arrays are stored as tensors,
    the network's structure, parameters and fitted attributes as JSON in its header.
    Unlike opening a pickle, opening it never runs code from the file.

    Parameters that are code (callbacks, your own augmentation or encoder, a random
    number generator, a clusterer as ``init``) are not written, nor are ``memory`` and
    ``checkpoint``, which are locations on this machine; pass them to :func:`load`
    again. The file is written completely or not at all.

    Parameters
    ----------
    estimator : estimator of this package
        The fitted estimator.
    path : str or path
        Where to write; by convention it ends in ``.safetensors``.

    Raises
    ------
    TypeError
        If the estimator is not one of this package (for a Pipeline, save its steps),
        or if your own module has state that is not a tensor.
    ValueError
        If :func:`load` would refuse the file, for example because ``n_clusters`` was
        set after ``fit``.
    OSError
        If it cannot be written: ``path`` is a folder or device, the disk is full, ...
    sklearn.exceptions.NotFittedError
        If it is not fitted.
    ImportError
        If safetensors is not installed (``pip install safetensors``).

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
    if _known(type(estimator).__name__) is not type(estimator):
        raise TypeError(
            "save takes the estimators of skdeepcluster that have a network, got "
            f"{estimator!r}. For a Pipeline or a search, save the fitted step: "
            "pipe[-1], search.best_estimator_[-1]."
        )
    check_is_fitted(estimator, "module_")
    check_safetensors("save and load")
    tensors = Tensors()
    text = json.dumps(_describe(estimator, tensors))
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

    Returns
    -------
    estimator : estimator
        On a CPU, its predictions are identical to those of the saved estimator, bit for
        bit, if library versions and processor are the same.

    Raises
    ------
    ValueError
        If the file is damaged, contains names unknown to this package, or needs your
        own encoder.
    ImportError
        If safetensors is not installed (``pip install safetensors``).

    Warns
    -----
    UserWarning
        If the file was written with different versions of the libraries, or if
        parameters that are code are not given.
    """
    check_safetensors("save and load")
    tensors, text = read_tensors(Path(os.fsdecode(path)))
    try:
        content = json.loads(text)
        estimator, missing = _rebuild(content, tensors, parameters)
        saved = dict(content["versions"])
    except MissingArgumentError as error:
        raise ValueError(_printable(error)) from None
    except Exception as error:  # invalid data can lead to any error
        raise ValueError(
            f"{os.fspath(path)} does not hold an estimator that this version of "
            f"skdeepcluster knows: {error!r}."
        ) from error
    _warn_of_versions(saved)
    if missing:
        warnings.warn(
            "Parameters that are code, or a location on the other machine, are not in "
            f"the file and have their defaults: {', '.join(missing)}. Pass them to "
            "load to fit again.",
            stacklevel=2,
        )
    return estimator


# -- estimators as data ---------------------------------------------------------


def _describe(estimator: BaseEstimator, tensors: Tensors) -> dict[str, Any]:
    """The data of an estimator."""
    parameters, code = {}, []
    for name, value in estimator.get_params(deep=False).items():
        try:
            parameters[name] = to_plain(value, tensors)
        except NotSerializableError:
            code.append(name)
    for name in sorted(_NEVER_STORED):  # in the same order in every process
        if parameters.pop(name, None) is not None:
            code.append(name)
    attributes = {}
    for name, value in vars(estimator).items():
        if not _is_attribute(name) or name == "module_":
            continue
        try:
            attributes[name] = to_plain(value, tensors)
        except NotSerializableError as error:
            raise TypeError(
                f"The attribute {name} cannot be saved: {error}."
            ) from error
    return {
        "format": _FORMAT,
        "class": type(estimator).__name__,
        "versions": versions(),
        "parameters": parameters,
        "code": code,
        "attributes": attributes,
        "module": to_tree(estimator.module_, "module", tensors),
    }


def _check_readable(estimator: Any, text: str, tensors: Tensors) -> None:
    """Raise if ``load`` would refuse the file."""

    def foreign(path: str) -> nn.Module:
        if _ENCODER.match(path) is None:
            raise ValueError(f"{path!r} cannot be a user's module")
        return operator.attrgetter(path.removeprefix("module."))(estimator.module_)

    try:
        _rebuild(json.loads(text), tensors, {}, foreign)
    except Exception as error:
        raise ValueError(
            f"This {type(estimator).__name__} could not be loaded again: {error}. If "
            "parameters were set after fit, fit again; else use pickle."
        ) from error


def _rebuild(
    content: dict[str, Any],
    tensors: Tensors,
    given: dict[str, Any],
    foreign: Callable[[str], nn.Module] | None = None,
) -> tuple[Any, list[str]]:
    """The estimator, and the names of parameters that are neither stored nor given.

    ``foreign`` returns the users' modules by their paths in the network; by default
    they come from the given encoder.
    """
    if content["format"] != _FORMAT:
        raise ValueError(f"format {content['format']!r} is not {_FORMAT}")
    kind = _known(content["class"])
    if kind is None:
        raise ValueError(f"there is no estimator {content['class']!r}")
    forged = _NEVER_STORED & content["parameters"].keys()
    if forged:
        raise ValueError(f"a file never holds the parameter {sorted(forged)[0]!r}")
    unknown = {*content["code"]} - {*kind._get_param_names()}
    if unknown:
        raise ValueError(f"{kind.__name__} has no parameters {unknown}")
    kept = {n: from_plain(v, tensors) for n, v in content["parameters"].items()}
    for name in given:
        if name not in kind._get_param_names():
            raise MissingArgumentError(f"{kind.__name__} has no parameter {name!r}.")
        if name in kept:
            raise MissingArgumentError(
                f"{name!r} is in the file; use set_params to change it for another fit."
            )
    estimator = kind(**(kept | given))
    estimator._validate_params()
    for name, value in content["attributes"].items():
        if not _is_attribute(name) or hasattr(kind, name):
            raise ValueError(f"{kind.__name__} has no attribute {name!r}")
        setattr(estimator, name, from_plain(value, tensors))
    if foreign is None:
        foreign = partial(_given_module, estimator, given.get("encoder"))
    n_values = sum(tensor.numel() for tensor in tensors.values())
    limit = 2 * max(_WIDEST_ROW, _VALUES_PER_WEIGHT * n_values)  # of two rows
    with default_torch_modes(torch.device("cpu")), SizeLimit(limit):
        estimator.module_ = from_tree(content["module"], tensors, foreign).eval()
        _check_network(estimator)
    return estimator, [name for name in content["code"] if name not in given]


@torch.no_grad()
def _check_network(estimator: Any) -> None:
    """Raise unless the network is consistent with the attributes."""
    broken = any(not p.isfinite().all() for p in estimator.module_.parameters())
    # A buffer may hold infinities, as the mask of an attention does.
    if broken or any(b.isnan().any() for b in estimator.module_.buffers()):
        raise ValueError("weights are not finite")
    missing = _NECESSARY - vars(estimator).keys()
    if missing:
        raise ValueError(f"there is no attribute {sorted(missing)[0]!r}")
    x = torch.zeros(2, operator.index(estimator.n_features_in_))
    x = estimator._fitted_limits(x.device)(x)
    shapes = [tuple(estimator.module_.encode(x).shape)]
    expected = [(2, estimator._n_features_out)]
    if hasattr(estimator, "n_clusters"):
        shapes.append(tuple(estimator.module_.assign(x).shape))
        n_clusters = getattr(estimator, "n_clusters_", estimator.n_clusters)
        expected.append((2, n_clusters))
        _check_sample(estimator)
    if shapes != expected:
        raise ValueError(f"the network gives shapes {shapes}, expected {expected}")


def _check_sample(estimator: Any) -> None:
    """Raise unless ``outlier_score`` gets numbers of the shape of the embedding."""
    sample = getattr(estimator, "embedding_sample_", None)
    width = estimator._n_features_out
    if not isinstance(sample, np.ndarray) or sample.dtype != np.float32:
        raise ValueError("embedding_sample_ is not an array of float32")
    if sample.ndim != 2 or sample.shape[1] != width or not np.isfinite(sample).all():
        raise ValueError(f"embedding_sample_ is not finite, of shape (n, {width})")
    unit = getattr(estimator, "outlier_unit_", None)
    if not isinstance(unit, float) or not 0 < unit < np.inf:
        raise ValueError(f"outlier_unit_ is {unit!r}")


def _given_module(estimator: Any, encoder: Any, path: str) -> nn.Module:
    """The user's module to use at ``path`` in the network.

    It is the encoder, one of the encoders of views, or a part of one.
    """
    n_features = estimator.n_features_in_
    where = _ENCODER.match(path)
    if where is None:
        raise ValueError(f"{path!r} cannot be a user's module")
    if hasattr(estimator, "views_"):
        number = int(where["several"] or where["modality"])
        view, columns = list(estimator.views_.items())[number]
        n_features = len(columns)
        encoder = encoder.get(view) if isinstance(encoder, dict) else encoder
    if hasattr(encoder, "module_"):  # a fitted Autoencoder
        encoder = encoder.module_.encoder
    if encoder is None or isinstance(encoder, str):
        raise MissingArgumentError(
            f"The network has your own module at {path!r}, of which the file holds "
            "only the weights: call load(path, encoder=...) with the encoder that "
            f"was passed to {type(estimator).__name__}."
        )
    if not isinstance(encoder, nn.Module):
        with isolated_torch_generators(0, torch.device("cpu")):
            encoder = encoder(n_features, estimator._n_features_out)
    # A scripted module has no get_submodule.
    return encoder.get_submodule(where["part"]) if where["part"] else encoder


def _is_attribute(name: str) -> bool:
    return name in _UNMARKED or (name.endswith("_") and not name.startswith("_"))


def _known(name: Any) -> Any:
    """The estimator of this package with that name, or None."""
    return _ESTIMATORS.get(name) if isinstance(name, str) else None


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
