"""Benchmarks compare like with like, and the check for regressions finds some."""

import ast
import csv
import re
from pathlib import Path

import numpy as np
import pytest
from torch.optim.optimizer import register_optimizer_step_post_hook


@pytest.fixture
def benchmarks(monkeypatch):
    monkeypatch.syspath_prepend("docs/benchmarks")


@pytest.fixture
def steps():
    """Steps that optimisers have made, in a list of one number."""
    made = [0]

    def count(optimizer, args, kwargs):
        made[0] += 1

    handle = register_optimizer_step_post_hook(count)
    yield made
    handle.remove()


@pytest.mark.usefixtures("benchmarks")
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    "method",
    [
        *("Autoencoder", "DEC", "IDEC", "DSSEC", "ContrastiveClustering", "DAC"),
        *("DAC, images", "EAMC", "DM2C"),
    ],
)
def test_bare_loops_take_as_many_steps(method, steps):
    from contests import contest

    ours, stage, loop, X = contest(method, 560, 16, "cpu")
    loop(2, False)
    bare, steps[0] = steps[0], 0
    ours.set_params(max_iter=2, precision="float32").fit(X)
    assert steps[0] == bare > 0
    assert ours.history_[-1]["stage"] == stage
    assert ours.history_[-1]["epoch"] == 2


@pytest.mark.slow
@pytest.mark.usefixtures("benchmarks")
@pytest.mark.filterwarnings("ignore:.* are empty")
@pytest.mark.parametrize("method", ["ContrastiveClustering", "DAC"])
def test_published_settings_of_colour_images_pass(method):
    from curves import methods, trace

    X = np.random.RandomState(0).rand(24, 3 * 32 * 32).astype(np.float32)
    arms = methods(2, 0, (3, 32, 32), X.shape)
    clusterer, _ = arms[f"{method}, published setting, float32"]
    clusterer.set_params(max_iter=1)
    written = []
    trace(clusterer, 1, X, lambda *row: written.append(row), np.inf)
    assert [row[1] for row in written] == [1, 1]
    assert set(written[-1][3]) <= {0, 1}
    written.clear()
    trace(clusterer, 1, X, lambda *row: written.append(row), 0)
    assert [row[0] for row in written] != ["fitted"]
    assert len(written) == 1


def rows(slowdown=1.0):
    """Results of two tasks."""
    for arm, seconds in (
        ("bare float32", 1.0),
        ("ours float32", slowdown),
        ("matrix products only", 0.5),
    ):
        yield {"task": "an epoch", "arm": arm, "seconds": seconds, "ratio": seconds}
    for arm, seconds in (
        ("bare encode, chunks of 2048", 1.0),
        ("bare assignment, chunks of 2048", 2.0),
        ("predict", 2.0 * slowdown),
    ):
        yield {"task": "inference", "arm": arm, "seconds": seconds, "ratio": seconds}


@pytest.mark.usefixtures("benchmarks")
def test_ratios_to_what_is_measured_beside():
    from check import ratios

    assert ratios(rows(1.5)) == {
        ("an epoch", "ours float32"): 1.5,
        ("an epoch", "bare loop"): 2.0,
        ("inference", "predict"): 1.5,
    }


@pytest.mark.usefixtures("benchmarks")
def test_check_fails_where_something_is_slower_or_unknown(monkeypatch, tmp_path):
    import check

    measured = {"rows": list(rows())}
    monkeypatch.setattr(check, "PATH", tmp_path / "check.csv")
    monkeypatch.setattr(check, "tasks", lambda: [lambda: measured["rows"]])
    monkeypatch.setattr("sys.argv", ["check.py"])
    with pytest.raises(SystemExit, match="Not in both"):
        check.main()
    monkeypatch.setattr("sys.argv", ["check.py", "--update"])
    check.main()
    with check.PATH.open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 3
    monkeypatch.setattr("sys.argv", ["check.py"])
    measured["rows"] = list(rows(1.2))
    check.main()
    measured["rows"] = list(rows(1.3))
    with pytest.raises(SystemExit, match="Slower than before: an epoch: ours"):
        check.main()


@pytest.mark.usefixtures("benchmarks")
def test_summary_averages_seeds_and_leaves_out_sets_that_an_arm_lacks():
    from summary import summary

    figures = {
        ("a", "ours"): [0.6, 0.8],  # seeds
        ("a", "one"): [0.5],
        ("a", "two"): [0.9],
        ("b", "ours"): [0.4],
        ("b", "one"): [0.3],
        ("b", "two"): [0.1],
        ("large", "ours"): [0.9],
        ("large", "one"): [0.95],
        ("ignored", "one"): [0.1],
        ("ignored", "elsewhere"): [0.1],
    }
    rows = [
        {"set": name, "method": arm, "acc": str(nmi / 2), "nmi": str(nmi)}
        for (name, arm), values in figures.items()
        for nmi in values
    ]
    others = ["one", "two", "elsewhere", "unknown"]
    lines = summary(rows, ["a", "b", "large"], others, "ours", "others")
    assert "a; b." in lines
    assert [line for line in lines if line.startswith(("| o", "| t"))] == [
        "| one | 0.200 | 0.400 | 2.5 |",
        "| two | 0.250 | 0.500 | 2.0 |",
        "| ours | 0.275 | 0.550 | 1.5 |",
        "| one | 3 |  | +0.083 | 2 | 0.500 |",
        "| two | 2 | large | +0.050 | 1 | 1.000 |",
    ]
    assert not any("elsewhere" in line or "unknown" in line for line in lines)


@pytest.mark.usefixtures("benchmarks")
def test_keel_files_with_and_without_a_header(tmp_path):
    from quality import load

    body = "1, 5, van \n3, 5,bus\n"
    (tmp_path / "vowel.dat").write_text(body)
    (tmp_path / "vehicle.dat").write_text("@relation vehicle\n@data\n" + body)
    for name in ("vowel", "vehicle"):
        X, y, image_shape = load(name, None, tmp_path)
        np.testing.assert_array_equal(X, [[-1, 0], [1, 0]])
        assert (X.dtype, y.tolist(), image_shape) == (np.float32, [1, 0], None)


@pytest.mark.usefixtures("benchmarks")
def test_noise_is_one_more_cluster():
    from harness import scores

    assert scores([0, 0, 1, 1], [-1, -1, 0, 0])["acc"] == 1


@pytest.mark.usefixtures("benchmarks")
def test_drawn_classes_have_sizes_down_to_the_share_asked_for():
    from parameters import unequal_classes

    y = np.repeat([0, 1, 2], [40, 60, 50])
    part = unequal_classes(y, 0.5, 0)
    assert sorted(np.bincount(y[part])) == [20, 30, 40]
    assert len(set(part)) == 90
    other = unequal_classes(y, 0.5, 1)
    assert np.bincount(y[part]).tolist() != np.bincount(y[other]).tolist()


@pytest.mark.slow
@pytest.mark.usefixtures("benchmarks")
def test_arms_of_views_replace_what_they_say(monkeypatch):
    import ablation_views as module
    from planted_views import gaussians

    X = np.hstack(gaussians(0, n=60, k=3)[0]).astype(np.float32)

    def fit(arm, **params):
        cls, settings = module.ARMS[arm]
        params = {"views": [15, 25, 10], "max_iter": 1, "refine": False, **params}
        return cls(3, random_state=0, **{**settings, **params}).fit(X)

    lengths = np.linalg.norm(fit("kernel: cosine, temperature .1").transform(X), axis=1)
    np.testing.assert_allclose(lengths, 1, rtol=1e-5)
    encoder = fit("one encoder of all views").module_.encoder
    assert len(encoder.encoders) == 0
    assert encoder.joint[0][0].in_features == 50
    noted = []
    original = module.OtherGraph._elected_graph

    def note(*args):
        found = yield from original(*args)
        noted.append(found[0])
        return found

    monkeypatch.setattr(module.OtherGraph, "_elected_graph", note)
    fit("graph: views side by side")
    fit("graph: mutual neighbours of each view in turn")
    together, in_turn = noted
    assert together.partners.shape == (60, 15)
    # Each of the three views is drawn as often as the others.
    assert in_turn.partners.shape == (60, 45)
    of_view = in_turn.weights.reshape(60, 3, 15).sum(2)
    np.testing.assert_allclose(of_view, 1, rtol=1e-5)
    votes = module.affinity(fit(module.PLAIN).graph_)
    assert abs(votes - votes.T).max() == 0


def test_every_table_can_be_reproduced():
    text = Path("docs/reproduce.md").read_text()
    docs = {
        path.name: ast.get_docstring(ast.parse(path.read_text())) or ""
        for path in Path("docs/benchmarks").glob("*.py")
    }
    scripts = [name for name, doc in docs.items() if re.search(r"results/\w+\.md", doc)]
    assert len(scripts) > 10
    for name in scripts:
        assert f"docs/benchmarks/{name}" in text
