"""The estimators that every common check runs on.

A new method adds one row here.
"""

from sklearn.base import BaseEstimator

from skdeepcluster import (
    DAC,
    DEC,
    DM2C,
    DSSEC,
    EAMC,
    IDEC,
    Autoencoder,
    ContrastiveClustering,
)

#: Small networks: seconds for all of scikit-learn's checks.
CHEAP: list[BaseEstimator] = [
    Autoencoder(hidden_layer_sizes=(32,)),
    DEC(hidden_layer_sizes=(32,)),
    IDEC(hidden_layer_sizes=(32,)),
    DSSEC(hidden_layer_sizes=(32,)),
    ContrastiveClustering(hidden_layer_sizes=(32,), n_components=32, max_iter=100),
    DAC(hidden_layer_sizes=(32,)),
    EAMC(hidden_layer_sizes=(32,), n_components=32),
    DM2C(hidden_layer_sizes=(32,), n_components=8),
]

#: As a user gets them.
BARE: list[BaseEstimator] = [
    Autoencoder(),
    DEC(),
    IDEC(),
    DSSEC(),
    ContrastiveClustering(),
    DAC(),
    EAMC(),
    DM2C(),
]


def is_clusterer(estimator: BaseEstimator) -> bool:
    return hasattr(estimator, "predict")


def compares_rows(estimator: BaseEstimator) -> bool:
    return isinstance(estimator, ContrastiveClustering | DAC | EAMC | DM2C)


def takes_views(estimator: BaseEstimator) -> bool:
    return hasattr(estimator, "views")


CHEAP_CLUSTERERS = [e for e in CHEAP if is_clusterer(e)]
BARE_CLUSTERERS = [e for e in BARE if is_clusterer(e)]


def name_of(estimator: BaseEstimator) -> str:
    return type(estimator).__name__
