"""Saving a fitted estimator, and loading it where nothing else is trusted."""

import hashlib
import json
import operator
import os
import re
import uuid
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
import torch
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted
from torch import nn

from skdeepcluster._version import __version__
from skdeepcluster.embedded import DEC, DSSEC, IDEC, Autoencoder
from skdeepcluster.manifold import NeighborClustering
from skdeepcluster.multiview import DM2C, EAMC
from skdeepcluster.pairwise import DAC, ContrastiveClustering
from skdeepcluster.sharing.modules import from_tree, to_tree
from skdeepcluster.sharing.plain import (
    MissingArgumentError,
    NotSerializableError,
    Tensors,
    from_plain,
    to_plain,
)
from skdeepcluster.training import isolated_torch_generators

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

#: Raised when the layout of the file changes.
_FORMAT = 1

#: Fitted attributes whose names do not say so.
_UNMARKED = ("_n_features_out", "_sklearn_output_config")

#: Attributes without which nothing works.
_NECESSARY = {"n_features_in_", "_n_features_out", "history_", "n_iter_", "objective_"}

#: Where encoders are in the networks, and what is inside of one.
_ENCODER = re.compile(
    r"module\.(encoder|encoders\.(?P<several>\d+)|modalities\.(?P<modality>\d+)\.encoder)"
    r"(\.(?P<part>.+))?$"
)


def save(estimator: BaseEstimator, path: str | os.PathLike) -> None:
    """Write a fitted estimator to a file that holds data and no code.

    The file is in the safetensors format: weights and arrays as tensors, the
    network's structure, parameters and fitted attributes as JSON in its header.
    Opening it runs nothing that came with it, as opening a pickle may.

    Parameters that are code (callbacks, an augmentation or an encoder of your own,
    a generator of random numbers, a clusterer as ``init``) are not written, nor is
    ``memory``, a place on this machine; :func:`load` takes them again. The file
    appears whole or not at all.

    Parameters
    ----------
    estimator : estimator of this package
        Fitted.
    path : str or path
        Where to write; by custom it ends in ``.safetensors``.

    Raises
    ------
    TypeError
        If the estimator is not one of this package (for a Pipeline, save its steps),
        or a module of your own has state that is no tensor.
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
            "save takes the estimators of skdeepcluster that have a network, got "
            f"{estimator!r}. Of a Pipeline or a search, save the fitted step: "
            "pipe[-1], search.best_estimator_[-1]."
        )
    check_is_fitted(estimator, "module_")
    tensors = Tensors()
    text = json.dumps(_describe(estimator, tensors))
    _write(Path(os.fsdecode(path)), tensors, text)


def load(path: str | os.PathLike, **parameters: Any) -> Any:
    """Read an estimator that :func:`save` has written.

    Parameters
    ----------
    path : str or path
    **parameters
        Parameters that the file could not keep. A network with an ``encoder`` of your
        own needs it here, in any form that the estimator takes (its weights come from
        the file); others matter only when the estimator is fitted again.

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
    tensors, text = _read(Path(os.fsdecode(path)))
    try:
        content = json.loads(text)
        estimator, missing = _rebuild(content, tensors, parameters)
        versions = dict(content["versions"])
    except MissingArgumentError as error:
        raise ValueError(str(error)) from None
    except Exception as error:  # there is no end to what wrong data can lead to
        raise ValueError(
            f"{os.fspath(path)} does not hold an estimator that this version of "
            f"skdeepcluster knows: {error!r}."
        ) from error
    _warn_of_versions(versions)
    if missing:
        warnings.warn(
            "Parameters that are code, or a place on the other machine, are not in the "
            f"file and have their defaults: {', '.join(missing)}. Give them to load to "
            "fit again.",
            stacklevel=2,
        )
    return estimator


# -- estimators as data ---------------------------------------------------------


def _describe(estimator: BaseEstimator, tensors: Tensors) -> dict[str, Any]:
    """Everything about an estimator that is data."""
    parameters, code = {}, []
    for name, value in estimator.get_params(deep=False).items():
        try:
            parameters[name] = to_plain(value, tensors)
        except NotSerializableError:
            code.append(name)
    # A cache is opened as a pickle, so its place must not come with a file.
    if parameters.pop("memory", None) is not None:
        code.append("memory")
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
    for name in given:
        if name not in kind._get_param_names():
            raise MissingArgumentError(f"{kind.__name__} has no parameter {name!r}.")
        if name in kept:
            raise MissingArgumentError(
                f"{name!r} is in the file; set_params changes it for another fit."
            )
    estimator = kind(**(kept | given))
    estimator._validate_params()
    for name, value in content["attributes"].items():
        if not _is_attribute(name) or hasattr(kind, name):
            raise ValueError(f"{kind.__name__} has no attribute {name!r}")
        setattr(estimator, name, from_plain(value, tensors))
    estimator.module_ = from_tree(
        content["module"],
        tensors,
        lambda path: _given_module(estimator, given.get("encoder"), path),
    )
    _check_network(estimator)
    return estimator, [name for name in content["code"] if name not in given]


@torch.no_grad()
def _check_network(estimator: Any) -> None:
    """Raise unless the network gives what the attributes say."""
    tensors = [*estimator.module_.parameters(), *estimator.module_.buffers()]
    if not all(tensor.isfinite().all() for tensor in tensors):
        raise ValueError("weights are not finite")
    missing = _NECESSARY - vars(estimator).keys()
    if missing:
        raise ValueError(f"there is no attribute {sorted(missing)[0]!r}")
    x = torch.zeros(2, operator.index(estimator.n_features_in_))
    found = [tuple(estimator.module_.encode(x).shape)]
    expected = [(2, estimator._n_features_out)]
    if hasattr(estimator, "n_clusters"):
        found.append(tuple(estimator.module_.assign(x).shape))
        expected.append((2, estimator.n_clusters))
    if found != expected:
        raise ValueError(f"the network gives shapes {found}, expected {expected}")


def _given_module(estimator: Any, encoder: Any, path: str) -> nn.Module:
    """A module of the kind that was at ``path`` in the network.

    It is the encoder, one of the encoders of views, or a part of one.
    """
    n_features = estimator.n_features_in_
    where = _ENCODER.match(path)
    if where is None:
        raise ValueError(f"{path!r} is no place for a module of one's own")
    if hasattr(estimator, "views_"):
        number = int(where["several"] or where["modality"])
        view, columns = list(estimator.views_.items())[number]
        n_features = len(columns)
        encoder = encoder.get(view) if isinstance(encoder, dict) else encoder
    if hasattr(encoder, "module_"):  # a fitted Autoencoder
        encoder = encoder.module_.encoder
    if encoder is None or isinstance(encoder, str):
        raise MissingArgumentError(
            f"The network holds a module of your own at {path!r}, of which the file "
            "has only the weights: call load(path, encoder=...) with the encoder that "
            f"{type(estimator).__name__} was given."
        )
    if not isinstance(encoder, nn.Module):
        with isolated_torch_generators(0, torch.device("cpu")):
            encoder = encoder(n_features, estimator._n_features_out)
    return encoder.get_submodule(where["part"] or "")


def _is_attribute(name: str) -> bool:
    return name in _UNMARKED or (name.endswith("_") and not name.startswith("_"))


def _known(name: Any) -> Any:
    """The estimator of this package with that name, or None."""
    return _ESTIMATORS.get(name) if isinstance(name, str) else None


# -- the file -------------------------------------------------------------------


def _write(path: Path, tensors: Tensors, text: str) -> None:
    _check_installed()
    from safetensors.torch import save_file

    # One entry, because their order in the file would be left to chance.
    metadata = {"skdeepcluster": _digest(tensors, text) + text}
    path = path.resolve()  # a link stays one
    if not path.parent.is_dir():
        raise FileNotFoundError(f"There is no folder {path.parent}.")
    partial = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        save_file(tensors, partial, metadata)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _read(path: Path) -> tuple[Tensors, str]:
    _check_installed()
    from safetensors import safe_open

    tensors = Tensors()
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            for name in file.keys():  # noqa: SIM118, it is no dict
                # A copy: the file may be replaced while the estimator lives.
                tensors[name] = file.get_tensor(name).clone()
        digest, text = metadata["skdeepcluster"][:64], metadata["skdeepcluster"][64:]
        expected = _digest(tensors, text)
    except OSError:
        raise
    except Exception as error:  # as many kinds as there are ways to damage it
        raise ValueError(
            f"{path} is damaged, or was not written by skdeepcluster.save: {error!r}."
        ) from error
    if digest != expected:
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
        "skdeepcluster": __version__,
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
