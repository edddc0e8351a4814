"""Neighbours elected by several views."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skdeepcluster.maps import votes as module
from skdeepcluster.maps.votes import ViewNeighbors


def neighbors(tables, observed=None, n_neighbors=1):
    tables = [torch.tensor(table, dtype=torch.float32) for table in tables]
    if observed is None:
        observed = np.ones((len(tables[0]), len(tables)), bool)
    return ViewNeighbors.of_tables(tables, torch.tensor(observed), n_neighbors)


def votes(graph, row):
    return {
        int(partner): float(weight)
        for partner, weight in zip(graph.partners[row], graph.weights[row], strict=True)
        if weight > 0
    }


#: Rows 0 and 1 are mutual neighbours in both views; row 2 is near to 1 and then to 3.
FIRST = [[0.0], [1.0], [2.5], [9.0]]
SECOND = [[0.0], [1.0], [9.0], [7.0]]


@pytest.fixture
def one_by_one(monkeypatch):
    """All views side by side have no votes."""
    monkeypatch.setattr(module, "_TOGETHER", 0)


@pytest.mark.usefixtures("one_by_one")
def test_half_a_vote_for_each_direction_and_view():
    graph = neighbors([FIRST, SECOND], n_neighbors=2).elect(np.ones(2))
    # In the first view, 0: {1, 2}, 1: {0, 2}, 2: {1, 0}, 3: {2, 1}.
    # In the second, 0: {1, 3}, 1: {0, 3}, 2: {3, 1}, 3: {2, 1}.
    assert votes(graph, 0) == {1: 2, 2: 1}
    assert votes(graph, 3) == {1: 1.5, 2: 1.5}


@pytest.mark.usefixtures("one_by_one")
def test_weights_of_views():
    graph = neighbors([FIRST, SECOND]).elect(np.array([1, 0.25]))
    # 0: {1}, 1: {0}, 2: {1}, 3: {2}, and 0: {1}, 1: {0}, 2: {3}, 3: {2}.
    assert votes(graph, 0) == {1: 1.25}
    assert votes(graph, 2) == {3: 0.75}
    without = neighbors([FIRST, SECOND]).elect(np.array([1, 0]))
    assert votes(without, 2) == {1: 0.5, 3: 0.5}  # equal votes are all kept


def test_all_views_side_by_side_have_votes_too():
    one, two = neighbors([FIRST, SECOND]), neighbors([FIRST, SECOND], n_neighbors=2)
    # In the second view row 2 is so far from 1 that side by side 3 is nearest to it.
    together = one._together(np.ones(2)).toarray()
    assert together.sum(1).tolist() == [1, 1, 1, 1]
    assert together[2, 3] == together[3, 2] == 1
    assert votes(one.elect(np.ones(2)), 2) == {3: 1.5 + 0.5 * 2}
    # A view without weight is not beside the others.
    alone = two._together(np.array([0, 1.0])).toarray()
    np.testing.assert_array_equal(alone, two.graphs[1].toarray())


def test_side_by_side_are_rows_that_have_all_views():
    observed = np.array([[1, 1], [1, 0], [1, 1], [1, 1]], bool)
    together = neighbors([FIRST, SECOND], observed)._together(np.ones(2))
    assert together[[1]].nnz == together[:, [1]].nnz == 0


def test_rows_vote_where_they_are_seen():
    observed = np.array([[1, 1], [1, 0], [1, 1], [0, 1]], bool)
    seen = neighbors([FIRST, SECOND], observed, n_neighbors=2)
    assert seen.graphs[0][3].nnz == seen.graphs[1][1].nnz == 0
    graph = seen.elect(np.ones(2))
    # In the first view, 0: {1, 2}, 1: {0, 2}, 2: {1, 0}; in the second 0, 2 and 3; rows
    # 0 and 2 have both.
    assert votes(graph, 1) == {0: 1, 2: 1}
    assert votes(graph, 3) == {0: 1, 2: 1}


def test_a_view_of_one_row_has_no_neighbours():
    observed = np.array([[1, 1], [1, 0], [1, 0], [1, 0]], bool)
    seen = neighbors([FIRST, SECOND], observed)
    assert seen.graphs[1].nnz == 0
    assert seen.agreement(2)[0, 1] == 0


def clustered(rng, y, width):
    centers = 10 * rng.normal(size=(y.max() + 1, width))
    return centers[y] + rng.normal(size=(len(y), width))


def test_agreement_of_clusters_noise_and_copies():
    rng = np.random.RandomState(0)
    y = rng.randint(4, size=800)
    a, b = clustered(rng, y, 5), clustered(rng, y, 8)
    noise = rng.normal(size=(800, 6))
    found = neighbors([a, b, noise, a], n_neighbors=15)
    agreement = found.agreement(4)
    np.testing.assert_array_equal(agreement, agreement.T)
    np.testing.assert_array_equal(np.diag(agreement), np.ones(4))
    assert agreement[0, 1] == pytest.approx(1, abs=0.15)
    assert agreement[0, 2] < 0.05
    assert agreement[0, 3] == 1
    # The first and the last are copies, and share a weight.
    assert found.first_weights(4)[[0, 1, 3]] == pytest.approx([0.5, 1, 0.5])
    assert found.first_weights(4)[2] < 0.5
    np.testing.assert_array_equal(found.weights(y, 4), [0.5, 1, 0, 0.5])


def test_copies_of_noise_do_not_confirm_each_other():
    rng = np.random.RandomState(0)
    noise = rng.normal(size=(800, 6))
    slightly = noise + 1e-3 * rng.normal(size=noise.shape)
    good = clustered(rng, rng.randint(4, size=800), 5)
    found = neighbors([good, noise, slightly], n_neighbors=15)
    copies = found.copies(4)
    assert copies[1, 2] == pytest.approx(1, abs=0.05)
    assert copies[0, 1] == copies[0, 2] == 0
    # Nothing confirms the first, but the others no more than it.
    assert found.first_weights(4) == pytest.approx([1, 0.5, 0.5], abs=0.05)


def test_views_without_rows_in_common_are_no_copies():
    rng = np.random.RandomState(0)
    y = rng.randint(4, size=400)
    observed = np.ones((400, 3), bool)
    observed[:200, 1] = observed[200:, 2] = False
    tables = [clustered(rng, y, width) for width in (5, 6, 7)]
    found = neighbors(tables, observed, n_neighbors=15)
    assert found.copies(4)[1, 2] == 0
    np.testing.assert_array_equal(found.weights(y, 4), np.ones(3))


def test_whole_clusters_as_neighbours_are_no_copies():
    rng = np.random.RandomState(0)
    y = np.repeat(np.arange(30), 8)
    found = neighbors([clustered(rng, y, w) for w in (9, 7)], n_neighbors=7)
    assert found._shared_edges()[0, 1] > 0.9 * found.graphs[0].nnz
    np.testing.assert_array_equal(found.copies(30), np.eye(2))


def test_many_views_that_tell_little_have_votes():
    rng = np.random.RandomState(0)
    y = rng.randint(4, size=500)
    centers = 0.5 * rng.normal(size=(20, 4, 3))
    tables = [each[y] + rng.normal(size=(500, 3)) for each in centers]
    tables.append(rng.normal(size=(500, 3)))
    found = neighbors(tables, n_neighbors=15)
    one_by_one = (found.agreement(4).sum(1) - 1) / 20
    assert np.median(one_by_one) < 0.03  # as chance may give
    weights = found.first_weights(4)
    assert weights[:20].sum() >= 15
    assert weights[20] == 0
    assert (found.weights(y, 4)[:20] > 0).sum() >= 18


def test_a_view_of_few_rows_has_votes():
    rng = np.random.RandomState(0)
    y = rng.randint(4, size=800)
    observed = np.ones((800, 3), bool)
    observed[60:, 1] = False
    tables = [clustered(rng, y, 5), clustered(rng, y, 8), rng.normal(size=(800, 6))]
    found = neighbors(tables, observed, n_neighbors=15)
    np.testing.assert_array_equal(found.first_weights(4), [1, 1, 0])


def test_clusters_that_no_other_view_supports_count_in_proportion():
    values, nobody = np.array([0.5, 0.14, 0.01]), np.zeros(3, bool)
    assert module._weights(values, nobody) == pytest.approx([1, 0.28, 0])
    assert module._weights(values, ~nobody) == pytest.approx([1, 1, 0.2])


def test_weights_by_clusters():
    rng = np.random.RandomState(0)
    y = rng.randint(4, size=800)
    noise = rng.normal(size=(2, 800, 6))
    found = neighbors([clustered(rng, y, 5), *noise], n_neighbors=15)
    np.testing.assert_array_equal(found.weights(y, 4), [1, 0, 0])
    # Where no view tells anything, all count alike.
    np.testing.assert_array_equal(found.weights(rng.randint(4, size=800), 4), [1, 1, 1])


@given(st.integers(0, 1000), st.integers(1, 6), st.floats(0.1, 1))
def test_every_row_has_partners_it_shares_a_view_with(seed, n_neighbors, share):
    rng = np.random.RandomState(seed)
    observed = rng.rand(20, 3) < share
    observed[np.arange(20), rng.randint(3, size=20)] = True
    tables = [rng.normal(size=(20, 2)) for _ in range(3)]
    graph = neighbors(tables, observed, n_neighbors).elect(np.ones(3))
    for row in range(20):
        found = votes(graph, row)
        assert row not in found
        assert all((observed[row] & observed[partner]).any() for partner in found)
        counts = observed[:, observed[row]].sum(0)
        assert len(found) >= min(n_neighbors, counts.max() - 1)
        assert 0 < min(found.values()) <= max(found.values()) <= 3 + 1.5
