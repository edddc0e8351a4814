import pickle
import shutil
import warnings

import numpy as np
import pytest
import torch
from torch import nn

from skdeepcluster import DAC, DM2C, EAMC, IDEC, ContrastiveClustering
from skdeepcluster.training import compiled
from skdeepcluster.training.compiled import Compiled, called_parts

# Of torch, when its compiler is loaded and when it traces.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:torch"),
    pytest.mark.filterwarnings("ignore:The .grad attribute:UserWarning"),
]

SMALL = {
    "hidden_layer_sizes": (16,),
    "compile": True,
    "random_state": 0,
}
METHODS = {
    "IDEC": IDEC(3, n_components=2, pretrain_epochs=1, max_iter=1, **SMALL),
    "ContrastiveClustering": ContrastiveClustering(
        3, n_components=4, projection_dim=4, max_iter=1, **SMALL
    ),
    # One network with and without gradients.
    "DAC": DAC(3, init=None, augment_pairs=True, max_iter=1, **SMALL),
    "EAMC": EAMC(3, n_components=4, pretrain_epochs=1, max_iter=1, **SMALL),
    "DM2C": DM2C(
        3,
        n_components=2,
        n_encoders=2,
        adversarial_weight=0.5,
        pretrain_epochs=1,
        max_iter=1,
        **SMALL,
    ),
}


class Box(nn.Module):
    """Holds parts without a forward of its own."""

    def __init__(self, *parts):
        super().__init__()
        self.first = parts[0]
        self.rest = nn.ModuleList(parts[1:])
        self.nothing = nn.Identity()


@pytest.fixture
def graphs(monkeypatch):
    """What a compiler is given that traces gradients, and compiles nothing."""
    found = []
    eager = torch._dynamo.lookup_backend("aot_eager")

    def backend(graph, inputs):
        found.append(graph)
        return eager(graph, inputs)

    whole = torch.compile
    monkeypatch.setattr(
        compiled.torch, "compile", lambda forward: whole(forward, backend=backend)
    )
    return found


def test_called_parts_are_the_largest_that_are_called():
    layers = [nn.Linear(2, 2) for _ in range(4)]
    stack = nn.Sequential(layers[2], layers[3])
    network = nn.Sequential(layers[0], Box(layers[1], stack))
    assert list(called_parts(network)) == [layers[0], layers[1], stack]


def test_a_part_that_is_held_twice_is_compiled_once(graphs):
    layer = nn.Linear(2, 2)
    network = Box(layer, layer, layer)
    with Compiled(network):
        network.first(torch.ones(3, 2))
    assert len(graphs) == 1
    assert "forward" not in vars(layer)


def test_what_is_scripted_is_left_alone(graphs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch would have it replaced
        network = Box(torch.jit.script(nn.Linear(2, 2)))
    with Compiled(network):
        network.first(torch.ones(3, 2))
    assert not graphs


def test_only_the_block_is_compiled(graphs):
    network = nn.Sequential(nn.Linear(3, 2), nn.ReLU())
    x = torch.ones(4, 3)
    expected = network(x)
    inside = Compiled(network)
    network(x)
    assert not graphs
    with inside:
        torch.testing.assert_close(network(x), expected)
    assert len(graphs) == 1
    assert "forward" not in vars(network[0])
    network(torch.ones(2, 3))
    assert len(graphs) == 1


def test_a_module_that_has_a_forward_of_its_own_keeps_it(graphs):
    network = nn.Sequential(nn.Linear(3, 2))

    def forward(x):
        return x[:, :2] + 1

    network[0].forward = forward
    with Compiled(network):
        torch.testing.assert_close(network(torch.ones(4, 3)), torch.full((4, 2), 2.0))
    assert network[0].forward is forward


@pytest.mark.parametrize(
    "name",
    [
        "IDEC",
        *(pytest.param(name, marks=pytest.mark.slow) for name in list(METHODS)[1:]),
    ],
)
@pytest.mark.filterwarnings(
    "ignore:DM2C", "ignore::sklearn.exceptions.ConvergenceWarning"
)
def test_fits_compile_and_are_pickled_without_a_trace(graphs, blobs, name):
    X, _ = blobs
    for _ in range(2):  # torch would give up where fits shared their code
        graphs.clear()
        fitted = METHODS[name].fit(X)
        assert graphs
    plain = pickle.loads(pickle.dumps(fitted))
    n_graphs = len(graphs)
    np.testing.assert_array_equal(plain.predict(X), fitted.labels_)
    assert len(graphs) == n_graphs
    assert not any("forward" in vars(m) for m in fitted.module_.modules())


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="needs a C++ compiler")
def test_a_compiled_fit_is_close_to_the_plain_one(blobs):
    X, _ = blobs
    state = torch.get_rng_state()
    model = METHODS["IDEC"]
    losses = []
    for compile in (True, False):
        fitted = IDEC(**{**model.get_params(), "compile": compile}).fit(X)
        losses.append([row["loss"] for row in fitted.history_])
    np.testing.assert_allclose(*losses, rtol=1e-3)
    assert torch.equal(torch.get_rng_state(), state)
