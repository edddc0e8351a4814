"""What estimators of several views share: missing views, scaling, names."""

import warnings

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.compose import ColumnTransformer
from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from skdeepcluster import DM2C, EAMC
from skdeepcluster.datasets import make_multiview_blobs
from skdeepcluster.metrics import silhouette_scorer
from skdeepcluster.training import Rows
from skdeepcluster.views import ViewImputer
from skdeepcluster.views.estimator import view_statistics

CPU = torch.device("cpu")


def small(**params):
    settings = {"hidden_layer_sizes": (32,), "n_components": 32, "random_state": 0}
    return EAMC(3, **{**settings, **params})


def quick(**params):
    return small(**{"pretrain_epochs": 1, "max_iter": 1, **params})


@pytest.fixture(scope="module")
def data():
    return make_multiview_blobs(600, 4, random_state=0)


# -- columns ---------------------------------------------------------------------------


@pytest.mark.slow
def test_column_transformer_in_a_grid_search(data):
    """The whole of a user's day: a frame, preprocessing by group, a grid."""
    X, y = data[0][:200], data[1][:200]
    frame = pd.DataFrame(X, columns=[f"{v}{i}" for v in "ab" for i in range(4)])
    by_group = ColumnTransformer(
        [
            ("left", StandardScaler(), [f"a{i}" for i in range(4)]),
            ("right", MinMaxScaler(), [f"b{i}" for i in range(4)]),
        ]
    ).set_output(transform="pandas")
    pipe = make_pipeline(by_group, small(views="prefix"))
    grid = GridSearchCV(
        pipe, {"eamc__contrast_weight": [0, 0.1]}, scoring=silhouette_scorer, cv=2
    )
    grid.fit(frame)
    best = grid.best_estimator_[-1]
    assert {name: c.tolist() for name, c in best.views_.items()} == {
        "left": [0, 1, 2, 3],
        "right": [4, 5, 6, 7],
    }
    assert adjusted_rand_score(y, grid.predict(frame)) > 0.9


def test_lists_of_names(data):
    frame = pd.DataFrame(data[0]).add_prefix("c")
    views = {"odd": ["c1", "c3", "c5"], "even": ["c0", "c2"]}
    fitted = quick(views=views).fit(frame)
    assert fitted.views_["odd"].tolist() == [1, 3, 5]
    with pytest.raises(ValueError, match="no column names"):
        quick(views=views).fit(data[0])


def test_plain_slices_after_a_scaler(data):
    X = data[0]
    views = {"a": slice(0, 4), "b": slice(4, 8)}
    found = make_pipeline(StandardScaler(), quick(views=views)).fit_transform(X)
    expected = quick(views=[4, 4]).fit_transform(StandardScaler().fit_transform(X))
    np.testing.assert_array_equal(found, expected)


def test_columns_in_no_view_do_not_matter(data):
    X = data[0].copy()
    views = [slice(0, 4), slice(4, 7)]
    expected = quick(views=views).fit(X).transform(X)
    X[:, 7] = np.nan
    np.testing.assert_array_equal(quick(views=views).fit(X).transform(X), expected)


def test_view_parameters_by_name(data):
    X = np.hstack([data[0], data[0][:, :1]])
    views = {"image": 8, "rest": 1}
    fitted = quick(views=views, image_shape={"image": (2, 2, 2)}).fit(X)
    assert type(fitted.module_.encoders[0]).__name__ == "ConvNet"
    assert type(fitted.module_.encoders[1]).__name__ == "RectifiedMLP"
    own = torch.nn.Linear(1, 32)
    fitted = quick(views=views, encoder={"rest": own}).fit(X)
    assert isinstance(fitted.module_.encoders[1], torch.nn.Linear)
    assert fitted.module_.encoders[1] is not own
    with pytest.raises(ValueError, match="image_shape=.* of view 'rest'"):
        quick(views=views, image_shape={"rest": (1, 2, 2)}).fit(X)
    with pytest.raises(ValueError, match=r"views \['picture'\]"):
        quick(views=views, image_shape={"picture": (2, 2, 2)}).fit(X)


# -- missing views ---------------------------------------------------------------------


@pytest.mark.slow
def test_rows_are_clustered_by_the_views_that_they_have():
    X, y, views = make_multiview_blobs(
        300, 4, n_clusters=3, n_views=3, missing=0.4, random_state=0
    )
    fitted = small(views=views).fit(X)
    incomplete = np.isnan(X).any(1)
    assert adjusted_rand_score(y[~incomplete], fitted.labels_[~incomplete]) > 0.95
    # Clusters that share a centre in two of three views are apart in the third.
    assert adjusted_rand_score(y[incomplete], fitted.labels_[incomplete]) > 0.7
    np.testing.assert_array_equal(fitted.predict(X), fitted.labels_)
    row = X[incomplete][:1]
    assert fitted.predict(row) == fitted.labels_[incomplete][0]


@pytest.mark.slow
def test_complete_fit_takes_missing_views_later(data):
    X, y, views = data
    fitted = small(views=views).fit(X)
    Z, score = fitted.transform(X), fitted.score(X)
    X = X.copy()
    X[::2, :4] = np.nan
    np.testing.assert_array_equal(fitted.transform(X)[1::2], Z[1::2])
    assert fitted.score(X) == pytest.approx(score, abs=0.05)
    assert adjusted_rand_score(y[1::2], fitted.predict(X)[1::2]) > 0.95


def test_partly_missing_view_counts_as_missing(data):
    X, _, views = data
    X = X.copy()
    X[[3, 5], 0] = np.nan
    with pytest.warns(
        UserWarning, match="2 rows of X lack some values of a view .the first is row 3"
    ):
        fitted = quick(views=views).fit(X)
    whole = X.copy()
    whole[[3, 5], :4] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        expected = fitted.transform(whole)
    with pytest.warns(UserWarning, match="2 rows of X"):
        np.testing.assert_array_equal(fitted.transform(X), expected)
    with pytest.warns(UserWarning, match="1 row of X lacks .* .it is row 3"):
        fitted.predict(X[:4])


def test_row_without_any_view_is_named(data):
    X, _, views = data
    X = X.copy()
    X[7] = np.nan
    with pytest.raises(ValueError, match="Row 7 of X has no view"):
        quick(views=views).fit(X)
    fitted = quick(views=views).fit(data[0])
    with pytest.raises(ValueError, match="Row 7 of X has no view"):
        fitted.predict(X)
    X[7] = data[0][7]
    X[7, [0, 4]] = np.nan  # something of each view, but none of them whole
    with pytest.raises(ValueError, match="Row 7 of X has no view"):
        fitted.predict(X)


@pytest.mark.slow
def test_single_values_are_imputed_and_views_stay_missing(data):
    X = pd.DataFrame(data[0]).add_prefix("c")
    views = {"a": [f"c{i}" for i in range(4)], "b": [f"c{i}" for i in range(4, 8)]}
    X.loc[::7, "c1"] = np.nan
    X.loc[::5, views["b"]] = np.nan
    imputer = ViewImputer(views).set_output(transform="pandas")
    scaler = StandardScaler().set_output(transform="pandas")
    pipe = make_pipeline(imputer, scaler, small(views=views))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        labels = pipe.fit_predict(X)
    whole = X.notna().all(axis=1)
    assert adjusted_rand_score(data[1][whole], labels[whole]) > 0.95
    assert np.isnan(pipe[:-1].transform(X).loc[0, "c4"])


@pytest.mark.parametrize("scoring", [None, silhouette_scorer])
def test_grid_search_with_missing_views(scoring):
    X, _, views = make_multiview_blobs(120, 4, missing=0.4, random_state=0)
    grid = GridSearchCV(
        quick(views=views),
        {"n_clusters": [2, 3]},
        scoring=scoring,
        cv=2,
        error_score="raise",
    ).fit(X)
    assert np.isfinite(grid.cv_results_["mean_test_score"]).all()


def test_view_of_no_row_is_named(data):
    X = data[0].copy()
    X[:, :4] = np.nan
    with pytest.raises(ValueError, match="View 'a' is not observed in any row"):
        quick(views={"a": 4, "b": 4}).fit(X)


@pytest.mark.filterwarnings("ignore:.*are empty")
def test_view_of_few_rows(data):
    X, y, views = data
    X = X.copy()
    X[2:, :4] = np.nan
    fitted = quick(views=views, adversarial_weight=1.0).fit(X)
    # The other view tells one cluster from the other two.
    assert adjusted_rand_score(y, fitted.labels_) > 0.4


def test_constant_view_is_named(data):
    found = []
    for constant in (1, 5):
        X = np.hstack([data[0], np.full((600, 2), constant)])
        with pytest.warns(UserWarning, match="View 'view1' is constant"):
            found.append(quick(views=[8, 2]).fit(X).transform(X))
    np.testing.assert_array_equal(*found)


# -- scaling ---------------------------------------------------------------------------


def test_units_and_origins_of_views_do_not_matter(data):
    X, _, views = data
    # Later stages amplify rounding: Adam divides gradients by their own size.
    exact = quick(views=views, precision="float32", max_iter=0)
    expected = exact.fit(X).transform(X)
    moved = (X + np.repeat([4.0, -2.0], 4)) * np.repeat([2.0**-10, 2.0**13], 4)
    found = exact.fit(moved).transform(moved)
    # A latent that is nearly constant is scaled up by batch normalisation.
    assert np.abs(found - expected).mean() < 1e-3 < expected.std()


def test_statistics_leave_missing_views_out():
    X = np.array([[1.0, 2.0, 5.0], [3.0, 6.0, np.nan], [np.nan, 9.0, 7.0]])
    rows = Rows(X, CPU)
    rows.observed = torch.tensor([[True, True], [True, False], [False, True]])
    center, scale = view_statistics(rows, [np.array([0, 1]), np.array([2])])
    np.testing.assert_allclose(center, [2.0, 4.0, 6.0])
    np.testing.assert_allclose(scale, [np.sqrt((1 + 4) / 2), 1.0])


# -- what may go wrong -----------------------------------------------------------------


def test_values_that_overflow_are_no_missing_views(data):
    X, _, views = data
    fitted = quick(views=views).fit(X)
    large = X[:20].copy()
    large[3, :2] = 1e39, -1e39
    with pytest.raises(ValueError, match="Row 3 of X .* too large"):
        fitted.predict(large)


@pytest.mark.parametrize("Method", [EAMC, DM2C])
@pytest.mark.parametrize("size", [1e10, 3e38])
def test_large_values_are_no_missing_views(data, Method, size):
    """Never is a row assigned by the other view alone."""
    X, views = data[0] / 1000, data[2]  # scaled, the largest values overflow
    columns = slice(0, views[0])
    params = {"hidden_layer_sizes": (8,), "n_components": 8, "random_state": 0}
    model = Method(3, views=views, pretrain_epochs=1, max_iter=1, **params)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one epoch is too short
        model.fit(X)
    large, lacking = X[:20].copy(), X[:20].copy()
    large[3, columns] = size * (-1.0) ** np.arange(views[0])
    lacking[3, columns] = np.nan
    with pytest.warns(UserWarning, match="treated as the nearest ordinary values"):
        proba = model.predict_proba(large)[3]
    assert not np.array_equal(proba, model.predict_proba(lacking)[3])


def test_parameters_of_single_views_are_checked(data):
    X, _, views = data
    for wrong in ({"encoder": {"view0": "mlp"}}, {"image_shape": {"view0": 4}}):
        with pytest.raises(ValueError, match=r"EAMC \(for view 'view0'\)"):
            quick(views=views, **wrong).fit(X)


@pytest.mark.parametrize("Method", [EAMC, DM2C])
def test_encoder_that_does_not_fit_a_view(data, Method):
    """A module given for all views fits the first and not the second."""
    X = data[0]
    fits_first = torch.nn.Linear(5, 32)
    model = Method(3, views={"left": 5, "right": 3}, n_components=32)
    with pytest.raises(ValueError, match="View 'right': encoder cannot take a batch"):
        model.set_params(encoder=fits_first).fit(X)
    with pytest.raises(TypeError, match="View 'left': encoder should be an nn.Module"):
        model.set_params(encoder={"left": lambda n, k: "mlp"}).fit(X)


def test_fitted_views_are_copies(data):
    X, _, _ = data
    fitted = quick(views={"a": [3, 2, 1, 0], "b": [4, 5]}).fit(X)
    expected = fitted.predict_proba(X)
    fitted.views_["a"].sort()
    np.testing.assert_array_equal(fitted.predict_proba(X), expected)
