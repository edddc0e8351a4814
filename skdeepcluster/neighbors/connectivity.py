"""The parameter ``connectivity``: neighbours that the user knows already."""

from typing import Any

import numpy as np
from scipy.sparse import csr_array, issparse
from sklearn.base import clone

from skdeepcluster.base.compat import HasMethods

#: What the parameter may be.
CONNECTIVITY = ("sparse matrix", "array-like", callable, HasMethods("fit_transform"))


def connectivity_matrix(connectivity: Any, X: Any) -> csr_array:
    """The matrix of neighbours of the rows of ``X``.

    Parameters
    ----------
    connectivity : sparse matrix, array-like, callable or transformer
        A matrix, or what makes it from ``X``: a function of it, or an object with
        ``fit_transform`` such as scikit-learn's ``KNeighborsTransformer``, which is
        cloned.
    X : ndarray or sparse matrix of shape (n_samples, n_features)

    Returns
    -------
    matrix : csr_array of shape (n_samples, n_samples)

    Raises
    ------
    ValueError
        If it has another shape.
    """
    if hasattr(connectivity, "fit_transform"):
        matrix = clone(connectivity).fit_transform(X)
    elif callable(connectivity):
        matrix = connectivity(X)
    else:
        matrix = connectivity
    if not issparse(matrix):
        matrix = np.asarray(matrix)
    n = X.shape[0]
    if matrix.shape != (n, n):
        raise ValueError(
            f"connectivity has shape {matrix.shape}; expected (n_samples, n_samples) = "
            f"{(n, n)}: the neighbours of each row of X. For cross-validation pass "
            "what makes it, for example KNeighborsTransformer()."
        )
    return csr_array(matrix)
