"""Killed processes lose nothing, whatever they were doing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.instances import RELATIVES, name_of
from tests.training.interrupted import SMALL

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

#: Fits to kill of each; those of relatives are like those of others.
KILLS = {name_of(e): 1 if isinstance(e, RELATIVES) else 3 for e in SMALL}


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(KILLS))
def test_killed_fits_go_on(name):
    n_kills = str(KILLS[name])
    done = subprocess.run(
        [sys.executable, "-m", "tests.training.kill", name, n_kills, "0"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"{name}: {n_kills} of {n_kills} equal" in done.stdout
