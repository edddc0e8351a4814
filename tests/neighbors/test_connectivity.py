"""What users may pass as neighbours."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.neighbors import KNeighborsTransformer, kneighbors_graph

from skdeepcluster.neighbors import connectivity_matrix

X = np.random.RandomState(0).normal(size=(30, 3))
MATRIX = kneighbors_graph(X, 5)


@pytest.mark.parametrize(
    "connectivity",
    [
        MATRIX,
        MATRIX.tocoo(),
        csr_array(MATRIX),
        MATRIX.toarray(),
        lambda X: kneighbors_graph(X, 5),
        KNeighborsTransformer(n_neighbors=5),
    ],
)
def test_every_form(connectivity):
    matrix = connectivity_matrix(connectivity, X)
    itself = np.arange(30)
    dense = matrix.toarray()
    dense[itself, itself] = 0  # transformers include the row
    np.testing.assert_array_equal(dense != 0, MATRIX.toarray() != 0)


def test_transformer_is_not_fitted():
    transformer = KNeighborsTransformer(n_neighbors=3)
    connectivity_matrix(transformer, X)
    assert not hasattr(transformer, "n_features_in_")


def test_wrong_shape():
    message = r"connectivity has shape \(30, 30\); expected .* \(29, 29\)"
    with pytest.raises(ValueError, match=message):
        connectivity_matrix(MATRIX, X[1:])
