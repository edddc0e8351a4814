"""Categories in auto-encoders: feature_groups."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.preprocessing import StandardScaler

from skdeepcluster import DCN, DKM, DSSEC, IDEC, Autoencoder, VaDE, load, save
from skdeepcluster.embedded.mixed import one_hot_columns
from skdeepcluster.training import Rows

GROUPS = [[2, 3, 4], [5, 6]]
METHODS = [Autoencoder, IDEC, DSSEC, DCN, DKM]


@pytest.fixture(scope="module")
def X():
    """Two numbers, and two categories that follow the first of them."""
    random = np.random.RandomState(0)
    kind = random.randint(3, size=90)
    numbers = np.c_[3.0 * kind, np.zeros(90)] + random.normal(size=(90, 2))
    return np.c_[numbers, np.eye(3)[kind], np.eye(2)[kind // 2]].astype(np.float32)


def small(method, **params):
    short = {"max_iter": 2} | ({} if method is Autoencoder else {"pretrain_epochs": 2})
    return method(**{"n_components": 3, "random_state": 0, **short, **params})


@pytest.mark.parametrize("method", METHODS)
def test_categories_are_decoded_to_probabilities(method, X):
    model = small(method, feature_groups=GROUPS)
    if method is not Autoencoder:
        model.set_params(n_clusters=3)
    model.fit(X)
    decoded = model.inverse_transform(model.transform(X))
    for group in GROUPS:
        np.testing.assert_allclose(decoded[:, group].sum(1), 1, rtol=1e-5)
    assert decoded[:, 2:].min() >= 0
    assert model.score(X) == pytest.approx(-model.objective_)
    assert all(row["reconstruction"] > 0 for row in model.history_)


def test_categories_are_learned(X):
    embed = small(Autoencoder, feature_groups=GROUPS, max_iter=100).fit(X)
    decoded = embed.inverse_transform(embed.transform(X))
    assert (decoded[:, 2:5].argmax(1) == X[:, 2:5].argmax(1)).mean() > 0.95
    history = [row["reconstruction"] for row in embed.history_]
    assert history[-1] < 0.5 * history[0]


@pytest.mark.parametrize("method", METHODS)
def test_categories_are_learned_with_as_many_components_as_columns(method, X):
    """Numbers are reconstructed from the start, and probabilities are not."""
    clusters = {} if method is Autoencoder else {"n_clusters": 3}
    model = method(n_components=7, random_state=0, **clusters)
    n_epochs = {}
    for groups in (None, GROUPS):
        model.set_params(feature_groups=groups).fit(X)
        stages = [row["stage"] for row in model.history_]
        n_epochs[groups is None] = stages.count(stages[0])
    assert n_epochs == {True: 1, False: 20}


def test_without_groups_nothing_changes(X):
    plain, empty = small(Autoencoder).fit(X), small(Autoencoder, feature_groups=[])
    np.testing.assert_array_equal(empty.fit(X).transform(X), plain.transform(X))
    assert plain.module_.one_hot is None


def test_a_group_of_one_column_is_a_number(X):
    """A softmax over one category says yes whatever the row."""
    plain = small(Autoencoder, feature_groups=[[2, 3, 4]]).fit(X)
    single = small(Autoencoder, feature_groups=[[5], [2, 3, 4], [0]]).fit(X)
    Z = plain.transform(X)
    np.testing.assert_array_equal(single.transform(X), Z)
    np.testing.assert_array_equal(
        single.inverse_transform(Z), plain.inverse_transform(Z)
    )


def test_units_and_scaling_of_codes_do_not_matter(X):
    """The loss is that of the categories, whichever two numbers stand for them."""
    rows = [Rows(t, torch.device("cpu")) for t in (X, X * [1, 1, 5, 5, 5, 1, 1] + 2)]
    plain, scaled = (one_hot_columns(r, GROUPS, 0.0, 1.0) for r in rows)
    decoded = torch.randn(90, 7)
    decoded[:, :2] = torch.from_numpy(X[:, :2])
    moved = decoded.clone()
    moved[:, :2] += 2
    loss = scaled.loss(moved, rows[1].take(torch.arange(90)))
    torch.testing.assert_close(loss, plain.loss(decoded, torch.from_numpy(X)))


def test_the_weight_follows_the_unit_of_the_numbers(X):
    rows = Rows(X, torch.device("cpu"))
    noise = X[:, :2].var(0).mean()
    assert one_hot_columns(rows, GROUPS, 0.0, 4.0).weight == pytest.approx(noise / 8)
    codes = Rows(X[:, 2:].copy(), torch.device("cpu"))
    assert one_hot_columns(codes, [[0, 1, 2], [3, 4]], 0.0, 4.0).weight == 2


def test_groups_by_name_and_after_scaling(X):
    frame = pd.DataFrame(StandardScaler().fit_transform(X)).add_prefix("c")
    names = [[f"c{number}" for number in group] for group in GROUPS]
    by_name = small(Autoencoder, feature_groups=names).fit(frame)
    by_number = small(Autoencoder, feature_groups=GROUPS).fit(frame)
    negative = small(Autoencoder, feature_groups=[[2, 3, 4], [-2, -1]]).fit(frame)
    for other in (by_number, negative):
        np.testing.assert_array_equal(by_name.transform(frame), other.transform(frame))


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ([[2, 3, 4], [0, 1]], r"Columns \[0, 1\] of X, .* one-hot"),
        ([[2, 3, 4, 5, 6]], r"\[2, 3, 4, 5, 6\] of X, .* one-hot"),
        ([[2, 3], [3, 4]], "names column 3 twice"),
        ([[2, 7]], "names column 7; there are 7"),
        ([["age"]], "'age' is not a column"),
    ],
)
def test_columns_that_are_no_code(groups, message, X):
    with pytest.raises(ValueError, match=message):
        small(IDEC, n_clusters=3, feature_groups=groups).fit(X)


def test_unknown_categories_and_extreme_rows_are_taken(X):
    X = X.copy()
    X[:5, 2:5] = 0
    X[7, 0] = 1e6
    with pytest.warns(UserWarning, match="Row 7 of X is extreme"):
        small(Autoencoder, feature_groups=GROUPS).fit(X)


def test_layer_by_layer(X):
    model = small(
        Autoencoder,
        feature_groups=GROUPS,
        pretrain="layerwise",
        hidden_layer_sizes=(8,),
        max_iter=30,
    ).fit(X)
    first = [r["reconstruction"] for r in model.history_ if "layer 1" in r["stage"]]
    assert first[-1] < first[0]


def test_a_fitted_autoencoder_brings_its_categories(X):
    embed = small(Autoencoder, feature_groups=GROUPS).fit(X)
    idec = IDEC(3, n_components=3, encoder=embed, max_iter=1, random_state=0).fit(X)
    decoded = idec.inverse_transform(idec.transform(X))
    np.testing.assert_allclose(decoded[:, [5, 6]].sum(1), 1, rtol=1e-5)
    assert idec.module_.one_hot is not embed.module_.one_hot
    with pytest.raises(ValueError, match="fit it with feature_groups=None"):
        VaDE(3, n_components=3, encoder=embed).fit(X)


def test_saved_loaded_and_gone_on_with(X, tmp_path):
    idec = small(IDEC, n_clusters=3, feature_groups=GROUPS, max_iter=3, tol=0)
    whole = clone(idec).fit(X)
    save(whole, tmp_path / "model")
    again = load(tmp_path / "model")
    Z = whole.transform(X)
    np.testing.assert_array_equal(
        again.inverse_transform(Z), whole.inverse_transform(Z)
    )
    idec.set_params(checkpoint=tmp_path / "part", max_iter=1).fit(X)
    idec.set_params(max_iter=3).fit(X)
    np.testing.assert_array_equal(idec.transform(X), Z)
