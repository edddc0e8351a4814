"""A network as a tree of known types of modules with plain settings."""

import copy
import importlib
import pkgutil
from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

import skdeepcluster.networks
from skdeepcluster.training.plain import (
    MissingArgumentError,
    NotSerializableError,
    Tensors,
    from_plain,
    to_plain,
)

#: Attributes of every module; anything else in its ``__dict__`` is a setting.
_INNER = set(vars(nn.Module())) - {"training"}
_HOOKS = {name for name in _INNER if name.endswith("hooks")}


def to_tree(module: nn.Module, path: str, tensors: Tensors) -> dict[str, Any]:
    """Describe a module; its weights are stored in ``tensors`` under ``path``.

    A module that is neither torch's nor ours, or that contains code, is "foreign":
    only its weights are stored.

    Raises
    ------
    TypeError
        If a foreign module has state that is not a tensor.
    """
    kind = type(module).__name__
    settings = _settings(module, tensors)
    if _kinds().get(kind) is not type(module) or settings is None:
        _check_state(module, path)
        for name, tensor in _all_tensors(module).items():
            _put(tensor, f"{path}.{name}", tensors)
        return {"foreign": path}
    return {
        "kind": kind,
        "settings": settings,
        "parameters": {
            name: p
            if p is None
            else [_put(p, f"{path}.{name}", tensors), p.requires_grad]
            for name, p in module._parameters.items()
        },
        "buffers": {
            name: b if b is None else _put(b, f"{path}.{name}", tensors)
            for name, b in module._buffers.items()
        },
        "children": {
            name: None if child is None else to_tree(child, f"{path}.{name}", tensors)
            for name, child in module._modules.items()
        },
    }


def from_tree(
    tree: dict[str, Any], tensors: Tensors, foreign: Callable[[str], nn.Module]
) -> nn.Module:
    """Rebuild the module that was passed to :func:`to_tree`.

    Parameters
    ----------
    tree : dict
    tensors : Tensors
    foreign : callable (path) -> nn.Module
        Returns the foreign modules, of which only the weights were stored.
    """
    return _read(tree, "module", tensors, foreign)


def _read(
    tree: dict[str, Any],
    path: str,
    tensors: Tensors,
    foreign: Callable[[str], nn.Module],
) -> nn.Module:
    if "foreign" in tree:
        return _filled(foreign(path), path, tensors)
    kind = _kinds()[tree["kind"]]
    # Not called: it would draw weights, and require arguments.
    module = kind.__new__(kind)
    nn.Module.__init__(module)
    for name, value in tree["settings"].items():
        if name in _INNER or callable(getattr(kind, name, None)):
            raise ValueError(f"{tree['kind']} has no setting {name!r}")
        vars(module)[name] = from_plain(value, tensors)
    for name, kept in tree["parameters"].items():
        parameter = None
        if kept is not None:
            weights = _take(f"{path}.{name}", kept[0], tensors)
            parameter = nn.Parameter(weights, requires_grad=kept[1])
        module.register_parameter(name, parameter)
    for name, strides in tree["buffers"].items():
        known = None if strides is None else _take(f"{path}.{name}", strides, tensors)
        module.register_buffer(name, known)
    for name, child in tree["children"].items():
        inner = child and _read(child, f"{path}.{name}", tensors, foreign)
        module.register_module(name, inner)
    return module


def _filled(given: nn.Module, path: str, tensors: Tensors) -> nn.Module:
    """A copy of a foreign module with the stored weights."""
    module = copy.deepcopy(given).eval()
    own = _all_tensors(module)
    kept = {
        name.removeprefix(f"{path}."): tensor
        for name, tensor in tensors.items()
        if name.startswith(f"{path}.")
    }
    shapes = [{name: t.shape for name, t in each.items()} for each in (own, kept)]
    if shapes[0] != shapes[1]:
        raise MissingArgumentError(
            f"The module given for {path!r} has different weights from the saved one: "
            f"{_shown(shapes[0])} instead of {_shown(shapes[1])}."
        )
    for name, tensor in own.items():
        tensor.data = kept[name].clone()  # the saved dtype, which fit has set
    return module


def _shown(shapes: dict[str, torch.Size]) -> str:
    return ", ".join(f"{name} {tuple(shape)}" for name, shape in shapes.items())


def _all_tensors(module: nn.Module) -> dict[str, Tensor]:
    """Parameters and all buffers, including those not in the state dict."""
    return dict(module.named_parameters()) | dict(module.named_buffers())


def _check_state(module: nn.Module, path: str) -> None:
    for name, part in module.named_modules():
        scripted = isinstance(part, torch.jit.ScriptModule)  # hides its methods
        own = type(part).get_extra_state is not nn.Module.get_extra_state
        if own and not scripted:
            raise TypeError(
                f"{type(part).__name__} at {path}.{name} has state that is not a "
                "tensor (get_extra_state), which save cannot store. Use pickle."
            )


def _put(tensor: Tensor, name: str, tensors: Tensors) -> list[int]:
    """Store a copy; return its strides, which affect the order of summation."""
    tensors[name] = tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
    return list(tensor.stride())


def _take(name: str, strides: list[int], tensors: Tensors) -> Tensor:
    """A tensor with its original memory layout."""
    stored = tensors[name]
    if list(stored.stride()) == strides:
        return stored
    shape = stored.shape
    spread = 1 + sum((n - 1) * s for n, s in zip(shape, strides, strict=True))
    if spread != stored.numel() or min(strides) < 0:
        raise ValueError(f"{name} does not fill its memory")
    return torch.empty_strided(shape, strides, dtype=stored.dtype).copy_(stored)


def _settings(module: nn.Module, tensors: Tensors) -> dict[str, Any] | None:
    """Plain attributes of a module; None if it has others, or hooks."""
    if any(getattr(module, name) for name in _HOOKS):
        return None
    own = {name: v for name, v in vars(module).items() if name not in _INNER}
    try:
        return {name: to_plain(value, tensors) for name, value in own.items()}
    except NotSerializableError:
        return None


@cache
def _kinds() -> dict[str, type[nn.Module]]:
    """The types of modules that a file may contain."""
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
