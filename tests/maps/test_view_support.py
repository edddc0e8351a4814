"""Views that all others together support."""

import numpy as np
import pytest
import torch

from skdeepcluster.maps.view_support import errors_above_chance, supported_views


def as_views(tables, observed=None):
    tables = [torch.tensor(table, dtype=torch.float32) for table in tables]
    if observed is None:
        observed = np.ones((len(tables[0]), len(tables)), bool)
    observed = torch.from_numpy(observed)
    return [
        t * has[:, None] for t, has in zip(tables, observed.T, strict=True)
    ], observed


def clustered(rng, y, width, spread):
    centers = spread * rng.normal(size=(y.max() + 1, width))
    return centers[y] + rng.normal(size=(len(y), width))


def two_of_three(n=400, seed=0):
    """Clusters in two views, and noise."""
    rng = np.random.RandomState(seed)
    y = rng.randint(4, size=n)
    tables = [clustered(rng, y, 5, 2), clustered(rng, y, 8, 2)]
    return [*tables, rng.normal(size=(n, 6))]


def test_noise_is_not_supported():
    views = as_views(two_of_three())
    assert supported_views(*views).tolist() == [True, True, False]


def test_many_views_that_tell_little():
    rng = np.random.RandomState(0)
    y = rng.randint(4, size=500)
    tables = [clustered(rng, y, 3, 0.5) for _ in range(20)]
    noise = [rng.normal(size=(500, 3)) for _ in range(4)]
    supported = supported_views(*as_views([*tables, *noise]))
    assert supported[:20].sum() >= 15
    assert supported[20:].sum() == 0


def test_views_that_are_supported_only_together():
    rng = np.random.RandomState(1)
    y = rng.randint(4, size=250)
    views = as_views([clustered(rng, y, 5, 0.25) for _ in range(40)])
    errors = errors_above_chance(*views, np.eye(40))
    assert (errors > 3).sum() < 20
    assert supported_views(*views).all()


def test_errors_of_noise_are_standard():
    rng = np.random.RandomState(0)
    views = as_views([rng.normal(size=(300, 4)) for _ in range(40)])
    errors = errors_above_chance(*views, np.eye(40))
    assert abs(errors.mean()) < 0.5
    assert 0.6 < errors.std() < 1.4


def test_copies_do_not_support_each_other():
    *tables, noise = two_of_three()
    views = as_views([*tables, noise, noise])
    assert supported_views(*views).all()
    copies = np.eye(4)
    copies[2:, 2:] = 1
    assert supported_views(*views, copies).tolist() == [True, True, False, False]
    alone = [views[0][2:], views[1][:, 2:], copies[2:, 2:]]
    assert errors_above_chance(*alone).tolist() == [0, 0]


@pytest.mark.parametrize("scale", [1e-3, 1e3])
def test_units_do_not_matter(scale):
    tables = two_of_three()
    expected = errors_above_chance(*as_views(tables), np.eye(3))
    tables[0] = scale * tables[0] + 7 * scale
    found = errors_above_chance(*as_views(tables), np.eye(3))
    assert found == pytest.approx(expected, rel=0.05, abs=0.05)


def test_a_view_of_few_rows_is_supported():
    tables = two_of_three(1000)
    observed = np.ones((1000, 3), bool)
    observed[80:, 1] = False
    assert supported_views(*as_views(tables, observed))[1:].tolist() == [True, False]


def test_rows_that_share_no_other_view_are_not_compared():
    tables = two_of_three(600)
    observed = np.ones((600, 3), bool)
    observed[:100, 0] = observed[100:200, 1] = False  # these are in two views each
    observed[200:500, 1:] = False  # and these in one
    assert supported_views(*as_views(tables, observed)).tolist() == [True, True, False]
    observed[:, 2] = False
    without_noise = errors_above_chance(*as_views(tables, observed), np.eye(3))
    observed[:200] = observed[200:500] = False
    alone = errors_above_chance(*as_views(tables, observed), np.eye(3))
    assert without_noise == pytest.approx(alone)
    assert alone[2] == 0


@pytest.mark.parametrize("n_seen", [0, 1])
def test_a_view_of_next_to_no_rows(n_seen):
    tables = two_of_three(50)
    observed = np.ones((50, 3), bool)
    observed[n_seen:, 1] = False
    errors = errors_above_chance(*as_views(tables, observed), np.eye(3))
    assert errors[1] == 0
    assert np.isfinite(errors).all()


def test_a_constant_view():
    tables = two_of_three(100)
    tables[2] = np.ones((100, 2))
    assert supported_views(*as_views(tables)).tolist() == [True, True, False]


def test_rows_that_are_all_alike_to_the_same_degree():
    answer = np.repeat([[-1.0], [1.0]], 20, axis=0)
    assert errors_above_chance(*as_views([answer, answer]), np.eye(2)).min() == np.inf
    assert supported_views(*as_views([answer, answer])).all()
    two_rows = as_views([answer[19:21], answer[19:21]])
    assert errors_above_chance(*two_rows, np.eye(2)).tolist() == [0, 0]
