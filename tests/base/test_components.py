"""Networks that start at the principal components."""

import numpy as np
import pytest
import scipy.sparse
import torch
from sklearn.decomposition import PCA

from skdeepcluster.base import components as module
from skdeepcluster.base.components import principal_autoencoder, principal_projection
from skdeepcluster.networks import AutoencoderNetwork
from skdeepcluster.training import Rows


def rows_of(X):
    return Rows(np.asarray(X, np.float32), torch.device("cpu"))


def autoencoder(X, width, center=0.0, scale=1.0):
    parts = principal_autoencoder(rows_of(X), center, scale, width, (8,))
    return AutoencoderNetwork(**parts, center=center, scale=scale)


@pytest.mark.parametrize(("center", "scale"), [(0.0, 1.0), (5.0, 3.0)])
def test_untrained_autoencoder_is_pca(digits, center, scale):
    X = 20 * digits[0] + 4
    pca = PCA(5, random_state=0).fit(X)
    net = autoencoder(X, 5, center, scale)
    with torch.no_grad():
        z = net.encode(torch.from_numpy(X))
        back = net(torch.from_numpy(X))
    np.testing.assert_allclose(z, pca.transform(X) / scale, atol=1e-2)
    np.testing.assert_allclose(back, pca.inverse_transform(pca.transform(X)), atol=1e-2)


def test_fewer_rows_than_components():
    X = np.random.RandomState(0).normal(size=(3, 9))
    net = autoencoder(X, 6)
    with torch.no_grad():
        z = net.encode(torch.from_numpy(X).float())
        back = net(torch.from_numpy(X).float())
    assert z.shape == (3, 6)
    np.testing.assert_allclose(back, X, atol=1e-5)  # three rows lie in a plane


def test_one_row_and_constant_columns():
    for X in (np.ones((1, 4)), np.ones((20, 4))):
        net = autoencoder(X, 2)
        back = net(torch.from_numpy(X).float()).detach()
        np.testing.assert_allclose(back, X, atol=1e-6)


def test_projection_has_at_most_fifty_columns_of_unit_scale(digits):
    X, _ = digits
    projection = principal_projection(rows_of(X), unit_length=False)
    Z = projection(torch.from_numpy(X)).numpy()
    assert Z.shape == (len(X), 50)
    assert np.square(Z).mean() == pytest.approx(1, rel=1e-3)
    few = principal_projection(rows_of(X[:, 20:24]), unit_length=False)
    Z = few(torch.from_numpy(X[:, 20:24])).numpy()
    expected = X[:, 20:24] - X[:, 20:24].mean(0)
    np.testing.assert_allclose(
        Z * np.square(expected).mean() ** 0.5, expected, atol=1e-4
    )


def test_projection_of_unit_length_ignores_the_length_of_rows(digits):
    X = digits[0][:100]
    projection = principal_projection(rows_of(X), unit_length=True)
    one, three = (projection(torch.from_numpy(c * X)) for c in (1, 3))
    torch.testing.assert_close(one, three)


def sparse_table(kind):
    X = scipy.sparse.random(300, 120, 0.1, "csr", random_state=0)
    return {
        "full rank": X,
        "rank 5": scipy.sparse.vstack([X[:5]] * 60, "csr"),
        "fewer rows than components": X[:30],
        "equal rows": scipy.sparse.vstack([X[:1]] * 300, "csr"),
        "zeros": 0 * X,
    }[kind]


@pytest.mark.parametrize("unit_length", [False, True])
@pytest.mark.parametrize(
    "kind",
    ["full rank", "rank 5", "fewer rows than components", "equal rows", "zeros"],
)
def test_sparse_samples_have_the_components_of_dense_ones(
    kind, unit_length, monkeypatch
):
    monkeypatch.setattr(module, "_MOST_DENSE", 0)
    X = sparse_table(kind)
    x = torch.from_numpy(X.toarray()).float()
    sparse, dense = (
        principal_projection(rows, unit_length=unit_length, adapted=False)
        for rows in (Rows(X, torch.device("cpu")), rows_of(X.toarray()))
    )
    ours, expected = sparse(x), dense(x)
    torch.testing.assert_close(ours @ ours.T, expected @ expected.T, atol=1e-2, rtol=0)
    ours, expected = (
        torch.from_numpy(
            principal_autoencoder(rows, 0.1, 2.0, 5, ())["encoder"]
            .linear.weight.detach()
            .numpy()
        )
        for rows in (Rows(X, torch.device("cpu")), rows_of(X.toarray()))
    )
    x = (x - 0.1) / 2
    a, b = (x - x.mean(0)) @ ours.T, (x - x.mean(0)) @ expected.T
    torch.testing.assert_close(a @ a.T, b @ b.T, atol=1e-3, rtol=0)


def answers(n=600, n_columns=4, seed=0):
    """Three blobs and an answer that has nothing to do with them."""
    rs = np.random.RandomState(seed)
    y = rs.randint(3, size=n)
    X = rs.normal(size=(3, n_columns))[y] * 2 + rs.normal(size=(n, n_columns))
    return np.column_stack([X, rs.randint(2, size=n) * 5.0])


def test_columns_of_noise_are_left_out():
    X = answers()
    projection = principal_projection(rows_of(X), unit_length=False)
    assert projection.used_columns.tolist() == [True] * 4 + [False]
    Z = projection(torch.from_numpy(X).float()).numpy()
    assert np.square(Z).mean() == pytest.approx(1, rel=1e-3)
    flipped = X * np.r_[np.ones(4), -1]
    again = projection(torch.from_numpy(flipped).float()).numpy()
    np.testing.assert_array_equal(Z, again)


@pytest.mark.parametrize(
    ("X", "options"),
    [
        (answers(n=49), {}),
        (answers(n=60, n_columns=200), {}),
        (answers(n_columns=1), {}),
        (answers(), {"adapted": False}),
        (answers() + 30, {"unit_length": True}),
    ],
    ids=["few rows", "many columns", "two columns", "not adapted", "unit length"],
)
def test_all_columns_are_used(X, options):
    options = {"unit_length": False, **options}
    assert principal_projection(rows_of(X), **options).used_columns.all()


def test_categories_enter_by_their_predictions():
    X = answers()
    X = np.column_stack([X[:, :4], X[:, 0] > 0])
    projection = principal_projection(rows_of(X), unit_length=False)
    answer = projection(torch.from_numpy(X).float())[:, 4]
    assert len(answer.unique()) > 100
    assert projection.used_columns.all()
