"""The types of the package, as those see them who use it."""

import pytest

api = pytest.importorskip("mypy.api")

USE = """
import numpy as np

from skdeepcluster import EAMC, IDEC, load, save
from skdeepcluster.base import BaseDeepClusterer
from skdeepcluster.metrics import clustering_accuracy_score
from skdeepcluster.views import stack_views

X = np.zeros((6, 4))
idec: IDEC = IDEC(3, hidden_layer_sizes=(8,), random_state=0).fit(X)
clusterer: BaseDeepClusterer = idec
embedding: np.ndarray = idec.transform(X)
published: EAMC = EAMC.published(3, max_iter=2)
accuracy: float = clustering_accuracy_score([0, 1], idec.predict(X[:2]))
table, views = stack_views({"left": X, "right": X})
save(idec, "model.safetensors")
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "message"),
    [
        (USE, "Success"),
        ("from skdeepcluster import DEC\nDEC(n_clusters='three')", "incompatible type"),
    ],
    ids=["right", "wrong type"],
)
def test_mypy_of_a_user(code, message):
    printed, errors, _ = api.run(
        ["--config-file=", "--ignore-missing-imports", "--no-incremental", "-c", code]
    )
    assert message in printed, printed + errors
