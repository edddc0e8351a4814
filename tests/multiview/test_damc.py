"""DAMC: one code for all views, critics, and the recipe."""

import copy

import numpy as np
import pytest
import torch
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import adjusted_rand_score

from skdeepcluster import DAMC
from skdeepcluster.datasets import make_multiview_blobs
from skdeepcluster.losses import (
    clustering_loss,
    critic_loss,
    generator_loss,
    target_distribution,
)
from skdeepcluster.multiview.adversary import AdversarialSharpening, code_reconstruction
from skdeepcluster.training import Batch, Rows

CPU = torch.device("cpu")


def small(**params):
    settings = {"hidden_layer_sizes": (32,), "n_components": 6, "random_state": 0}
    return DAMC(3, **{**settings, **params})


def quick(**params):
    return small(**{"pretrain_epochs": 2, "max_iter": 2, **params})


@pytest.fixture(scope="module")
def data():
    return make_multiview_blobs(150, 4, random_state=0)


@pytest.fixture
def built():
    """An untrained network of three views and a batch of its rows; some lack views."""
    X, _, _ = make_multiview_blobs(40, 4, n_views=3, missing=0.3, random_state=0)
    rows = Rows(X.astype(np.float32), CPU)
    torch.manual_seed(0)
    estimator = small(views=3)
    estimator._check_fit(rows)
    network = estimator._build_network(rows).eval()
    network.set_centers(np.random.RandomState(0).normal(size=(3, 6)))
    x = torch.from_numpy(rows.source.table)
    return network, Batch(x, torch.arange(40), torch.Generator())


class Run:
    """What the losses use of a run."""

    device = CPU

    def __init__(self, network, batch):
        self.embed = lambda: network.encode(batch.x)


def by_view(function, *tables, observed):
    """Sum over views of a function of the rows that have it."""
    masks = observed.unbind(1)
    return sum(
        function(v, *(table[has] for table in of_view))
        for v, (*of_view, has) in enumerate(zip(*tables, masks, strict=True))
    )


def test_terms_by_hand(built):
    network, batch = built
    training = AdversarialSharpening(network, Run(network, batch), 0.3, 0.7)
    assert training.refresh() is False
    found = training.network_loss(network, batch)
    tables, observed = network.views(batch.x)
    assert not observed.all()
    z = network.encode(batch.x)
    restored = network.decode(z)
    error = by_view(
        lambda _, a, b: (a - b).square().mean(), tables, restored, observed=observed
    )
    fooled = by_view(
        lambda v, fake: generator_loss(network.critics[v](fake)[:, 0]),
        restored,
        observed=observed,
    )
    q = network.assign(batch.x)
    torch.testing.assert_close(found["reconstruction"], error)
    torch.testing.assert_close(found["adversarial"], 0.3 * fooled)
    expected = 0.7 * clustering_loss(target_distribution(q), q)
    torch.testing.assert_close(found["clustering"], expected)
    alone = code_reconstruction(network, batch)
    torch.testing.assert_close(alone, {"reconstruction": error})

    def of_critic(v, real, fake):
        critic = network.critics[v]
        return critic_loss(critic(real)[:, 0], critic(fake)[:, 0])

    judged = by_view(of_critic, tables, restored, observed=observed)
    torch.testing.assert_close(training.critic_loss(network, batch)["critics"], judged)


def test_critics_do_not_move_what_they_judge(built):
    network, batch = built
    training = AdversarialSharpening(network, Run(network, batch), 1.0, 0.0)
    assert "clustering" not in training.network_loss(network, batch)
    training.critic_loss(network, batch)["critics"].backward()
    moved = {
        name.split(".")[0]
        for name, p in network.named_parameters()
        if p.grad is not None
    }
    assert moved == {"critics"}


def test_the_target_is_remembered(built):
    network, batch = built
    run = Run(network, batch)
    training, other = (AdversarialSharpening(network, run, 0.1, 0.1) for _ in "ab")
    other.load_state_dict(training.state_dict())
    assert other.target is None
    training.refresh()
    other.load_state_dict(copy.deepcopy(training.state_dict()))
    torch.testing.assert_close(other.target, training.target)


def test_stages_and_attributes(data):
    X, y, views = data
    fitted = small(views=views).fit(X)
    stages = [row["stage"] for row in fitted.history_]
    assert [*dict.fromkeys(stages)] == ["pretrain", "cluster"]
    terms = {"reconstruction", "adversarial", "clustering", "critics"}
    assert terms <= fitted.history_[-1].keys()
    assert fitted.cluster_centers_.shape == (3, 6)
    assert fitted.module_.decoders is None
    assert fitted.module_.critics is None
    assert adjusted_rand_score(y, fitted.labels_) > 0.8


def test_terms_that_are_switched_off(data):
    X, _, views = data
    plain = quick(views=views, gamma=0, adversarial_weight=0).fit(X)
    names = plain.history_[-1].keys()
    assert names == {"stage", "epoch", "reconstruction", "loss", "seconds"}


def test_init(data):
    X, _, views = data
    with pytest.raises(ValueError, match="finds 5 clusters, but n_clusters=3"):
        quick(views=views, init=AgglomerativeClustering(5)).fit(X)
    still = {"max_iter": 0, "init": AgglomerativeClustering(3)}
    fitted = quick(views=views, **still).fit(X)
    Z = fitted.transform(X)
    labels = AgglomerativeClustering(3).fit_predict(Z)
    means = [Z[labels == c].mean(0) for c in range(3)]
    np.testing.assert_allclose(fitted.cluster_centers_, means, rtol=1e-4, atol=1e-5)


def test_rows_of_one_view_each_warn():
    X, _, views = make_multiview_blobs(60, random_state=0)
    X[:30, :5], X[30:, 5:] = np.nan, np.nan
    with pytest.warns(UserWarning, match="Use DM2C for such tables"):
        quick(views=views).fit(X)


def test_one_cluster_is_not_trained(data):
    X, _, views = data
    fitted = quick(views=views).set_params(n_clusters=1).fit(X)
    assert {row["stage"] for row in fitted.history_} == {"pretrain"}


def test_missing_views():
    X, y, views = make_multiview_blobs(300, missing=0.2, random_state=0)
    fitted = small(views=views).fit(X)
    complete = ~np.isnan(X).any(1)
    assert adjusted_rand_score(y[complete], fitted.labels_[complete]) > 0.8
