"""Device and precision of computations."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import torch


def resolve_device(device: str | torch.device) -> torch.device:
    """Convert the ``device`` parameter into an available device.

    Raises
    ------
    ValueError
        If torch does not know the device, or this machine does not have it.
    """
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        resolved = torch.device(device)
        torch.empty(0, device=resolved).tolist()  # "meta" holds no values
    except (RuntimeError, AssertionError, TypeError, NotImplementedError) as error:
        raise ValueError(
            f"device={device!r} is not available here. Use 'auto', 'cpu' or a torch "
            f"device of this machine. torch says: {str(error).splitlines()[0]}"
        ) from error
    if resolved.type == "cuda" and resolved.index is None:
        return torch.device("cuda", torch.cuda.current_device())
    return resolved


@contextmanager
def default_torch_modes(device: torch.device) -> Iterator[None]:
    """Use torch as if the caller had changed none of its modes and defaults.

    Inside the block gradients are enabled, autocast is disabled, and tensors are made
    on the CPU in float32 by default. The default dtype is one for all threads; it is
    restored when the last of them leaves such a block.
    """
    with (
        torch.inference_mode(False),
        torch.enable_grad(),
        torch.autocast(device.type, enabled=False),
        _DEFAULT_DTYPE,
        # Entered only if necessary, because it slows every call.
        nullcontext()
        if torch.get_default_device().type == "cpu"
        else torch.device("cpu"),
    ):
        yield


class _DefaultDtype:
    """Context, shared by all threads, in which the default dtype is float32."""

    def __init__(self) -> None:
        self._entered = 0
        self._renew()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._renew)

    def _renew(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        with self._lock:
            if self._entered == 0:
                self._outside = torch.get_default_dtype()
                torch.set_default_dtype(torch.float32)
            self._entered += 1

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._entered -= 1
            if self._entered == 0:
                torch.set_default_dtype(self._outside)


_DEFAULT_DTYPE = _DefaultDtype()


def resolve_precision(precision: str, device: torch.device) -> torch.dtype:
    """Convert the ``precision`` parameter into the dtype of matrix products."""
    if precision == "auto":
        precision = "bfloat16" if _has_bfloat16_units(device) else "float32"
    return {"float32": torch.float32, "bfloat16": torch.bfloat16}[precision]


def _has_bfloat16_units(device: torch.device) -> bool:
    """Whether the device has instructions for bfloat16 products.

    These are tensor cores, AMX tiles or AVX512-BF16, each of which multiplies at more
    than twice the rate of float32.
    """
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type == "cpu":
        # Not public yet; if torch lacks them, float32 is the safe choice.
        names = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
        return any(getattr(torch.cpu, name, bool)() for name in names)
    return False
