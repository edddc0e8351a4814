"""The quickstart runs and draws; the README's picture comes from it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_quickstart(tmp_path):
    figure = tmp_path / "figure.png"
    run = [sys.executable, "docs/examples/plot_quickstart.py", str(figure)]
    environment = {**os.environ, "MPLBACKEND": "Agg"}
    printed = subprocess.check_output(run, cwd=ROOT, env=environment, text=True)
    assert [line.split()[0] for line in printed.splitlines()[:3]] == [
        "KMeans",
        "Spectral",
        "IDEC",
    ]
    assert figure.stat().st_size > 20_000
