"""Files of a folder: seldom enough, complete or not at all, read with care."""

import os
import warnings
from types import SimpleNamespace

import pytest
import torch

from skdeepcluster.training import checkpoint_folder
from skdeepcluster.training.checkpoint_folder import CheckpointFolder

ABOUT = {"fit": "a"}


@pytest.fixture
def folder(tmp_path):
    return CheckpointFolder(tmp_path / "fit", ABOUT)


def test_writing_takes_a_twentieth_of_the_time(folder, monkeypatch):
    now = [100.0]
    clock = SimpleNamespace(perf_counter=lambda: now[0])
    monkeypatch.setattr(checkpoint_folder, "time", clock)

    def slow(*args):
        now[0] += 2

    monkeypatch.setattr(checkpoint_folder, "write_state", slow)
    assert folder.is_due
    folder.write("a", {})
    now[0] += 39
    assert not folder.is_due
    now[0] += 1
    assert folder.is_due


def test_last_two_epochs_are_kept(folder):
    for stage, epoch in ((1, 9), (2, 1), (2, 2), (2, 10)):
        folder.write_epoch(f"run-0001-stage-{stage:03}-epoch-{epoch:06}", {"e": epoch})
    folder.write("run-0001-stage-001-end", {})
    assert folder.names("run-") == [
        "run-0001-stage-001-end",
        "run-0001-stage-002-epoch-000002",
        "run-0001-stage-002-epoch-000010",
    ]
    assert folder.read("run-0001-stage-002-epoch-000010")["e"] == 10


@pytest.mark.parametrize("share", [0, 0.3, 0.7, 0.99, 1])
def test_damaged_file_is_passed_over(folder, share):
    folder.write("a", {"t": torch.ones(9)})
    path = folder.path / "a.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content[: int(share * len(content))])
    with pytest.warns(UserWarning, match=r"a\.safetensors is passed over.*damaged"):
        assert folder.read("a") is None


@pytest.mark.parametrize("other", [{"fit": "b"}, {"format": 0, "fit": "a"}])
def test_file_of_another_fit_is_passed_over(folder, other):
    written = CheckpointFolder(folder.path, ABOUT)
    written.about |= other
    written.write("a", {})
    with pytest.warns(UserWarning, match="of another fit"):
        assert folder.read("a") is None


def test_missing_file_is_none_without_a_warning(folder):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert folder.read("a") is None
        assert folder.names("") == []
        folder.remove("")
        folder.remove_unfinished()


def test_half_written_files_are_removed(folder):
    folder.write("a", {})
    (folder.path / ".b.part").write_bytes(b"torn")
    folder.remove_unfinished()
    assert os.listdir(folder.path) == ["a.safetensors"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_what_cannot_be_written_leaves_the_old_file(folder, step, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    folder.write("a", {"n": 1})
    monkeypatch.setattr(f"skdeepcluster.training.tensor_file.os.{step}", full)
    with pytest.warns(UserWarning, match="No space left on device. The fit goes on"):
        folder.write("a", {"n": 2})
    assert folder.read("a")["n"] == 1
    assert os.listdir(folder.path) == ["a.safetensors"]
