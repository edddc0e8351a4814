"""Files of named tensors and a text, in the safetensors format."""

import hashlib
import os
import uuid
from collections.abc import Callable
from pathlib import Path

import torch

from skdeepcluster.training.plain import Tensors

#: The one entry of the metadata, because the order of several would be arbitrary.
_ENTRY = "skdeepcluster"


def write_tensors(path: Path, tensors: Tensors, text: str) -> None:
    """Write a file completely or not at all.

    Raises
    ------
    OSError
        If there is no such folder, ``path`` is a folder or device, the disk is full.
    TypeError
        If the format has no such type of number.
    """
    from safetensors.torch import save as serialize

    for tensor in tensors.values():
        if tensor.dtype == torch.complex128:
            raise TypeError(
                "A tensor of complex128 cannot be saved to a file. Make the buffers of "
                "your module complex64."
            )
    write_whole(
        path, lambda: serialize(tensors, {_ENTRY: digest(tensors, text) + text})
    )


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


def read_tensors(path: Path) -> tuple[Tensors, str]:
    """The tensors and the text of a file.

    Raises
    ------
    OSError
        If it cannot be read.
    ValueError
        If it is damaged, or another file.
    """
    from safetensors import safe_open

    tensors = Tensors()
    _check_regular(path)
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            for name in file.keys():  # noqa: SIM118, not a dict
                # A copy, because the file may be replaced later.
                tensors[name] = file.get_tensor(name).clone()
        found, text = metadata[_ENTRY][:64], metadata[_ENTRY][64:]
        expected = digest(tensors, text)
    except OSError:
        raise
    except Exception as error:  # damage can lead to any error
        raise ValueError(
            f"{path} is damaged, or was not written by skdeepcluster: {error!r}."
        ) from error
    if found != expected:
        raise ValueError(f"{path} is damaged: its digest does not match its content.")
    return tensors, text


def check_safetensors(who: str) -> None:
    """Raise unless safetensors is installed, which ``who`` need."""
    try:
        import safetensors  # noqa: F401
    except ImportError as error:
        raise ImportError(
            f"{who} need safetensors: pip install safetensors."
        ) from error


def digest(tensors: Tensors, text: str) -> str:
    """Detects damage, not forgery: the digest can be changed with the file."""
    total = hashlib.sha256(text.encode())  # 64 digits
    for name in sorted(tensors):
        tensor = tensors[name].contiguous()
        total.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        if tensor.numel():  # an empty one may have no bytes to view
            total.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return total.hexdigest()


def _check_regular(path: Path) -> None:
    """Raise if it is a folder, a device or a pipe, on which one could wait for ever."""
    if path.exists() and not path.is_file():
        raise OSError(f"{path} is not a regular file.")
