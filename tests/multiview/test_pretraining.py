"""What precedes EAMC's own objective: losses, clusters to start from, the safeguard."""

import numpy as np
import pytest
import torch
from sklearn.cluster import AgglomerativeClustering

from skdeepcluster import EAMC
from skdeepcluster.datasets import make_multiview_blobs
from skdeepcluster.losses import nt_xent
from skdeepcluster.multiview.pretraining import (
    CrossViewReconstruction,
    first_labels,
    tears_apart,
)
from skdeepcluster.neighbors import NeighborGraph
from skdeepcluster.training import Batch, Rows

CPU = torch.device("cpu")


@pytest.fixture
def built():
    """An untrained network of three views and a batch of its rows."""
    X, _, _ = make_multiview_blobs(40, 4, n_views=3, missing=0.3, random_state=0)
    X = X.astype(np.float32)
    rows = Rows(X, CPU)
    torch.manual_seed(0)
    estimator = EAMC(
        3,
        views=3,
        hidden_layer_sizes=(32,),
        n_components=32,
        pretrain="reconstruction",
    )
    estimator._check_fit(rows)
    network = estimator._build_network(rows).eval()
    batch = Batch(torch.from_numpy(X), torch.arange(40), torch.Generator())
    return network, batch


def test_cross_view_reconstruction_by_hand(built):
    network, batch = built
    terms = CrossViewReconstruction(0.5, 0.7, False)(network, batch)
    tables, observed = network.views(batch.x)
    h = network.latents(tables, observed)
    errors = [
        (network.decoders[v](h[:, v]) - table).square()[observed[:, v]].mean()
        for v, table in enumerate(tables)
    ]
    torch.testing.assert_close(terms["reconstruction"], sum(errors))
    contrasts = []
    for v, u in ((0, 1), (0, 2), (1, 2)):
        both = observed[:, v] & observed[:, u]
        contrasts.append(nt_xent(h[both, v], h[both, u], 0.7))
    torch.testing.assert_close(terms["contrast"], 0.5 * torch.stack(contrasts).mean())


def test_many_views_are_contrasted_in_a_sample_of_their_pairs(monkeypatch):
    """Each batch has its own sample; on average they give the mean over all pairs."""
    drawn = []
    monkeypatch.setattr(
        "skdeepcluster.multiview.pretraining.nt_xent",
        lambda *args: drawn.append(1) or nt_xent(*args),
    )
    loss = CrossViewReconstruction(0.5, 0.7, True)
    h = torch.randn(8, 12, 3, generator=torch.Generator().manual_seed(0))
    observed = torch.ones(8, 12, dtype=torch.bool)
    generator = torch.Generator().manual_seed(0)
    sampled = [loss._contrast(h, observed, generator).item() for _ in range(50)]
    assert len(drawn) == 50 * 45
    assert len(set(sampled)) > 40
    pairs = torch.combinations(torch.arange(12)).tolist()
    expected = np.mean([nt_xent(h[:, v], h[:, u], 0.7).item() for v, u in pairs])
    np.testing.assert_allclose(np.mean(sampled), expected, rtol=0.01)


def test_views_that_no_row_shares_are_not_contrasted(built):
    network, batch = built
    x = batch.x.nan_to_num()
    x[::2, :4], x[1::2, 4:] = float("nan"), float("nan")
    batch = Batch(x, batch.index, batch.generator)
    terms = CrossViewReconstruction(0.1, 0.5, False)(network, batch)
    assert terms["contrast"].isfinite()
    terms["contrast"].backward()


class Drawn:
    """What :func:`first_labels` needs of a run."""

    device = CPU
    random_state = np.random.RandomState(0)


def two_groups():
    """Points in two groups of 40, and the graph of their neighbours."""
    points = np.random.RandomState(0).normal(size=(80, 2)).astype(np.float32)
    points[40:] += 20
    table = torch.from_numpy(points)
    return table, NeighborGraph.of_table(table, 5)


@pytest.mark.parametrize(
    "init", ["auto", "k-means++", AgglomerativeClustering(2)], ids=str
)
@pytest.mark.parametrize("voted", [True, False])
def test_first_labels(init, voted):
    points, graph = two_groups()
    labels = first_labels(points, init, 2, Drawn(), graph if voted else None)
    assert labels.dtype == torch.int64
    assert labels[:40].unique().tolist() != labels[40:].unique().tolist()
    assert len(labels[:40].unique()) == len(labels[40:].unique()) == 1


def test_votes_choose_among_proposals(monkeypatch):
    points, graph = two_groups()
    asked = []
    monkeypatch.setattr(
        "skdeepcluster.multiview.pretraining.cut_map",
        lambda *args, **settings: asked.append(settings) or 1 / 0,
    )
    with pytest.raises(ZeroDivisionError):
        first_labels(points, "auto", 2, Drawn(), graph)
    assert asked == [{"votes": True}]
    first_labels(points, "k-means++", 2, Drawn(), graph)


def test_what_tears_neighbours_apart():
    _, graph = two_groups()
    whole = np.repeat([0, 1], 40)
    torn = np.arange(80) % 2
    moved = whole.copy()
    moved[0] = 1
    assert tears_apart(graph, whole, torn)
    assert not tears_apart(graph, whole, 1 - whole)
    assert not tears_apart(graph, whole, moved)
    assert not tears_apart(graph, torn, whole)
