"""Device and precision of computations."""

from collections.abc import Iterator
from contextlib import contextmanager

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
    """Enable gradients and disable autocast inside the block."""
    with (
        torch.inference_mode(False),
        torch.enable_grad(),
        torch.autocast(device.type, enabled=False),
    ):
        yield


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
