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
    for supported, expected in ((True, torch.bfloat16), (False, torch.float32)):
        monkeypatch.setattr(
            torch.cpu, "_is_amx_tile_supported", lambda s=supported: s, raising=False
        )
        assert resolve_precision("auto", cpu) == expected
