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


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_killed_fits_go_on(name):
    done = subprocess.run(
        [sys.executable, "-m", "tests.training.kill", name, "10", "0"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"{name}: 10 of 10 equal" in done.stdout
