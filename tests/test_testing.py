"""The checks for people who extend the package find what is wrong."""

import numpy as np
import pytest

from skdeepcluster import IDEC
from skdeepcluster.testing import check_clusterer


class Prints(IDEC):
    def _check_fit(self, X):
        super()._check_fit(X)
        print("fit")


class Draws(IDEC):
    def _build_network(self, rows):
        np.random.rand()  # noqa: NPY002
        return super()._build_network(rows)


class Undocumented(IDEC):
    def _attributes(self, network, run):
        return {**super()._attributes(network, run), "extra_": 1}


class Writes(IDEC):
    def transform(self, X):
        embedding = super().transform(X)
        X[0] = 0
        return embedding


class LabelsDependOnOtherRows(IDEC):
    def predict(self, X):
        labels = super().predict(X)
        return labels if len(X) > 10 else (labels + 1) % 3


class ProbabilitiesDependOnOtherRows(IDEC):
    def predict_proba(self, X):
        proba = super().predict_proba(X)
        return proba if len(X) > 10 else np.roll(proba, 1, axis=1)


class Forgets(IDEC):
    def __getstate__(self):
        return {**super().__getstate__(), "labels_": None}


class KeepsTheSeed(IDEC):
    def _check_fit(self, rows):
        self.random_state = 0
        super()._check_fit(rows)


@pytest.mark.filterwarnings("ignore:.*are empty")
@pytest.mark.parametrize(
    ("method", "message"),
    [
        (Prints, "prints 'fit"),
        (Draws, "changed NumPy's generator"),
        (Undocumented, "docstring lacks .'extra_'"),
        (Writes, "changed X|read-only"),
        (LabelsDependOnOtherRows, "predictions depend on other rows"),
        (ProbabilitiesDependOnOtherRows, "probabilities depend on other rows"),
        (Forgets, "Arrays are not equal|not equal"),
        (KeepsTheSeed, "seeds change nothing"),
    ],
)
def test_our_checks_find_what_is_wrong(method, message):
    with pytest.raises((AssertionError, ValueError), match=message):
        check_clusterer(method(hidden_layer_sizes=(16,)))
