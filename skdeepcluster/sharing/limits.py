"""A limit on the size of tensors, so that small files cannot fill the memory."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map


class SizeLimit(TorchDispatchMode):
    """Context in which operations whose results are too large are not carried out.

    The shape of a result is found with tensors that have no values. Where that is
    impossible, the result is a selection of values, and no larger than its source.

    Parameters
    ----------
    n_values : int
        The most values that a tensor may have.
    """

    def __init__(self, n_values: int) -> None:
        super().__init__()
        self.n_values = n_values

    def __torch_dispatch__(
        self,
        func: Callable,
        types: Any,
        args: tuple = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        for result in tree_leaves(_shapes(func, args, kwargs)):
            if isinstance(result, Tensor) and result.numel() > self.n_values:
                raise ValueError(
                    f"a tensor of shape {tuple(result.shape)} is too large for a model "
                    "of this size"
                )
        return func(*args, **kwargs)


def _shapes(func: Callable, args: tuple, kwargs: dict[str, Any]) -> Any:
    """The results without values; None if their shapes depend on values."""
    args, kwargs = tree_map(_without_values, (args, kwargs))
    if "device" in kwargs:
        kwargs["device"] = torch.device("meta")
    try:
        return func(*args, **kwargs)
    except (NotImplementedError, RuntimeError):
        return None


def _without_values(value: Any) -> Any:
    if isinstance(value, Tensor):
        return torch.empty_strided(
            value.shape, value.stride(), dtype=value.dtype, device="meta"
        )
    return value
