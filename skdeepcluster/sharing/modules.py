"""A network as a tree of known kinds of modules with plain settings."""

import copy
import importlib
import pkgutil
from collections.abc import Callable
from functools import cache
from typing import Any

from torch import nn

import skdeepcluster.networks
from skdeepcluster.sharing.plain import NotPlainError, Tensors, from_plain, to_plain

#: What every module has; all else in its ``__dict__`` is settings.
_INNER = set(vars(nn.Module())) - {"training"}
_HOOKS = {name for name in _INNER if name.endswith("hooks")}


def to_tree(module: nn.Module, path: str, tensors: Tensors) -> dict[str, Any]:
    """Describe a module; its weights go to ``tensors`` under ``path``.

    A module of another kind than torch's and ours, or one that holds code, is
    "foreign": only its weights are kept.
    """
    kind = type(module).__name__
    settings = _settings(module, tensors)
    if _kinds().get(kind) is not type(module) or settings is None:
        for name, weights in module.state_dict().items():
            tensors[f"{path}.{name}"] = weights.detach().cpu().clone()
        return {"foreign": path}
    parameters: dict[str, bool | None] = {}
    for name, parameter in module.named_parameters(recurse=False):
        tensors[f"{path}.{name}"] = parameter.detach().cpu().clone()
        parameters[name] = parameter.requires_grad
    absent = {n: None for n, p in module._parameters.items() if p is None}
    buffers = dict(module.named_buffers(recurse=False))
    for name, buffer in buffers.items():
        tensors[f"{path}.{name}"] = buffer.detach().cpu().clone()
    return {
        "kind": kind,
        "settings": settings,
        "parameters": parameters | absent,
        "buffers": {n: n in buffers for n in module._buffers},
        "children": {
            name: None if child is None else to_tree(child, f"{path}.{name}", tensors)
            for name, child in module._modules.items()
        },
    }


def from_tree(
    tree: dict[str, Any], tensors: Tensors, foreign: Callable[[str], nn.Module]
) -> nn.Module:
    """The module that :func:`to_tree` was given.

    Parameters
    ----------
    tree : dict
    tensors : Tensors
    foreign : callable (path) -> nn.Module
        Gives the modules of other kinds, of which only the weights were kept.
    """
    return _read(tree, "module", tensors, foreign)


def _read(
    tree: dict[str, Any],
    path: str,
    tensors: Tensors,
    foreign: Callable[[str], nn.Module],
) -> nn.Module:
    if "foreign" in tree:
        module = copy.deepcopy(foreign(path)).eval()
        weights = {
            name.removeprefix(f"{path}."): tensor
            for name, tensor in tensors.items()
            if name.startswith(f"{path}.")
        }
        module.load_state_dict(weights)
        return module
    kind = _kinds()[tree["kind"]]
    # Not called: it would draw weights, and ask for what the settings say.
    module = kind.__new__(kind)
    nn.Module.__init__(module)
    for name, value in tree["settings"].items():
        if name in _INNER or callable(getattr(kind, name, None)):
            raise ValueError(f"{tree['kind']} has no setting {name!r}")
        vars(module)[name] = from_plain(value, tensors)
    for name, moves in tree["parameters"].items():
        parameter = None
        if moves is not None:
            parameter = nn.Parameter(tensors[f"{path}.{name}"], requires_grad=moves)
        module.register_parameter(name, parameter)
    for name, present in tree["buffers"].items():
        module.register_buffer(name, tensors[f"{path}.{name}"] if present else None)
    for name, child in tree["children"].items():
        known = child and _read(child, f"{path}.{name}", tensors, foreign)
        module.register_module(name, known)
    return module


def _settings(module: nn.Module, tensors: Tensors) -> dict[str, Any] | None:
    """Plain attributes of a module; None if it has others, or hooks."""
    if any(getattr(module, name) for name in _HOOKS):
        return None
    own = {name: v for name, v in vars(module).items() if name not in _INNER}
    try:
        return {name: to_plain(value, tensors) for name, value in own.items()}
    except NotPlainError:
        return None


@cache
def _kinds() -> dict[str, type[nn.Module]]:
    """The modules that a file may name."""
    networks = skdeepcluster.networks
    ours = [
        importlib.import_module(f"{networks.__name__}.{info.name}")
        for info in pkgutil.iter_modules(networks.__path__)
    ]
    return {
        name: value
        for place in (nn, *ours)
        for name, value in vars(place).items()
        if isinstance(value, type) and issubclass(value, nn.Module)
    }
