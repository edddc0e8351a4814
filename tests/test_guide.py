"""The snippets of README and guide run as they are, given the data they speak of."""

import re
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import save_file

ROOT = Path(__file__).parents[1]
PAGES = sorted(f"docs/guide/{page.name}" for page in ROOT.glob("docs/guide/*.md"))


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
        "signals": random.rand(60, 50, 3),
        "word_counts": X,
        "image_rows": random.rand(30, 9),
        "text_rows": random.rand(30, 5),
    }


@pytest.mark.usefixtures("short_fits")
@pytest.mark.filterwarnings("ignore")  # so little data
@pytest.mark.parametrize(
    "page",
    ["README.md", *(pytest.param(page, marks=pytest.mark.slow) for page in PAGES)],
)
def test_snippets(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = (ROOT / page).read_text()
    names = data()
    for snippet in re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        exec(compile(snippet, page, "exec"), names)


def test_links_of_the_long_description():
    """As the package index gets it: the README after the substitutions of the build."""
    text = (ROOT / "README.md").read_text()
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]
    readme = build["metadata"]["hooks"]["fancy-pypi-readme"]
    for rule in readme["substitutions"]:
        text = re.sub(rule["pattern"], rule["replacement"], text)
    links = re.findall(r"(!?)\[[^][]*\]\(([^)]*)\)", text)
    assert len(links) > 10
    assert all(link.startswith("https://") for _, link in links)
    for picture, link in links:
        if "/main/" in link:
            base = "raw.githubusercontent.com" if picture else "github.com"
            assert link.startswith(f"https://{base}/")
            assert (ROOT / link.partition("/main/")[2]).exists()


@pytest.mark.usefixtures("short_fits")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("page", "package"), [("encoders", "timm"), ("images", "torchvision")]
)
def test_snippets_with_other_packages(page, package, tmp_path, monkeypatch):
    module = pytest.importorskip(package)
    monkeypatch.chdir(tmp_path)
    if package == "timm":  # the weights that a reader has in a file
        weights = module.create_model("resnet18").state_dict()
        save_file(weights, "resnet18.safetensors")
    text = (ROOT / f"docs/guide/{page}.md").read_text()
    (snippet,) = re.findall(r"^```py\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    names = data()
    exec("from skdeepcluster import *", names)
    before = torch.get_rng_state()
    exec(compile(snippet, page, "exec"), names)
    assert torch.equal(torch.get_rng_state(), before)
    if package == "torchvision":
        rows = torch.from_numpy(names["images"].reshape(60, -1)).float()
        first, again, other = (
            names["augmentation"](rows, torch.Generator().manual_seed(seed))
            for seed in (0, 0, 1)
        )
        assert torch.equal(first, again)
        assert not torch.equal(first, other)
