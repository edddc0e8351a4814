"""The snippets of README and guide run as they are, given the data they speak of."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).parents[1]
PAGES = ["README.md", *(f"docs/guide/{p.name}" for p in ROOT.glob("docs/guide/*.md"))]


def data():
    """What a reader has: nothing but tables."""
    random = np.random.RandomState(0)
    X = random.normal(size=(60, 6)) + 4 * (np.arange(60) % 3)[:, None]
    frame = pd.DataFrame(X[:, :4], columns=["age", "weight", "hb", "crp"])
    patients = frame.assign(
        ward=np.array(["A", "B", "C"])[np.arange(60) % 3],
        shift=np.array(["day", "night"])[np.arange(60) % 2],
        note="free text",
    )
    return {
        "X": X,
        "X_new": X[:5],
        "frame": frame,
        "patients": patients,
        "images": random.rand(60, 28, 28),
        "word_counts": X,
        "image_rows": random.rand(30, 9),
        "text_rows": random.rand(30, 5),
    }


@pytest.mark.usefixtures("short_fits")
@pytest.mark.filterwarnings("ignore")  # so little data
@pytest.mark.parametrize("page", sorted(PAGES))
def test_snippets(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = (ROOT / page).read_text()
    names = data()
    for snippet in re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        exec(compile(snippet, page, "exec"), names)
