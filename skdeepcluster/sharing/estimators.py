"""A fitted estimator of this package as plain data, and back."""

import operator
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from sklearn.base import BaseEstimator
from torch import nn

from skdeepcluster.embedded import DCN, DEC, DKM, DSSEC, IDEC, Autoencoder, VaDE
from skdeepcluster.manifold import NeighborClustering
from skdeepcluster.multiview import DAMC, DCCA, DM2C, EAMC, CoMVC
from skdeepcluster.pairwise import DAC, IIC, PICA, ContrastiveClustering
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

#: The estimators that can be saved, by name.
_ESTIMATORS: dict[str, type[BaseEstimator]] = {
    kind.__name__: kind
    for kind in (
        DAC,
        DAMC,
        DCCA,
        DCN,
        DEC,
        DKM,
        DM2C,
        DSSEC,
        EAMC,
        IDEC,
        IIC,
        PICA,
        Autoencoder,
        CoMVC,
        ContrastiveClustering,
        NeighborClustering,
        VaDE,
    )
}

#: Fitted attributes whose names do not end in an underscore.
_UNMARKED = ("_limits", "_n_features_out", "_sklearn_output_config")

#: Parameters that a file never holds: code, and where a fit runs, reads and writes.
_NEVER_STORED = {"callbacks", "checkpoint", "device", "distributed", "memory"}

#: What scikit-learn's callbacks are called among the parameters that are code.
_SET_CALLBACKS = "set_callbacks"

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


def is_known(estimator: Any) -> bool:
    """Whether it is an estimator of this package that has a network."""
    return _known(type(estimator).__name__) is type(estimator)


def describe_estimator(estimator: BaseEstimator, tensors: Tensors) -> dict[str, Any]:
    """The data of a fitted estimator; arrays are stored in ``tensors``.

    Raises
    ------
    TypeError
        If an attribute or the state of a module cannot be stored.
    """
    parameters, code = {}, []
    for name, value in estimator.get_params(deep=False).items():
        if name in _NEVER_STORED:
            if value != getattr(type(estimator), name):  # the default
                code.append(name)
            continue
        try:
            parameters[name] = to_plain(value, tensors)
        except NotSerializableError:
            code.append(name)
    if getattr(estimator, "_skl_callbacks", None):
        code.append(_SET_CALLBACKS)
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
        "class": type(estimator).__name__,
        "parameters": parameters,
        "code": code,
        "attributes": attributes,
        "module": to_tree(estimator.module_, "module", tensors),
    }


def rebuild_estimator(
    content: dict[str, Any],
    tensors: Tensors,
    given: dict[str, Any],
    original: Any = None,
) -> tuple[Any, list[str]]:
    """The estimator, and the names of parameters that are neither stored nor given.

    Parameters
    ----------
    content : dict
        From :func:`describe_estimator`.
    tensors : Tensors
    given : dict
        Parameters that are not stored.
    original : estimator, optional
        Of which ``content`` is the description: users' modules come from its network,
        else from the given encoder.

    Raises
    ------
    Exception
        Of any kind, if the content is not what an estimator consists of.
    """
    kind = _known(content["class"])
    if kind is None:
        raise ValueError(f"there is no estimator {content['class']!r}")
    forged = _NEVER_STORED & content["parameters"].keys()
    if forged:
        raise ValueError(f"a file never holds the parameter {sorted(forged)[0]!r}")
    unknown = {*content["code"]} - {*kind._get_param_names(), _SET_CALLBACKS}
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
    foreign: Callable[[str], nn.Module]
    if original is None:
        foreign = partial(_given_module, estimator, given.get("encoder"))
    else:
        foreign = partial(_own_module, original)
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
    limits = estimator._fitted_limits(x.device)
    x = limits(x)
    z = estimator.module_.encode(x)
    shapes = [tuple(z.shape)]
    expected = [(2, estimator._n_features_out)]
    if hasattr(estimator, "inverse_transform"):
        shapes.append(tuple(limits.restore(estimator.module_.decode(z)).shape))
        expected.append(tuple(x.shape))
    if hasattr(estimator, "translate"):
        for number, columns in enumerate(estimator.views_.values()):
            shapes.append(tuple(estimator.module_.translate(x, number).shape))
            expected.append((2, len(columns)))
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


def _own_module(original: Any, path: str) -> nn.Module:
    """The user's module that is at ``path`` in the network."""
    if _ENCODER.match(path) is None:
        raise ValueError(f"{path!r} cannot be a user's module")
    return operator.attrgetter(path.removeprefix("module."))(original.module_)


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
