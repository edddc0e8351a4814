"""Lines for logs, one line that changes for terminals."""

import sys
from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import pytest

from skdeepcluster.training import Progress


@pytest.fixture
def as_terminal(monkeypatch, capsys):
    # Called in the test: pytest puts another stream in place after its fixtures.
    return lambda: monkeypatch.setattr(sys.stdout, "isatty", lambda: True)


def train(progress):
    progress.epoch("pretrain", 1, 2, {"loss": 0.5, "part": 0.25}, 70.0)
    progress.epoch("pretrain", 2, 2, {"loss": 0.25, "part": 0.125}, 70.0)
    progress.stage("pretrain")
    progress.epoch("cluster", 1, 99, {"loss": 3.0, "objective": 2.0}, 3700.0)
    progress.stage("cluster")


def test_log_has_a_line_a_stage(capsys):
    train(Progress("IDEC", 1))
    assert capsys.readouterr().out.splitlines() == [
        "[IDEC] pretrain 2/2  loss 0.25  took 2:20",
        "[IDEC] cluster 1/99  objective 2  took 1:01:40",
    ]


def test_every_epoch_when_more_is_asked_for(capsys):
    train(Progress("IDEC 1/3", 2))
    assert capsys.readouterr().out.splitlines() == [
        "[IDEC 1/3] pretrain epoch 1/2  loss 0.5  part 0.25  70.00 s",
        "[IDEC 1/3] pretrain epoch 2/2  loss 0.25  part 0.125  70.00 s",
        "[IDEC 1/3] cluster epoch 1/99  loss 3  objective 2  3700.00 s",
    ]


def test_terminal_has_one_line_that_changes(capsys, as_terminal):
    as_terminal()
    train(Progress("IDEC", 1))
    pretrain, cluster, _ = capsys.readouterr().out.split("\n")
    first, second, last = pretrain.split("\r")[1:]
    assert first == "[IDEC] pretrain 1/2  loss 0.5  at most 1:10 left"
    assert second.rstrip() == "[IDEC] pretrain 2/2  loss 0.25  at most 0:00 left"
    assert last.rstrip() == "[IDEC] pretrain 2/2  loss 0.25  took 2:20"
    # What was longer leaves nothing behind.
    assert len(first) <= len(second) == len(last)
    assert cluster.split("\r")[-1].rstrip().endswith("took 1:01:40")


def test_notebook_is_like_a_terminal(capsys, monkeypatch, as_terminal):
    as_terminal()
    train(Progress("IDEC", 1))
    expected = capsys.readouterr().out
    # The stream of a kernel, which says that it is no terminal.
    kernel = type("OutStream", (StringIO,), {"__module__": "ipykernel.iostream"})()
    monkeypatch.setattr(sys, "stdout", kernel)
    train(Progress("IDEC", 1))
    assert kernel.getvalue() == expected
    assert "\r" in expected


def test_other_threads_do_not_write_over_the_line(capsys, as_terminal):
    as_terminal()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: train(Progress("IDEC", 1))).result()
    assert "\r" not in capsys.readouterr().out


def test_stage_without_epochs_is_silent(capsys):
    Progress("IDEC", 1).stage("pretrain")
    assert capsys.readouterr().out == ""
