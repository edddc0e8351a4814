"""A lock that is taken only if it is free."""

import os
import subprocess
import sys
import threading

import pytest

from skdeepcluster.training import entry_lock
from skdeepcluster.training.entry_lock import lock_if_free

pytestmark = pytest.mark.skipif(entry_lock.fcntl is None, reason="needs fcntl")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "lock"


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


def test_folder_that_vanishes(path):
    with lock_if_free(path) as is_free:
        os.unlink(path)
        assert is_free
