"""Device and precision."""

import pytest
import torch

from skdeepcluster.training.device import resolve_device, resolve_precision


def test_device():
    expected = "cuda" if torch.cuda.is_available() else "cpu"
    assert resolve_device("auto").type == expected
    assert resolve_device("cpu") == torch.device("cpu")
    assert resolve_device(torch.device("cpu")) == torch.device("cpu")


@pytest.mark.parametrize("device", ["warp", "cuda:99", "cpu:x", "meta"])
def test_unknown_or_absent_device(device):
    with pytest.raises(ValueError, match="not available here"):
        resolve_device(device)


def test_precision(monkeypatch):
    cpu = torch.device("cpu")
    assert resolve_precision("float32", cpu) == torch.float32
    assert resolve_precision("bfloat16", cpu) == torch.bfloat16
    instructions = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
    for supported in ((), instructions[:1], instructions[1:]):
        for name in instructions:
            answer = name in supported
            monkeypatch.setattr(torch.cpu, name, lambda a=answer: a, raising=False)
        expected = torch.bfloat16 if supported else torch.float32
        assert resolve_precision("auto", cpu) == expected
    for name in instructions:
        monkeypatch.delattr(torch.cpu, name)
    assert resolve_precision("auto", cpu) == torch.float32
