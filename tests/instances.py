"""The estimators that every common check runs on.

A new method adds one row here.
"""

from types import UnionType

import pytest
from sklearn.base import BaseEstimator, clone

from skdeepcluster import (
    DAC,
    DAMC,
    DCCA,
    DCN,
    DEC,
    DKM,
    DM2C,
    DSSEC,
    EAMC,
    IDEC,
    IIC,
    PICA,
    Autoencoder,
    CoMVC,
    ContrastiveClustering,
    NeighborClustering,
    VaDE,
)

#: Small networks: seconds for all of scikit-learn's checks.
CHEAP: list[BaseEstimator] = [
    Autoencoder(hidden_layer_sizes=(32,)),
    DEC(hidden_layer_sizes=(32,)),
    IDEC(hidden_layer_sizes=(32,)),
    DSSEC(hidden_layer_sizes=(32,)),
    DCN(hidden_layer_sizes=(32,)),
    DKM(hidden_layer_sizes=(32,)),
    VaDE(hidden_layer_sizes=(32,)),
    ContrastiveClustering(hidden_layer_sizes=(32,), n_components=32, max_iter=100),
    IIC(hidden_layer_sizes=(32,), n_components=32, max_iter=30),
    PICA(hidden_layer_sizes=(32,), n_components=32, max_iter=30),
    DAC(hidden_layer_sizes=(32,), max_iter=10),
    EAMC(
        hidden_layer_sizes=(32,),
        n_components=32,
        init=None,  # without a long stage
        pretrain_epochs=60,
        max_iter=60,
    ),
    CoMVC(hidden_layer_sizes=(32,), n_components=32),
    DAMC(hidden_layer_sizes=(32,), n_components=8),
    DCCA(hidden_layer_sizes=(32,), n_components=8),
    DM2C(hidden_layer_sizes=(32,), n_components=8),
    NeighborClustering(hidden_layer_sizes=(32,), max_iter=20),
    NeighborClustering(views=2, hidden_layer_sizes=(32,), max_iter=20),
]

#: Their fits are those of others above, but for a loss.
RELATIVES = CoMVC | DAMC | DCCA | DCN | DKM | IIC | PICA | VaDE

#: One or two of each family: common checks of the others are slow tests.
FAMILIES = Autoencoder | IDEC | DAC | EAMC | NeighborClustering

#: Whose bare defaults take minutes with all of scikit-learn's checks.
LONG = RELATIVES | DM2C

#: One of each kind of fit, trained until it finds the three clusters of scikit-learn's
#: checks. Slow tests run these on their bare defaults.
SHORT: list[BaseEstimator] = [
    Autoencoder(hidden_layer_sizes=(32,), max_iter=10),
    IDEC(3, hidden_layer_sizes=(32,), pretrain_epochs=10, max_iter=10),
    DAC(3, hidden_layer_sizes=(32,), init=None, max_iter=15),
    EAMC(
        3,
        hidden_layer_sizes=(32,),
        n_components=32,
        init=None,
        pretrain_epochs=4,
        max_iter=4,
    ),
    NeighborClustering(3, hidden_layer_sizes=(32,), max_iter=20),
]


def _short(estimator: BaseEstimator) -> BaseEstimator:
    """Trained for long enough to pass scikit-learn's checks."""
    params = {"n_clusters": 3, "pretrain_epochs": 10, "max_iter": 10}
    params = {k: v for k, v in params.items() if k in estimator.get_params()}
    return clone(estimator).set_params(**params)


SHORT_OF_LONG = [_short(e) for e in CHEAP if isinstance(e, LONG)]

#: As a user gets them.
BARE: list[BaseEstimator] = [
    Autoencoder(),
    DEC(),
    IDEC(),
    DSSEC(),
    DCN(),
    DKM(),
    VaDE(),
    ContrastiveClustering(),
    IIC(),
    PICA(),
    DAC(),
    EAMC(),
    CoMVC(),
    DAMC(),
    DCCA(),
    DM2C(),
    NeighborClustering(),
    NeighborClustering(views=2),
]


def many_seeds(n: int, n_quick: int) -> list:
    """Seeds from 0, of which all but the first few are for the slow tests."""
    return [
        pytest.param(seed, marks=[pytest.mark.slow] if seed >= n_quick else [])
        for seed in range(n)
    ]


def on_each(
    estimators: list[BaseEstimator], quick: type | UnionType = FAMILIES
) -> pytest.MarkDecorator:
    """Run a test on each; it is slow but for ``quick``, some of each family."""
    marked = [
        e if isinstance(e, quick) else pytest.param(e, marks=pytest.mark.slow)
        for e in estimators
    ]
    return pytest.mark.parametrize("estimator", marked, ids=name_of)


def is_clusterer(estimator: BaseEstimator) -> bool:
    return hasattr(estimator, "predict")


def compares_rows(estimator: BaseEstimator) -> bool:
    return getattr(estimator, "_compares_rows", False)


def takes_views(estimator: BaseEstimator) -> bool:
    return getattr(estimator, "views", None) is not None


CHEAP_CLUSTERERS = [e for e in CHEAP if is_clusterer(e)]
BARE_CLUSTERERS = [e for e in BARE if is_clusterer(e)]


def name_of(estimator: BaseEstimator) -> str:
    return type(estimator).__name__
