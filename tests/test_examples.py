"""The examples run and draw; the README's picture comes from the first."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("example", "words"),
    [
        ("plot_quickstart", ["KMeans", "Spectral", "IDEC"]),
        ("plot_dac_label_features", ["start", "end"]),
        ("plot_views_of_a_frame", ["rows", "EAMC", "KMeans"]),
        ("plot_two_modalities", ["rows", "DM2C", "KMeans", "support"]),
    ],
)
def test_example(example, words, tmp_path):
    figure = tmp_path / "figure.png"
    run = [sys.executable, f"docs/examples/{example}.py", str(figure)]
    environment = {**os.environ, "MPLBACKEND": "Agg"}
    printed = subprocess.check_output(run, cwd=ROOT, env=environment, text=True)
    lines = printed.splitlines()[: len(words)]
    assert [line.split()[0] for line in lines] == words
    assert figure.stat().st_size > 20_000
