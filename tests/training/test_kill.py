"""Killed processes lose nothing, whatever they were doing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.instances import name_of
from tests.training.interrupted import SMALL

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

NAMES = sorted({name_of(estimator) for estimator in SMALL})


@pytest.mark.parametrize(
    ("name", "n_kills"),
    [("IDEC", 2), *(pytest.param(name, 10, marks=pytest.mark.slow) for name in NAMES)],
)
def test_killed_fits_go_on(name, n_kills):
    done = subprocess.run(
        [sys.executable, "-m", "tests.training.kill", name, str(n_kills), "0"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"{name}: {n_kills} of {n_kills} equal" in done.stdout
