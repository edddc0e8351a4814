"""CoMVC: the recipe and its loss."""

import numpy as np
import pytest
import torch
from sklearn.metrics import adjusted_rand_score

from skdeepcluster import CoMVC
from skdeepcluster.datasets import make_multiview_blobs
from skdeepcluster.losses import cross_view_loss
from skdeepcluster.multiview.contrast import ContrastiveFusion
from skdeepcluster.training import Batch, Rows

CPU = torch.device("cpu")


def small(**params):
    settings = {"hidden_layer_sizes": (32,), "n_components": 32, "random_state": 0}
    return CoMVC(3, **{**settings, **params})


def quick(**params):
    return small(**{"pretrain_epochs": 2, "max_iter": 1, **params})


@pytest.fixture(scope="module")
def data():
    return make_multiview_blobs(150, 4, random_state=0)


@pytest.fixture
def built():
    """An untrained network of three views and a batch of its rows."""
    X, _, _ = make_multiview_blobs(40, 4, n_views=3, missing=0.3, random_state=0)
    rows = Rows(X.astype(np.float32), CPU)
    torch.manual_seed(0)
    estimator = small(views=3, pretrain=None)
    estimator._check_fit(rows)
    network = estimator._build_network(rows).eval()
    batch = Batch(
        torch.from_numpy(rows.source.table), torch.arange(40), torch.Generator()
    )
    return network, batch


def losses(views, **weights):
    names = ("separation", "simplex", "regularization", "contrast")
    given = {**dict.fromkeys(names, 0.0), **weights}
    return ContrastiveFusion(given, 0.15, "coassignment", 0.1, views)


def test_the_contrast_counts_as_much_as_the_smallest_weight(built):
    network, batch = built
    weights = torch.tensor([0.5, 0.3, 0.2])
    with torch.no_grad():
        network.attention.logits.copy_(weights.log())
    tables, observed = network.views(batch.x)
    h = network.latents(tables, observed)
    clusters = network.assign_hidden(
        network.hidden(network.fuse(h, observed, weights))
    ).argmax(1)
    plain = cross_view_loss(h, clusters, 0.1, observed)
    terms = losses([0, 1, 2], contrast=2.0)(network, batch)
    assert [*terms] == ["contrast"]
    torch.testing.assert_close(terms["contrast"], 2 * 0.2 * plain)
    terms["contrast"].backward()
    assert network.attention.logits.grad is None or not (
        network.attention.logits.grad.any()
    )


def test_views_without_votes_are_not_contrasted(built):
    network, batch = built
    network.weigh(np.array([1.0, 1.0, 0.0]))
    losses([0, 1], contrast=1.0)(network, batch)["contrast"].backward()
    moved = [
        any(p.grad is not None and p.grad.any() for p in encoder.parameters())
        for encoder in network.encoders
    ]
    assert moved == [True, True, False]


def test_all_terms_and_their_stages(data):
    X, _, views = data
    fitted = small(views=views).fit(X)
    stages = [row["stage"] for row in fitted.history_]
    counts = {name: stages.count(name) for name in dict.fromkeys(stages)}
    assert counts == {"views": 51, "pretrain": 119, "head": 210, "cluster": 140}
    terms = {"separation", "simplex", "regularization", "contrast"}
    assert terms <= fitted.history_[-1].keys()
    assert fitted.view_weights_.sum() == pytest.approx(1)
    assert fitted.view_agreement_.shape == (2, 2)


def test_without_contrast_and_with_one_view(data):
    X, _, views = data
    assert "contrast" not in quick(views=views, contrast_weight=0).fit(X).history_[-1]
    alone = quick(views=1).fit(X)
    assert "contrast" not in alone.history_[-1]
    assert alone.view_weights_.tolist() == [1.0]


def test_weights_are_learned(data):
    X, _, views = data
    fitted = quick(views=views, max_iter=40, learning_rate=0.1).fit(X)
    assert abs(fitted.view_weights_[0] - 0.5) > 1e-3
    still = quick(views=views, max_iter=0).fit(X)
    assert still.view_weights_.tolist() == [0.5, 0.5]


def test_published_setting(data):
    X, _, views = data
    fitted = CoMVC.published(3, views=views, max_iter=2, random_state=0).fit(X)
    assert {row["stage"] for row in fitted.history_} == {"cluster"}
    layers = [*fitted.module_.encoders[0]]
    assert [type(m).__name__ for m in layers] == ["Linear", "ReLU"] * 3
    assert [m.out_features for m in layers[::2]] == [512, 512, 256]


def test_clusters_that_no_view_has_alone():
    X, y, views = make_multiview_blobs(
        160, n_clusters=4, n_views=2, n_noise_views=1, random_state=0
    )
    fitted = small(views=views).set_params(n_clusters=4).fit(X)
    assert fitted.view_weights_[2] == 0
    assert adjusted_rand_score(y, fitted.labels_) > 0.9
