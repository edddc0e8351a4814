"""Checks for clusterers that extend :class:`skdeepcluster.base.BaseDeepClusterer`."""

import contextlib
import inspect
import io
import pickle
import random
import re
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import Any

import numpy as np
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import make_blobs
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import StandardScaler

from skdeepcluster.base import BaseDeepClusterer

__all__ = ["check_clusterer"]

#: Attributes that every fit sets.
_COMMON_ATTRIBUTES = {
    *("module_", "history_", "objective_", "n_iter_"),
    *("n_features_in_", "feature_names_in_", "labels_"),
    *("embedding_sample_", "outlier_unit_"),
}


def check_clusterer(estimator: BaseDeepClusterer) -> None:
    """Check that a clusterer keeps what all clusterers of this package promise.

    This adds to :func:`sklearn.utils.estimator_checks.check_estimator`, and covers
    reproducibility, isolation from global state, inputs of several kinds, pickling,
    failed fits, output, and the fitted attributes. Each check fits a clone on a table
    of 120 rows and 6 columns, with ``n_clusters=3``, and with ``max_iter`` and
    ``pretrain_epochs`` set to 3 where the estimator has these parameters.

    Parameters
    ----------
    estimator : BaseDeepClusterer
        An instance that accepts tables with any number of columns. Small layers make
        the checks faster. It is not changed.

    Raises
    ------
    AssertionError
        If a check fails; the traceback shows which one.

    Examples
    --------
    >>> from skdeepcluster import IDEC
    >>> from skdeepcluster.testing import check_clusterer
    >>> check_clusterer(IDEC(hidden_layer_sizes=(16,)))
    """
    with warnings.catch_warnings():
        # After so few epochs, some clusters may be empty.
        warnings.simplefilter("ignore", ConvergenceWarning)
        for check in CLUSTERER_CHECKS:
            check(estimator)


# -- pieces ----------------------------------------------------------------------------


@cache
def _table() -> np.ndarray:
    """Three clear clusters, of shape (120, 6), float32; read-only."""
    X, _ = make_blobs(120, 6, centers=3, cluster_std=1.0, random_state=0)
    X = StandardScaler().fit_transform(X).astype(np.float32)
    X.flags.writeable = False
    return X


def shortened(estimator: Any, **params: Any) -> Any:
    """A clone that trains for three epochs, with these parameters."""
    known = estimator.get_params()
    short = {"random_state": 0, "max_iter": 3, "pretrain_epochs": 3, "n_clusters": 3}
    short = {name: value for name, value in short.items() if name in known}
    return clone(estimator).set_params(**{**short, **params})


def _fitted(estimator: Any, **params: Any) -> Any:
    return shortened(estimator, **params).fit(_table())


def _assert_same_fit(first: Any, second: Any) -> None:
    X = _table()
    assert_array_equal(first.transform(X), second.transform(X))
    assert_array_equal(getattr(first, "labels_", 0), getattr(second, "labels_", 0))


# -- randomness and global state -------------------------------------------------------


def check_global_state(estimator: Any) -> None:
    """Global generators and the number of threads are the same after a fit."""

    def state() -> dict[str, Any]:
        return {
            "torch's generator": torch.get_rng_state().numpy().tobytes(),
            "NumPy's generator": pickle.dumps(np.random.get_state()),  # noqa: NPY002
            "Python's generator": random.getstate(),
            "torch's number of threads": torch.get_num_threads(),
            "torch's default dtype": torch.get_default_dtype(),
        }

    for random_state in (0, None):
        before = state()
        fitted = _fitted(estimator, random_state=random_state, n_init=2)
        fitted.transform(_table())
        changed = [name for name, value in state().items() if value != before[name]]
        assert not changed, f"fit or transform changed {' and '.join(changed)}"


def check_random_state(estimator: Any) -> None:
    """The same seed gives the same result, another seed another."""
    first = _fitted(estimator)
    with torch.random.fork_rng(devices=[]):
        torch.rand(3)
        _assert_same_fit(first, _fitted(estimator))
    _assert_same_fit(first, first.fit(_table()))
    other = _fitted(estimator, random_state=1).transform(_table())
    assert not np.allclose(first.transform(_table()), other), "seeds change nothing"


def check_threads(estimator: Any) -> None:
    """Fits that run at the same time give the result of a single one."""
    before = torch.get_rng_state()
    with ThreadPoolExecutor(4) as pool:
        fits = list(pool.map(lambda _: _fitted(estimator), range(4)))
    for fitted in fits[1:]:
        _assert_same_fit(fits[0], fitted)
    assert torch.equal(torch.get_rng_state(), before)


def check_torch_modes(estimator: Any) -> None:
    """Results depend neither on modes of torch nor, in dtype, on its default."""
    X = _table()
    expected = _fitted(estimator)
    autocast = partial(torch.autocast, "cpu", torch.bfloat16)
    for mode in (torch.no_grad, torch.inference_mode, autocast):
        with mode():
            fitted = _fitted(estimator)
            _assert_same_fit(fitted, expected)
            assert fitted.score(X) == expected.score(X)
        _assert_same_fit(fitted, expected)
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:  # random numbers differ then
        fitted = _fitted(estimator)
        assert fitted.transform(X).dtype == np.float32
        assert np.isfinite(fitted.score(X))
    finally:
        torch.set_default_dtype(default)


# -- input -----------------------------------------------------------------------------


def check_input_kinds(estimator: Any) -> None:
    """Arrays, tensors and lists of the same values give the same result."""
    X = _table()
    expected = _fitted(estimator).transform(X)
    others = {
        "float64": X.astype(np.float64),
        "Fortran order": np.asfortranarray(X),
        "writeable": X.copy(),
        "tensor": torch.from_numpy(X.copy()),
        "list": X.tolist(),
    }
    for kind, other in others.items():
        found = shortened(estimator).fit(other).transform(other)
        assert_array_equal(found, expected, err_msg=kind)


def check_input_is_not_changed(estimator: Any) -> None:
    """Methods do not write into X."""
    X = _table().copy()
    fitted = shortened(estimator).fit(X)
    for method in ("transform", "predict", "predict_proba", "score"):
        if hasattr(fitted, method):
            getattr(fitted, method)(X)
            assert_array_equal(X, _table(), err_msg=f"fit or {method} changed X")


# -- the fitted model ------------------------------------------------------------------


def check_labels(estimator: Any) -> None:
    """``labels_`` are the predictions of the training rows, bit for bit."""
    X = _table()
    fitted = _fitted(estimator)
    assert_array_equal(fitted.labels_, fitted.predict(X))
    assert_array_equal(fitted.labels_, shortened(estimator).fit_predict(X))
    few = fitted.predict(X[40:50])
    assert_array_equal(few, fitted.labels_[40:50], "predictions depend on other rows")


def check_probabilities(estimator: Any) -> None:
    """Rows of ``predict_proba`` sum to one and are largest at the label."""
    X = _table()
    fitted = _fitted(estimator)
    proba = fitted.predict_proba(X)
    assert proba.dtype == np.float32, proba.dtype
    assert proba.shape == (len(X), fitted.n_clusters), proba.shape
    assert proba.min() >= 0, "negative probabilities"
    few = fitted.predict_proba(X[40:50])
    message = "probabilities depend on other rows"
    assert_allclose(few, proba[40:50], rtol=1e-4, atol=1e-6, err_msg=message)
    assert_allclose(proba.sum(axis=1), 1, rtol=1e-5)
    assert_array_equal(proba.argmax(axis=1), fitted.labels_)


def check_outlier_score(estimator: Any) -> None:
    """Scores are finite, largest far away, and those of single rows and of pickles."""
    X = _table()
    fitted = _fitted(estimator)
    score = fitted.outlier_score(X)
    assert score.shape == (len(X),), score.shape
    assert np.isfinite(score).all()
    assert score.min() >= 0, "negative scores"
    assert (score > 1).mean() < 0.1, "many training rows are outlying"
    assert fitted.outlier_score(100 * X[:1])[0] > 1, "a row that is far away is not"
    assert_allclose(fitted.outlier_score(X[40:50]), score[40:50], rtol=1e-4, atol=1e-6)
    copy = pickle.loads(pickle.dumps(fitted))
    assert_array_equal(copy.outlier_score(X), score)


def check_score(estimator: Any) -> None:
    """``score`` of the training rows is the negative ``objective_``."""
    fitted = _fitted(estimator)
    assert np.isfinite(fitted.objective_), fitted.objective_
    assert_allclose(fitted.score(_table()), -fitted.objective_, rtol=1e-5)


def check_history(estimator: Any) -> None:
    """``history_`` has an entry for each epoch, whose terms add up to the loss."""
    fitted = _fitted(estimator)
    assert fitted.history_, "history_ is empty"
    for row in fitted.history_:
        terms = row.keys() - {"stage", "epoch", "seconds", "loss", "objective"}
        assert terms, f"no terms in {row}"
        assert_allclose(row["loss"], sum(row[t] for t in terms), rtol=1e-5)
    last = fitted.history_[-1]
    of_last_stage = [r for r in fitted.history_ if r["stage"] == last["stage"]]
    assert fitted.n_iter_ == last["epoch"] == len(of_last_stage)
    assert fitted.n_iter_ <= getattr(fitted, "max_iter", np.inf)


def check_pickle(estimator: Any) -> None:
    """A pickled estimator gives the same results, bit for bit."""
    fitted = _fitted(estimator)
    copy = pickle.loads(pickle.dumps(fitted))
    _assert_same_fit(copy, fitted)
    assert copy.score(_table()) == fitted.score(_table())


def check_failed_fit(estimator: Any) -> None:
    """After a fit that raises, the previous fit can still be used."""
    from skorch.callbacks import Callback

    class Failure(Exception):
        pass

    class Broken(Callback):
        def on_epoch_end(self, net: Any, **kwargs: Any) -> None:
            raise Failure

    X = _table()
    fitted, new = _fitted(estimator), shortened(estimator)
    expected = fitted.transform(X)
    for model in (fitted, new):
        try:
            model.set_params(callbacks=[Broken()]).fit(X[:, :4])
        except Failure:
            continue
        raise AssertionError("fit hides an error of a callback")
    assert fitted.n_features_in_ == X.shape[1]
    assert_array_equal(fitted.transform(X), expected)
    left = _attributes(new)
    assert not left, f"a failed first fit leaves {sorted(left)}"


# -- output and documentation ----------------------------------------------------------


def check_silence(estimator: Any) -> None:
    """Nothing is printed; ``verbose=1`` prints one line per stage."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        _fitted(estimator)
    printed = out.getvalue() + err.getvalue()
    assert not printed, f"with verbose=0, fit prints {printed!r}"
    with contextlib.redirect_stdout(out):
        fitted = _fitted(estimator, verbose=1)
    stages = dict.fromkeys(row["stage"] for row in fitted.history_)
    for line, stage in zip(out.getvalue().splitlines(), stages, strict=True):
        assert line.startswith(f"[{type(estimator).__name__}] {stage} "), line


def check_documented(estimator: Any) -> None:
    """What a class adds to the base class is described in its docstring."""
    doc = inspect.getdoc(type(estimator)) or ""
    described = set(re.findall(r"^(\w+) : ", doc, re.MULTILINE))
    shared = set(inspect.signature(BaseDeepClusterer).parameters) | _COMMON_ATTRIBUTES
    own = estimator.get_params(deep=False).keys() | _attributes(_fitted(estimator))
    missing = own - shared - described
    assert not missing, f"the docstring lacks {sorted(missing)}"


def _attributes(fitted: Any) -> set[str]:
    return {name for name in vars(fitted) if re.fullmatch(r"[a-z]\w*_", name)}


#: Checks of everything that trains a network, of transformers too.
ESTIMATOR_CHECKS: tuple[Callable[[Any], None], ...] = (
    check_global_state,
    check_random_state,
    check_threads,
    check_torch_modes,
    check_input_kinds,
    check_input_is_not_changed,
    check_score,
    check_history,
    check_pickle,
    check_failed_fit,
    check_silence,
    check_documented,
)

#: Checks of clusterers.
CLUSTERER_CHECKS = (
    *ESTIMATOR_CHECKS,
    check_labels,
    check_probabilities,
    check_outlier_score,
)
