"""restore_best ends with the weights of the best epoch."""

import numpy as np
import pytest
import skorch
import torch
from sklearn.base import clone
from sklearn.datasets import make_blobs

from tests.instances import CHEAP, name_of, on_each

RESTORING = [e for e in CHEAP if hasattr(e, "restore_best")]


@pytest.fixture(scope="module")
def X():
    return make_blobs(80, centers=3, n_features=6, cluster_std=6, random_state=0)[0]


pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def fit(estimator, X, **params):
    # Steps so large that the objective goes up as well as down.
    params = {"learning_rate": 0.02, "max_iter": 8, **params}
    if hasattr(estimator, "tol"):
        params["tol"] = 0
    return clone(estimator).set_params(n_clusters=3, random_state=0, **params).fit(X)


def test_who_has_it():
    names = {name_of(e) for e in RESTORING}
    of_embeddings = {"DEC", "IDEC", "DSSEC", "DCN", "DKM", "VaDE"}
    of_views = {"EAMC", "CoMVC", "DAMC"}
    of_pairs = {"ContrastiveClustering", "IIC", "PICA", "DAC"}
    assert names == of_embeddings | of_views | of_pairs


@pytest.mark.parametrize("sign", [1, -1])
@on_each(RESTORING)
def test_best_epoch_is_kept(estimator, sign, X, monkeypatch):
    # Trained against itself an early epoch is the best, whatever the method.
    objective = type(estimator)._objective
    monkeypatch.setattr(
        type(estimator), "_objective", lambda *args: sign * objective(*args)
    )
    best, last = (fit(estimator, X, restore_best=b) for b in (True, False))
    objectives = [r["objective"] for r in best.history_ if "objective" in r]
    assert len(objectives) == 8
    # Measuring it changes nothing of the training itself.
    assert [r["loss"] for r in best.history_] == [r["loss"] for r in last.history_]
    assert objectives[-1] == pytest.approx(last.objective_, rel=1e-3, abs=1e-5)
    assert best.objective_ == min(objectives)
    if min(objectives) < objectives[-1]:
        assert best.objective_ < last.objective_
    np.testing.assert_array_equal(best.predict(X), best.labels_)


def contrastive():
    (estimator,) = (e for e in RESTORING if name_of(e) == "ContrastiveClustering")
    return clone(estimator).set_params(init=None)  # a single stage


def test_augmentation_that_draws_from_the_global_generator(X):
    estimator = contrastive().set_params(
        augmentation=lambda x, generator: x + 0.3 * torch.randn_like(x)
    )
    before = torch.get_rng_state()
    best, last = (fit(estimator, X, restore_best=b) for b in (True, False))
    assert [r["loss"] for r in best.history_] == [r["loss"] for r in last.history_]
    assert best.score(X) == best.score(X) == -best.objective_
    assert torch.equal(torch.get_rng_state(), before)


def test_weights_that_callbacks_leave_are_not_measured(X):
    stopping = skorch.callbacks.EarlyStopping("train_loss", load_best=True)
    estimator = contrastive().set_params(callbacks=[stopping])
    best = fit(estimator, X, restore_best=True)
    assert best.objective_ == min(r["objective"] for r in best.history_)


def test_interrupt_while_measuring(X, monkeypatch):
    def interrupt(*args):
        raise KeyboardInterrupt

    estimator = contrastive()
    monkeypatch.setattr(type(estimator), "_objective", interrupt)
    with pytest.raises(KeyboardInterrupt):
        fit(estimator, X, restore_best=True)


def test_values_that_are_no_numbers_are_passed_over(X, monkeypatch):
    estimator = contrastive()
    values = iter([np.nan, 3.0, 2.0, 4.0, np.nan, 5.0, 5.0, 5.0, 2.0])
    monkeypatch.setattr(type(estimator), "_objective", lambda *args: next(values))
    best = fit(estimator, X, restore_best=True)
    values = iter([0.0])
    # After three epochs, and not the first, whose objective is not a number.
    np.testing.assert_array_equal(
        best.module_.encoder[0].weight.detach(),
        fit(estimator, X, max_iter=3).module_.encoder[0].weight.detach(),
    )


def test_memory_tells_the_two_apart(X, tmp_path):
    estimator = contrastive()
    params = {"memory": str(tmp_path), "learning_rate": 0.05}
    last = fit(estimator, X, **params)
    best = fit(estimator, X, restore_best=True, **params)
    assert "objective" not in last.history_[0]
    assert "objective" in best.history_[0]
