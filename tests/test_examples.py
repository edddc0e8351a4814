"""The quickstart runs and draws, and the worked example is a method like any other.

All examples run, with all epochs, when the documentation is built.
"""

import runpy
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import pytest
from sklearn.utils.estimator_checks import check_estimator

from skdeepcluster import save
from skdeepcluster.testing import check_clusterer

ROOT = Path(__file__).parents[1]


@pytest.mark.usefixtures("short_fits")
def test_quickstart(tmp_path, monkeypatch, capsys):
    matplotlib.use("Agg")
    figure = tmp_path / "figure.png"
    script = ROOT / "docs/examples/plot_quickstart.py"
    monkeypatch.setattr(sys, "argv", [str(script), str(figure)])
    runpy.run_path(str(script), run_name="__main__")
    words = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert words[:3] == ["KMeans", "Spectral", "Neighbor"]
    assert figure.stat().st_size > 20_000
    plt.close("all")


@pytest.fixture(scope="module")
def own_method():
    path = ROOT / "docs/examples/extending/plot_own_method.py"
    spec = spec_from_file_location("own_method", path)
    module = module_from_spec(spec)
    sys.modules["own_method"] = module  # estimators are pickled by their module
    spec.loader.exec_module(module)
    yield module.DeepKMeans
    del sys.modules["own_method"]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*are empty")
def test_own_method_is_an_estimator(own_method):
    check_estimator(own_method(hidden_layer_sizes=(16,)), on_skip=None)


def test_own_method_passes_our_checks(own_method):
    check_clusterer(own_method(hidden_layer_sizes=(16,)))


def test_own_method_is_not_saved_as_ours(own_method, tmp_path):
    with pytest.raises(TypeError, match="takes the estimators of skdeepcluster"):
        save(own_method(), tmp_path / "own")


def test_own_method_takes_less_than_a_hundred_lines():
    text = (ROOT / "docs/examples/extending/plot_own_method.py").read_text()
    code, _, _ = text.partition('if __name__ == "__main__":')
    lines = [line for line in code.splitlines() if line.strip()]
    assert sum(not line.startswith("#") for line in lines) < 100
