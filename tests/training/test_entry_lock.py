"""A lock that is taken only if it is free."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from sklearn.base import clone

from skdeepcluster import IDEC
from skdeepcluster.testing import shortened
from skdeepcluster.training import entry_lock, file_lock
from skdeepcluster.training.entry_lock import lock_if_free
from tests.training.other_locks import Msvcrt


@pytest.fixture
def path(tmp_path):
    return tmp_path / "lock"


@pytest.fixture(autouse=True, params=["own", "msvcrt"])
def system(request, monkeypatch):
    """The locks of this system, and those of Windows."""
    if request.param == "msvcrt":
        if file_lock.fcntl is None:
            pytest.skip("is the system's own")
        monkeypatch.setattr(file_lock, "msvcrt", Msvcrt())
        monkeypatch.setattr(file_lock, "fcntl", None)
    return request.param


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(entry_lock, "_INTERVAL", 0.01)


def test_one_at_a_time(path):
    with lock_if_free(path) as first:
        with lock_if_free(path) as second:
            pass
        with lock_if_free(path) as third:
            pass
    with lock_if_free(path) as after:
        pass
    assert [first, second, third, after] == [True, False, False, True]
    assert not path.exists()


def test_only_one_of_many_threads(path):
    held, most = [0], [0]

    def hold():
        for _ in range(20):
            with lock_if_free(path) as is_free:
                if is_free:
                    held[0] += 1
                    most[0] = max(most[0], held[0])
                    held[0] -= 1

    threads = [threading.Thread(target=hold) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most[0] == 1


@pytest.mark.slow  # imports torch in another process
def test_lock_of_a_killed_process_is_free(path):
    code = (
        "import os, sys, pathlib\n"
        "from skdeepcluster.training.entry_lock import lock_if_free\n"
        "with lock_if_free(pathlib.Path(sys.argv[1])):\n"
        "    os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert path.exists()
    with lock_if_free(path) as is_free:
        assert is_free


def test_folder_that_does_not_exist(path):
    with pytest.raises(OSError, match="No such file"), lock_if_free(path / "lock"):
        pass


def test_system_without_locks(path, monkeypatch):
    """Everyone goes on as if alone, and no file is made."""
    for name in ("fcntl", "msvcrt"):
        monkeypatch.setattr(file_lock, name, None)
    with lock_if_free(path) as first, lock_if_free(path) as second:
        assert first
        assert second
        assert not path.exists()


def test_file_system_without_locks(path, monkeypatch, system):
    def refuse(*args):
        raise OSError(37, "No locks available")

    part = file_lock.fcntl if system == "own" else file_lock.msvcrt
    monkeypatch.setattr(part, "flock" if system == "own" else "locking", refuse)
    with lock_if_free(path) as first, lock_if_free(path) as second:
        assert first
        assert second
    assert not path.exists()


def test_fits_with_the_locks_of_another_system(path, blobs):
    """Both locks, of a memory's entry and of a folder of checkpoints."""
    idec = shortened(IDEC(hidden_layer_sizes=(8,)), random_state=0)
    expected = clone(idec).fit(blobs[0]).labels_
    folders = {name: str(path / name) for name in ("memory", "checkpoint")}
    for _ in range(2):
        fitted = clone(idec).set_params(**folders).fit(blobs[0])
        np.testing.assert_array_equal(fitted.labels_, expected)
    assert not [p for p in path.rglob("*lock") if p.is_file()]


def test_folder_that_vanishes(path):
    with lock_if_free(path) as is_free:
        os.unlink(path)
        assert is_free
