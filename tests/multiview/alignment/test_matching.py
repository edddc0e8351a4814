"""Matching of clusters without pairs."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import make_blobs

from skdeepcluster.multiview.alignment.geometry import ClusterGeometry, Points
from skdeepcluster.multiview.alignment.matching import (
    Clusterings,
    _Problem,
    _some_of_each,
    match_tables,
    paired_matching,
)

K = 5


def blobs(seed=0, n=300):
    """Blobs of different width, and the same turned, stretched and renumbered."""
    generator = np.random.RandomState(seed)
    X, y = make_blobs(
        n, 4, centers=K, cluster_std=[0.5, 1, 1.5, 2, 2.5], random_state=seed
    )
    rotation, _ = np.linalg.qr(generator.normal(size=(4, 4)))
    numbers = generator.permutation(K)
    other, _ = make_blobs(
        n, 4, centers=K, cluster_std=[0.5, 1, 1.5, 2, 2.5], random_state=seed
    )
    return (X, y), (3 * other @ rotation + 7, numbers[y]), numbers


def problem(seed=0):
    (X, y), (Z, z), numbers = blobs(seed)
    one, other = ClusterGeometry(Points(X), y, K), ClusterGeometry(Points(Z), z, K)
    pair = [(g.relations, g.descriptors) for g in (one, other)]
    return _Problem.of(*pair), numbers


@pytest.mark.parametrize("seed", range(5))
def test_turned_clusters_are_found(seed):
    (X, y), (Z, z), numbers = blobs(seed)
    scaled = [(t - t.mean(0)) / t.std() for t in (X, Z)]
    found = Clusterings.of([y, y], K), Clusterings.of([z, z], K)
    matching = match_tables(tuple(scaled), found, K, np.random.RandomState(0))
    assert matching.partner.tolist() == numbers.tolist()
    assert matching.support == 1
    assert matching.agreement == pytest.approx(1, abs=1e-6)
    assert matching.margin > 0


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10_000))
def test_search_finds_the_best_of_all_permutations(seed):
    generator = np.random.RandomState(seed)
    tables = []
    for _ in range(2):
        relations = generator.normal(size=(3, K, K))
        relations += relations.transpose(0, 2, 1)
        relations[:, range(K), range(K)] = 0
        tables.append((relations, generator.normal(size=(K, 6))))
    problem = _Problem.of(*tables)
    values = problem.search(np.random.RandomState(0), 40)
    every = range(K)

    def value(partner):
        looks = problem.likeness[every, partner].sum()
        return problem.agreement(np.array(partner)) + looks

    next_best, best = sorted(value(p) for p in itertools.permutations(every))[-2:]
    assert max(values.values()) == pytest.approx(best)
    assert problem.margin(values) == pytest.approx(best - next_best)
    for partner, found in values.items():
        assert found == pytest.approx(value(list(partner)))


@pytest.mark.parametrize("k", [6, 40, 120])  # of the last, several at once
def test_no_swap_improves_what_the_climb_ends_with(k):
    generator = np.random.RandomState(k)
    relations = generator.normal(size=(2, 3, k, k))
    relations += relations.transpose(0, 1, 3, 2)
    relations[..., range(k), range(k)] = 0
    problem = _Problem(*relations, generator.normal(size=(k, k)))
    partner = problem._climb(generator.permutation(k))

    def value(partner):
        looks = problem.likeness[range(k), partner].sum()
        return problem.agreement(partner) + looks

    reached = value(partner)
    for i, j in itertools.combinations(range(k), 2):
        swapped = partner.copy()
        swapped[[i, j]] = partner[[j, i]]
        assert value(swapped) <= reached + 1e-6


@pytest.mark.parametrize(
    "sizes", [[30] * 2_000, [20] * 299 + [100_000], [1] * 100, [5_000, 10]]
)
def test_every_cluster_is_in_a_bounded_sample(sizes):
    labels = np.repeat(np.arange(len(sizes)), sizes)
    kept = _some_of_each(labels, np.random.RandomState(0))
    assert len(kept) == len(np.unique(kept)) <= 6_000
    assert len(np.unique(labels[kept])) == len(sizes)


def test_clusters_of_no_shape_tell_nothing():
    """Two far clusters each: symmetric, and the search says so by its margin."""
    X = np.repeat([[0.0], [100.0]], 30, axis=0) + np.tile(np.arange(30.0), 2)[:, None]
    y = np.repeat([0, 1], 30)
    geometry = ClusterGeometry(Points(X), y, 2)
    matching = match_tables(
        (X, X), (Clusterings.of([y], 2),) * 2, 2, np.random.RandomState(0)
    )
    assert np.isnan(matching.support)
    assert matching.agreement == 0
    assert matching.margin == pytest.approx(0, abs=1e-12)
    assert not geometry.relations.any()


def test_paired_matching():
    one = np.array([0, 0, 1, 1, 2, 2, 2])
    other = np.array([2, 2, 0, 0, 1, 1, 0])
    assert paired_matching(one, other, 3).tolist() == [2, 0, 1]


def test_clusterings_are_numbered_alike():
    truth = np.repeat([0, 1, 2], 10)
    noisy = truth.copy()
    noisy[[0, 11, 22]] = [1, 2, 0]
    renumbered = np.array([2, 0, 1])[truth]
    found = Clusterings.of([renumbered, noisy, truth], 3)
    assert found.central in (0, 2)
    vote = found.vote()
    assert paired_matching(vote, truth, 3)[vote].tolist() == truth.tolist()
    np.testing.assert_array_equal(vote, found.labels[found.central])
