"""What DSSEC adds to IDEC."""

import pytest
import torch

from skdeepcluster import DSSEC
from skdeepcluster.losses import kl_sparsity


def small(**params):
    settings = {
        "n_clusters": 3,
        "hidden_layer_sizes": (32, 16),
        "pretrain_epochs": 10,
        "max_iter": 5,
        "tol": 0,
        "random_state": 0,
    }
    return DSSEC(**{**settings, **params})


def test_penalty_is_in_both_stages_as_defined(blobs):
    X = torch.from_numpy(blobs[0]).float()
    model = small(beta=0.5, rho=0.1).fit(blobs[0])
    for stage in ("pretrain", "cluster"):
        rows = [row for row in model.history_ if row["stage"] == stage]
        assert all(row["sparsity"] > 0 for row in rows)
    net = model.module_
    with torch.no_grad():
        _, hidden = net.embed_with_hidden(net.rescale(X))
    expected = 0.5 * sum(kl_sparsity(h, 0.1).item() for h in hidden)
    # The last epoch's mean is over weights that still moved a little.
    assert model.history_[-1]["sparsity"] == pytest.approx(expected, rel=0.2)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"rho": 0.0}, "rho"),
        ({"rho": 1.0}, "rho"),
        ({"beta": -1.0}, "beta"),
        ({"sparsity": None}, "sparsity"),
        ({"sparse_layers": "decoder"}, "sparse_layers"),
        ({"hidden_layer_sizes": ()}, "hidden_layer_sizes is empty"),
    ],
)
def test_bad_parameters(params, message, blobs):
    with pytest.raises(ValueError, match=message):
        small(**params).fit(blobs[0])
