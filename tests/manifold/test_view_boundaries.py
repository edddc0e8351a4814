"""Boundaries of round clusters, where they explain what views have in common."""

import numpy as np
import pytest
import torch
from sklearn.metrics import adjusted_rand_score

from skdeepcluster.manifold import view_boundaries as module
from skdeepcluster.manifold.refinement import vote
from skdeepcluster.manifold.view_boundaries import RoundClusters, with_round_boundaries
from skdeepcluster.maps.votes import ViewNeighbors


def voted(tables, observed=None):
    """Views, which row has which, and the graph of their votes."""
    tables = [torch.tensor(table, dtype=torch.float32) for table in tables]
    if observed is None:
        observed = np.ones((len(tables[0]), len(tables)), bool)
    observed = torch.from_numpy(observed)
    tables = [t * has[:, None] for t, has in zip(tables, observed.T, strict=True)]
    neighbors = ViewNeighbors.of_tables(tables, observed, 15)
    return tables, observed, neighbors.elect(np.ones(len(tables)))


def overlapping(n=600, seed=0, widths=(6, 12)):
    """Three round clusters in two views, which are independent otherwise."""
    rng = np.random.RandomState(seed)
    y = rng.randint(3, size=n)
    return [
        1.1 * rng.normal(size=(3, w))[y] + rng.normal(size=(n, w)) for w in widths
    ], y


def with_errors(y, share=0.06, k=3):
    rng = np.random.RandomState(9)
    wrong = rng.rand(len(y)) < share
    return torch.from_numpy(np.where(wrong, (y + 1) % k, y))


def test_round_clusters_move_rows_to_their_centres():
    tables, y = overlapping()
    views = voted(tables)
    labels = with_errors(y)
    found = with_round_boundaries(*views, labels, 3)
    assert (found.numpy() == y).mean() > (labels.numpy() == y).mean() + 0.02
    assert adjusted_rand_score(y, found) > 0.9


def test_views_that_share_more_than_clusters_keep_labels():
    """Where in its cluster a row is, both views tell."""
    tables, y = overlapping()
    place = 1.5 * np.random.RandomState(1).normal(size=(len(y), 2))
    for table in tables:
        table[:, :2] += place
    labels = with_errors(y)
    views = voted(tables)
    assert module._explaining_clusters(*views[:2], labels, 3) is None
    assert with_round_boundaries(*views, labels, 3) is labels
    apart = voted(overlapping()[0])
    assert module._explaining_clusters(*apart[:2], labels, 3) is not None


def test_views_with_nothing_in_common_keep_labels():
    tables, y = overlapping()
    tables[1] = np.random.RandomState(1).normal(size=tables[1].shape)
    labels = with_errors(y)
    assert with_round_boundaries(*voted(tables), labels, 3) is labels


def rings(n=500):
    rng = np.random.RandomState(0)
    y = rng.randint(2, size=n)
    tables = []
    for _ in range(2):
        angle = 2 * np.pi * rng.rand(n)
        ring = np.c_[np.cos(angle), np.sin(angle)] * (1 + 2 * y[:, None])
        tables.append(ring + 0.1 * rng.normal(size=(n, 2)))
    return tables, y


def crescents(n=500):
    rng = np.random.RandomState(0)
    y = rng.randint(2, size=n)
    tables = []
    for _ in range(2):
        angle = np.pi * rng.rand(n)
        x = np.c_[np.cos(angle), np.sin(angle)]
        x[y == 1] = [1, 0.3] - x[y == 1]
        tables.append(x + 0.1 * rng.normal(size=(n, 2)))
    return tables, y


@pytest.mark.parametrize("maker", [rings, crescents])
def test_clusters_of_other_shapes_are_kept(maker):
    tables, y = maker()
    labels = torch.from_numpy(y)
    assert with_round_boundaries(*voted(tables), labels, 2) is labels


def test_labels_that_neighbours_confirm_better_are_kept(monkeypatch):
    """Of those to which labels were fitted, most rows that move leave some."""
    tables, y = overlapping()
    views = voted(tables)
    labels = vote(views[2], torch.from_numpy(y), 3)
    monkeypatch.setattr(module, "_TOLERANCE", 0)
    assert with_round_boundaries(*views, labels, 3) is labels
    monkeypatch.undo()
    assert with_round_boundaries(*views, labels, 3) is not labels


def test_a_cluster_without_a_view_keeps_labels():
    tables, y = overlapping()
    observed = np.ones((len(y), 2), bool)
    observed[y == 1, 0] = False
    labels = torch.from_numpy(y)
    assert with_round_boundaries(*voted(tables, observed), labels, 3) is labels


def test_rows_that_lack_views_follow_those_that_they_have():
    tables, y = overlapping(1000)
    observed = np.ones((len(y), 2), bool)
    observed[:200, 0] = observed[200:400, 1] = False
    views = voted(tables, observed)
    labels = with_errors(y, 0.04)
    found = with_round_boundaries(*views, labels, 3)
    assert found is not labels
    for rows in (slice(200), slice(200, 400), slice(400, None)):
        assert (found[rows].numpy() == y[rows]).mean() > 0.85


def test_round_clusters_by_hand():
    tables = [torch.tensor([[0.0], [2.0], [10.0], [14.0]])]
    observed = torch.ones(4, 1, dtype=torch.bool)
    clusters = RoundClusters.of(tables, observed, torch.tensor([0, 0, 1, 1]), 2)
    assert clusters.centers[0].tolist() == [[1], [12]]
    # Squares of deviations: 1, 1, 4, 4, of mean 2.5; (2 + 5 * 2.5) / 7 and so on.
    expected = [(2 + 12.5) / 7, (8 + 12.5) / 7]
    assert clusters.variances[0].tolist() == pytest.approx(expected)
    assert clusters.shares.tolist() == [0.5, 0.5]
    deviations = clusters.deviations(tables, observed, torch.tensor([0, 0, 1, 1]))
    assert deviations[0].flatten().tolist() == [-1, 1, -2, 2]
    # Densities are equal a little nearer to the narrow cluster than the middle, 6.5.
    points = [torch.tensor([[5.9], [6.3]])]
    assert clusters.nearest(points, observed[:2]).tolist() == [0, 1]


def test_elongated_clusters_become_round():
    deviations = torch.randn(500, 2, generator=torch.Generator().manual_seed(0))
    deviations = deviations @ torch.tensor([[2.0, 0], [1.5, 0.8]])
    rounded = deviations @ module._rounding(deviations)
    covariance = rounded.T @ rounded / 500
    np.testing.assert_allclose(covariance, np.eye(2), atol=0.15)
