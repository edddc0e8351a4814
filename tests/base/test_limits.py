"""Extreme rows and columns in other units do not hide the clusters of the others."""

import pickle
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.metrics import adjusted_rand_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skdeepcluster
from skdeepcluster import (
    DM2C,
    IDEC,
    Autoencoder,
    ContrastiveClustering,
)
from skdeepcluster.base.extremes import find_limits
from skdeepcluster.base.limits import Limits
from skdeepcluster.training import Rows
from tests.instances import (
    BARE_CLUSTERERS,
    CHEAP,
    CHEAP_CLUSTERERS,
    RELATIVES,
    on_each,
    takes_views,
)

CPU = torch.device("cpu")


def planted(seed=0, n_per=75, k=8):
    y = np.repeat(np.arange(k), n_per)
    rng = np.random.RandomState(seed)
    return 6 * np.eye(k)[y] + rng.normal(size=(len(y), k)), y


def one_row(X):
    X[0] = 1e4
    return [0], r"Row 0 of X is extreme: more"


def few_rows(X):
    rows = [8, 61, 111, 173, 287, 402]
    X[rows] *= 30
    return rows, r"6 rows of X \(8, 61, 111, 173, 287, ...\) are extreme"


def one_cell(X):
    X[5, 2] = 1e6
    return [5], "Row 5 of X is extreme by column 2: more"


def one_column(X):
    X[:, 3] *= 1e4
    return [], "Column 3 of X spreads over more than 1000 times"


KINDS = [one_row, few_rows, one_cell, one_column]


def limits_of(X, **views):
    views = views.get("views", [np.arange(X.shape[1])])
    return find_limits(Rows(X, CPU), views, [False] * len(views), range(X.shape[1]))


# -- what is found -----------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_rows_become_ordinary_and_others_stay(kind):
    X, _ = planted()
    before = X.astype(np.float32)
    rows, message = kind(X)
    with pytest.warns(UserWarning, match=message) as caught:
        limits, needed = limits_of(X)
    assert needed
    assert len(caught) == 1
    table = limits(torch.from_numpy(X).float()).numpy()
    others = np.setdiff1d(np.arange(len(X)), rows)
    columns = [c for c in range(8) if kind is not one_column or c != 3]
    assert (table[np.ix_(others, columns)] == before[np.ix_(others, columns)]).all()
    center = np.median(before, axis=0)
    reach = np.linalg.norm(before - center, axis=1).max()
    assert np.linalg.norm(table[rows] - center, axis=1).max(initial=0) < 1.2 * reach
    assert table[:, 3].std() == pytest.approx(before[:, 3].std(), rel=0.2)


def ordinary():
    rng = np.random.RandomState(0)
    yield "digits", load_digits().data
    for load in (load_wine, load_breast_cancer):
        yield load.__name__, load().data
        yield f"{load.__name__} scaled", StandardScaler().fit_transform(load().data)
    yield "log-normal", np.exp(2 * rng.normal(size=(3000, 5)))
    yield "Pareto", rng.pareto(2, size=(3000, 5))
    yield "one-hot", np.eye(50)[rng.randint(50, size=3000)]
    yield "counts", rng.negative_binomial(0.05, 0.05, size=(2000, 300))
    corner = rng.rand(2000, 30)
    corner[:, 0] = 0
    corner[7, 0] = 1  # a pixel that is nearly always black
    yield "corner", corner
    X, _ = planted()
    yield "cluster", np.r_[X, 300 + X[:13]]  # more than 2 % are a cluster
    yield "few", np.r_[X[::20], 1e4 + X[:1]]
    yield "equal", np.ones((100, 3))
    yield "mostly equal", np.r_[np.ones((99, 3)), [[2, 3, 4]]]
    yield "half of the columns", np.c_[X, 1e6 * X]


@pytest.mark.parametrize("X", [pytest.param(X, id=name) for name, X in ordinary()])
def test_ordinary_tables_are_left_alone(X):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        limits, needed = limits_of(X)
    x = torch.from_numpy(np.asarray(X, dtype=np.float32))
    assert not needed
    assert limits(x) is x


@settings(max_examples=30, deadline=None)
@given(
    scale=st.floats(1e-6, 1e6),
    shift=st.floats(-1e3, 1e3),
    far=st.floats(30, 1e8),
    seed=st.integers(0, 99),
)
def test_neither_unit_nor_origin_nor_order_matters(scale, shift, far, seed):
    X, _ = planted(seed, n_per=10)
    X[3] *= far
    order = np.random.RandomState(seed).permutation(len(X))
    X = scale * (X[order] + shift)
    with pytest.warns(UserWarning, match=f"Row {np.flatnonzero(order == 3)[0]} of X"):
        limits, _ = limits_of(X)
    x = torch.from_numpy(X).float()
    once = limits(x)
    assert torch.equal(limits(once), once)


def test_memory_maps_and_chunks(tmp_path):
    X = np.random.RandomState(0).normal(size=(5000, 4)).astype(np.float32)
    X[4321] = 1e5
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    for table in (X, mapped):
        with pytest.warns(UserWarning, match="Row 4321 of X"):
            limits, _ = limits_of(table)
        rows = Rows(table, CPU)
        rows.limits = limits
        every = torch.cat([*rows.chunks()])
        assert every.abs().max() < 10
        assert torch.equal(rows.take(torch.tensor([4321])), every[4321:4322])
        assert rows.table() == pytest.approx(every.numpy())


def test_columns_of_time_are_centred_and_restored():
    X, _ = planted()
    X = np.c_[X, 1.7e9 + 1e7 * np.random.RandomState(1).normal(size=len(X))]
    with pytest.warns(UserWarning, match="Column 8 of X"):
        limits, _ = limits_of(X)
    x = torch.from_numpy(X).float()
    table = limits(x)
    assert table[:, 8].abs().max() < 20
    assert limits.restore(table).numpy() == pytest.approx(x.numpy(), rel=1e-6)


def test_each_view_has_its_own_limits():
    X, _ = planted()
    X[:, :4] *= 1e6
    views = [np.arange(4), np.arange(4, 8)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not limits_of(X, views=views)[1]
    X[7, 4:] = np.nan
    X[9, 4:] = 1e3
    with pytest.warns(UserWarning, match="Row 9 of X"):
        limits, _ = limits_of(X, views=views)
    x = torch.from_numpy(X).float()
    table = limits(x)
    assert torch.equal(table[:, :4], x[:, :4])
    assert table[9, 4:].abs().max() < 10
    assert table[7, 4:].isnan().all()


def test_a_view_of_few_rows_has_no_limits():
    X, _ = planted()
    X[2:, 4:] = np.nan
    X[0, 4:] = 1e4
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        limits, needed = limits_of(X, views=[np.arange(4), np.arange(4, 8)])
    assert not needed
    assert len(limits.views) == 1


def test_state():
    X, _ = planted()
    one_cell(X)
    with pytest.warns(UserWarning, match="Row 5"):
        limits, _ = limits_of(X)
    x = torch.from_numpy(X).float()
    assert torch.equal(Limits.from_state(limits.state(), CPU)(x), limits(x))


# -- estimators ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@on_each([e for e in BARE_CLUSTERERS if not isinstance(e, RELATIVES)], quick=IDEC)
def test_others_are_clustered_as_without(estimator, kind):
    estimator = clone(estimator).set_params(n_clusters=8, random_state=0)
    X, y = planted()
    rows, message = kind(X)
    others = np.setdiff1d(np.arange(len(X)), rows)
    if takes_views(estimator):  # of which each shows all clusters
        X = np.c_[X, planted()[0]] if kind is one_column else np.c_[X, X]
        message = message.partition(" by ")[0]
    with pytest.warns(UserWarning, match=message) as caught:
        estimator.fit(X)
    assert len(caught) == 1
    assert adjusted_rand_score(y[others], estimator.labels_[others]) > 0.95
    assert (estimator.predict(X) == estimator.labels_).all()


@pytest.mark.parametrize("kind", KINDS)
def test_kmeans_on_an_embedding(kind):
    X, y = planted()
    rows, message = kind(X)
    others = np.setdiff1d(np.arange(len(X)), rows)
    pipe = make_pipeline(
        Autoencoder(random_state=0), KMeans(8, n_init=10, random_state=0)
    )
    with pytest.warns(UserWarning, match=message):
        labels = pipe.fit_predict(X)
    assert adjusted_rand_score(y[others], labels[others]) > 0.95


@pytest.mark.parametrize("kind", [one_row, few_rows, one_cell])
def test_rows_that_were_scaled_with_the_others(kind):
    X, y = planted()
    rows, message = kind(X)
    others = np.setdiff1d(np.arange(len(X)), rows)
    pipe = make_pipeline(StandardScaler(), IDEC(8, random_state=0))
    with pytest.warns(UserWarning, match=message):
        labels = pipe.fit_predict(X)
    assert adjusted_rand_score(y[others], labels[others]) > 0.95


@pytest.mark.parametrize("kind", [one_row, few_rows, one_cell])
def test_advice_for_rows(kind):
    X, y = planted()
    rows, _ = kind(X)
    others = np.setdiff1d(np.arange(len(X)), rows)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        labels = IDEC(8, random_state=0).fit_predict(np.arcsinh(X))
    assert adjusted_rand_score(y[others], labels[others]) > 0.95


@on_each(CHEAP_CLUSTERERS)
@pytest.mark.usefixtures("short_fits")
def test_new_rows_are_limited_in_the_same_way(estimator):
    X, _ = planted(k=4, n_per=20)
    fitted = clone(estimator).set_params(n_clusters=4, random_state=0).fit(X)
    row = X[:1].copy()
    row[0, 1] = 1e9
    with pytest.warns(UserWarning, match="1 of 1 rows of X are more than 5 times"):
        far = fitted.transform(row)
    row[0, 1] = 1e7
    with pytest.warns(UserWarning, match="same order and units"):
        assert (fitted.transform(row) == far).all()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted.predict(X)
        fitted.predict(3 * X[:5])  # far, but not extreme


@on_each(CHEAP)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore:k-means on X")  # after one epoch it may well
def test_pickles_and_files_keep_the_limits(estimator, tmp_path):
    X, _ = planted(k=4)
    one_cell(X)
    short = {n: 1 for n in ("max_iter", "pretrain_epochs") if hasattr(estimator, n)}
    estimator = clone(estimator).set_params(random_state=0, **short)
    with pytest.warns(UserWarning, match="Row 5"):
        estimator.fit(X)
    expected = estimator.transform(X)
    skdeepcluster.save(estimator, tmp_path / "file")
    for copy in (
        pickle.loads(pickle.dumps(estimator)),
        skdeepcluster.load(tmp_path / "file"),
    ):
        assert (copy.transform(X) == expected).all()


def test_restoring_the_units_of_a_column():
    X, _ = planted(k=4)
    X[:, 3] = 1e5 + 1e4 * X[:, 3]
    with pytest.warns(UserWarning, match="Column 3"):
        idec = IDEC(4, random_state=0).fit(X)
    restored = idec.inverse_transform(idec.transform(X))
    assert np.corrcoef(restored[:, 3], X[:, 3])[0, 1] > 0.95
    assert abs(restored[:, 3] - X[:, 3]).mean() < 0.2 * X[:, 3].std()


def test_translating_to_the_units_of_a_column():
    X, _ = planted(k=4)
    X = np.c_[X, X]
    X[:, 3] = 1e5 + 1e4 * X[:, 3]
    with pytest.warns(UserWarning, match="Column 3"):
        dm2c = DM2C(4, views=2, random_state=0, max_iter=5, pretrain_epochs=5).fit(X)
    table = dm2c.translate(X, to=0)
    assert table[:, 3].mean() == pytest.approx(X[:, 3].mean(), rel=0.2)
    assert dm2c.translate(X, to=1)[:, 3].std() < 10


def test_a_fitted_encoder_brings_its_limits():
    X, _ = planted(k=4)
    one_column(X)
    with pytest.warns(UserWarning, match="Column 3"):
        encoder = Autoencoder(n_components=3, random_state=0).fit(X)
    part = X[:100]
    idec = IDEC(4, encoder=encoder, n_components=3, max_iter=0, random_state=0)
    assert (idec.fit(part).transform(part) == encoder.transform(part)).all()


def test_a_failed_fit_keeps_the_limits():
    X, _ = planted(k=4)
    one_cell(X)
    idec = IDEC(4, random_state=0, max_iter=1, pretrain_epochs=1)
    with pytest.warns(UserWarning, match="Row 5"):
        idec.fit(X)
    before = idec.transform(X)
    with pytest.raises(ValueError, match="too large"):
        idec.fit(np.full((600, 4), 1e39))
    assert (idec.transform(X) == before).all()


def test_a_clusterer_as_init_gets_ordinary_rows():
    X, y = planted(k=4)
    one_row(X)
    cc = ContrastiveClustering(
        4, init=KMeans(4, random_state=0), max_iter=1, random_state=0
    )
    with pytest.warns(UserWarning, match="Row 0"):
        cc.fit(X)
    assert adjusted_rand_score(y[1:], cc.labels_[1:]) > 0.9


def test_rows_are_not_written_to():
    X, _ = planted(k=4)
    X = X.astype(np.float32)
    one_row(X)
    before = X.copy()
    idec = IDEC(4, max_iter=1, random_state=0)
    with pytest.warns(UserWarning, match="Row 0"):
        idec.fit(X)
    idec.predict(X)
    assert (before == X).all()
