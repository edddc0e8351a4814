"""A raw frame becomes numbers of comparable weight, and so does next month's."""

import pickle
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skdeepcluster import DAC
from skdeepcluster.compose import one_hot_groups, table_encoder
from skdeepcluster.datasets import make_mixed_table
from skdeepcluster.metrics import silhouette_scorer
from tests.compose.frames import encoded


@pytest.fixture(scope="module")
def customers():
    return make_mixed_table(400, random_state=0)


def test_columns_of_each_kind(frame):
    names = ["amount", "day", "ward_A", "ward_B", "ward_C"]
    X = encoded(frame)
    assert list(X.columns) == [*names, "smoker_False", "smoker_True"]
    assert np.isfinite(X.to_numpy()).all()


def test_another_category_is_as_far_as_another_number(frame):
    X = encoded(frame)
    for number in ("amount", "day"):
        assert X[number].var(ddof=0) == pytest.approx(1)
        squares = np.subtract.outer(*[X[number].to_numpy()] * 2) ** 2
        assert squares.mean() == pytest.approx(2)
    ward = X[["ward_A", "ward_B", "ward_C"]].to_numpy()
    assert ((ward[0] - ward[1]) ** 2).sum() == pytest.approx(2)
    np.testing.assert_array_equal(ward[0], ward[3])


def test_next_months_frame(customers):
    frame, _ = customers
    encoder = table_encoder().fit(frame)
    later, _ = make_mixed_table(60, random_state=1)
    later.loc[0, "region"] = "abroad"
    later["balance"] = np.nan
    later["age"] = later["age"].astype(object)
    later.loc[1, "age"] = "unknown"
    later["new"] = 1
    later = later[later.columns[::-1]]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        X = encoder.transform(later)
    assert X.shape == (60, len(encoder.get_feature_names_out()))
    assert np.isfinite(X).all()
    regions = [n.startswith("region") for n in encoder.get_feature_names_out()]
    assert (X[0, regions] == 0).all()


def test_new_category_joins_the_rare_ones(frame):
    frame["ward"] = ["A"] * 20 + ["B"] * 18 + ["C", "D"]
    encoder = table_encoder(min_frequency=0.1).set_output(transform="pandas").fit(frame)
    X = encoder.transform(frame.assign(ward="E"))
    assert (X["ward_infrequent_sklearn"] > 0).all()
    assert one_hot_groups(encoder)[0] == ["ward_A", "ward_B", "ward_infrequent_sklearn"]


def test_rows_do_not_depend_on_each_other(customers):
    encoder = table_encoder().fit(customers[0])
    X = encoder.transform(customers[0])
    np.testing.assert_array_equal(encoder.transform(customers[0][7:9]), X[7:9])


def test_segments_are_found(customers):
    frame, y = customers
    pipe = make_pipeline(table_encoder(), KMeans(5, n_init=10, random_state=0))
    assert adjusted_rand_score(y, pipe.fit_predict(frame)) > 0.8


def test_clone_pickle_and_grid(customers):
    frame, _ = customers
    encoder = table_encoder(drop=["age"], date_parts=["month"])
    X = encoder.fit_transform(frame)
    for copy in (clone(encoder).fit(frame), pickle.loads(pickle.dumps(encoder))):
        np.testing.assert_array_equal(copy.transform(frame), X)
    pipe = make_pipeline(table_encoder(), KMeans(3, random_state=0))
    name = "columntransformer__categories__onehot__min_frequency"
    grid = GridSearchCV(pipe, {name: [0.01, 0.3]}, scoring=silhouette_scorer, cv=2)
    scores = grid.fit(frame).cv_results_["mean_test_score"]
    assert scores[0] != scores[1]


def test_groups_by_name_in_a_pipeline(customers):
    frame, _ = customers
    encoder = table_encoder().set_output(transform="pandas").fit(frame)
    groups = one_hot_groups(encoder)
    assert [group[0].rpartition("_")[0] for group in groups] == [
        *("region", "channel", "plan", "payment", "newsletter")
    ]
    assert {name for group in groups for name in group} < set(
        encoder.get_feature_names_out()
    )
    params = {"max_iter": 1, "pretrain_epochs": 1, "hidden_layer_sizes": (8,)}
    dac = DAC(3, augmentation="swap", feature_groups=groups, **params)
    assert len(make_pipeline(encoder, dac).fit(frame).predict(frame[:5])) == 5


def test_all_categories_are_kept_on_request(frame):
    frame["ward"] = ["A"] * 20 + ["B"] * 18 + ["C", "D"]
    encoder = table_encoder(min_frequency=0).fit(frame)
    assert one_hot_groups(encoder)[0] == ["ward_A", "ward_B", "ward_C", "ward_D"]


def test_frame_without_categories(frame):
    encoder = table_encoder().fit(frame[["amount"]])
    assert one_hot_groups(encoder) == []
    assert encoder.transform(frame[["amount"]]).shape == (40, 1)


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"categories": "ward"}, TypeError),
        ({"drop": ["absent"]}, ValueError),
        ({"date_parts": ["year"]}, ValueError),
        ({"min_frequency": 2}, ValueError),
    ],
    ids=str,
)
def test_wrong_parameters(frame, params, error):
    with pytest.raises(error, match=next(iter(params))):
        table_encoder(**params).fit(frame)
