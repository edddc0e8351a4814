"""What is known of rows, and what follows from it."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from skdeepcluster.training import Hints


def drawn(hints, n=200):
    """Pairs together and pairs apart that are drawn."""
    links = hints.draw(n, torch.Generator().manual_seed(0))
    pairs = [
        tuple(sorted(pair))
        for pair in zip(links.first.tolist(), links.second.tolist(), strict=True)
    ]
    together = links.together.tolist()
    return tuple(
        {pair for pair, t in zip(pairs, together, strict=True) if t is kind}
        for kind in (True, False)
    )


def test_links_follow_from_labels():
    hints = Hints.of(6, 3, partial_labels=[0, -1, 0, 2, -1, -1])
    together, apart = drawn(hints)
    # A label says something of a row alone, too.
    assert together == {(0, 0), (0, 2), (2, 2), (3, 3)}
    assert apart == {(0, 3), (2, 3)}


def test_links_follow_from_links():
    hints = Hints.of(7, 3, must_link=[[0, 1], [1, 2], [3, 4]], cannot_link=[[2, 3]])
    together, apart = drawn(hints)
    assert together == {(0, 1), (0, 2), (1, 2), (3, 4)}
    assert apart == {(i, j) for i in (0, 1, 2) for j in (3, 4)}


def test_labels_follow_from_links():
    hints = Hints.of(
        5, 3, partial_labels=[2, -1, -1, 0, -1], must_link=[[0, 1], [1, 4]]
    )
    assert hints.rows.tolist() == [0, 1, 3, 4]
    assert hints.labels.tolist() == [2, 2, 0, 2]
    assert hints.least_clusters == 3


def test_second_rows_are_known_by_their_labels():
    hints = Hints.of(
        6, 3, partial_labels=[1, 1, 0, -1, -1, -1], cannot_link=[[0, 3], [4, 5]]
    )
    links = hints.draw(200, torch.Generator().manual_seed(0))
    labels = torch.tensor([1, 1, 0, -1, -1, -1])
    assert torch.equal(links.labels, labels[links.second])


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"partial_labels": [-1, -1, -1]},
        {"must_link": []},
        {"must_link": [[1, 1], [0, 0]]},
        {"cannot_link": np.empty((0, 2), int), "must_link": None},
    ],
)
def test_nothing_is_no_hints(given):
    assert Hints.of(3, 2, **given) is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"partial_labels": [0, 1]}, r"shape \(2,\); expected .* = \(4,\)"),
        ({"partial_labels": [0, 1, 3, -1]}, "row 2 is 3; expected .* from 0 to 2"),
        ({"partial_labels": [0, -2, 1, -1]}, "row 1 is -2"),
        ({"partial_labels": [0, np.nan, 1, 1]}, "integers, got .*float64. Mark rows"),
        ({"partial_labels": ["a", "b", "a", "b"]}, "partial_labels should hold integ"),
        ({"must_link": [0, 1]}, r"must_link has shape \(2,\); expected \(n_pairs, 2\)"),
        ({"must_link": [[0, 1, 2]]}, r"shape \(1, 3\)"),
        ({"cannot_link": [[0, 1], [1, 4]]}, r"cannot_link\[1\] is \[1, 4\].*0 to 3"),
        ({"cannot_link": [[0, -1]]}, "positions in the X of this call"),
        ({"must_link": [[0, 1], [2]]}, "must_link .*got lists of different lengths"),
        ({"must_link": [[True, False]]}, "must_link should hold integers, got .*bool"),
        ({"cannot_link": [[2, 2]]}, "rows 2 and 2 contradict .* one row"),
        (
            {"must_link": [[0, 1], [1, 3]], "cannot_link": [[3, 0]]},
            "rows 0 and 3 contradict each other: cannot_link .* must_link joins them",
        ),
        (
            {"partial_labels": [0, -1, 1, -1], "must_link": [[2, 1], [1, 0]]},
            "rows 0 and 2 contradict .*partial_labels are 0 and 1. Remove one",
        ),
        (
            {"partial_labels": [0, -1, 0, -1], "cannot_link": [[2, 0]]},
            "rows 0 and 2 contradict .*both have the label 0",
        ),
    ],
)
def test_what_cannot_be_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        Hints.of(4, 3, **given)


def test_one_cluster_has_no_rows_apart():
    with pytest.raises(ValueError, match="n_clusters=1. Raise n_clusters"):
        Hints.of(4, 1, cannot_link=[[0, 1]])


def test_clusters_whose_number_is_found_are_at_most_the_rows():
    labels = [3, -1, 0, -1]
    assert Hints.of(4, None, partial_labels=labels).least_clusters == 4
    with pytest.raises(ValueError, match="row 0 is 4; expected .* from 0 to 3"):
        Hints.of(4, None, partial_labels=[4, -1, 0, -1])


def test_labels_as_whole_floats_are_taken():
    assert Hints.of(3, 2, partial_labels=[0.0, -1.0, 1.0]).labels.tolist() == [0, 1]


@settings(deadline=None)
@given(
    st.lists(st.integers(-1, 3), min_size=8, max_size=8),
    st.lists(st.integers(0, 3), min_size=8, max_size=8),
    st.randoms(use_true_random=False),
)
def test_hints_from_one_truth_never_contradict(known, truth, random):
    """Every pair that is drawn agrees with the labels that all hints come from."""
    truth = np.array(truth)
    labels = np.where(np.array(known) >= 0, truth, -1)
    pairs = np.array([random.sample(range(8), 2) for _ in range(6)])
    equal = truth[pairs[:, 0]] == truth[pairs[:, 1]]
    hints = Hints.of(
        8,
        4,
        partial_labels=labels,
        must_link=pairs[equal],
        cannot_link=pairs[~equal],
    )
    links = hints.draw(50, torch.Generator().manual_seed(0))
    first, second = links.first.numpy(), links.second.numpy()
    np.testing.assert_array_equal(truth[first] == truth[second], links.together.numpy())
    assert hints.agreement(truth) == 1
    np.testing.assert_array_equal(truth[hints.rows], hints.labels)


def test_numbers_are_those_of_the_labels():
    hints = Hints.of(6, 3, partial_labels=[2, 2, 0, -1, -1, -1])
    found = torch.tensor([0, 0, 1, 2, 2, 1])
    assert hints.order_of(found[hints.rows], 3).tolist() == [1, 2, 0]
    assert hints.correct(found, 3).tolist() == [2, 2, 0, 1, 1, 0]
    assert hints.correct(torch.tensor([0, 1, 1, 2, -100, 1]), 3).tolist()[4] == -100


def test_without_labels_clusters_keep_their_numbers():
    hints = Hints.of(4, 3, must_link=[[0, 1]])
    assert hints.order_of(torch.empty(0, dtype=torch.long), 3).tolist() == [0, 1, 2]


def test_means_need_a_row_of_each_cluster():
    hints = Hints.of(7, 3, partial_labels=[0, 1, 1, -1, 1, 1, 1])
    points = np.array([[1], [2], [4], [3], [3], [3]], dtype=np.float32)
    np.testing.assert_array_equal(hints.means(points, 2), [[1], [3]])
    assert hints.means(points, 3) is None


def test_equal_hints_have_equal_digests():
    one, same = (Hints.of(5, 3, must_link=[[0, 1], [1, 2]]) for _ in range(2))
    other = Hints.of(5, 3, must_link=[[0, 1], [1, 3]])
    assert one.digest() == same.digest() != other.digest()
