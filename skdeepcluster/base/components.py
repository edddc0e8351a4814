"""Principal components of a table, as the start of a network or to search rows in."""

from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.decomposition import PCA
from sklearn.preprocessing import normalize
from torch import Tensor

from skdeepcluster.base.categories import predicted_categories
from skdeepcluster.base.column_support import supported_columns
from skdeepcluster.networks import PrincipalComponents, SkipMLP
from skdeepcluster.training import Rows, dense

#: Rows that principal components are computed from.
_PCA_ROWS = 20_000

#: Values above which a sparse sample is decomposed as it is.
_MOST_DENSE = 2**23

#: Variance, as a share of the mean square, that rounding may give to equal rows.
_NO_VARIANCE = 1e-13

#: Rows, and columns, between which columns are adapted. In wide tables, one of them
#: changes little.
_FEWEST_ROWS = 50
_MOST_COLUMNS = 200

#: Principal components that neighbours are searched in.
_N_SEARCHED = 50


def principal_projection(
    rows: Rows, *, unit_length: bool, adapted: bool = True
) -> PrincipalComponents:
    """Onto the first 50 principal components if columns are many; to unit scale.

    Parameters
    ----------
    rows : Rows
    unit_length : bool
        Whether rows are scaled to unit length first.
    adapted : bool, default=True
        Whether columns that are noise to the others are left out, and categories are
        replaced by their predictions, so that neighbours are near in what columns have
        in common. Not for rows of unit length.
    """
    sample = _sample(rows)
    if unit_length or not adapted or issparse(sample):
        return projection_of(sample, unit_length=unit_length)
    n_rows, n_features = sample.shape
    if n_rows < _FEWEST_ROWS or not 2 < n_features <= _MOST_COLUMNS:
        return projection_of(sample, unit_length=False)
    weights = predicted_categories(sample, supported_columns(sample))
    if np.array_equal(weights, np.eye(n_features)):
        return projection_of(sample, unit_length=False)
    center = _mean(sample)
    projection = projection_of((sample - center) @ weights.T, unit_length=False)
    components = projection.components.double().numpy() @ weights
    return PrincipalComponents(center, components)


def projection_of(sample: Any, *, unit_length: bool) -> PrincipalComponents:
    """The same from a sample of the rows.

    Parameters
    ----------
    sample : ndarray or sparse matrix of shape (n_samples, n_features)
    unit_length : bool
    """
    if unit_length:
        sample = normalize(sample)
    n_rows, n_features = sample.shape
    center = _mean(sample)
    n_components = min(_N_SEARCHED, n_rows)
    if n_features > n_components:
        components = _components(sample, center, n_components)
    else:
        components = np.eye(n_features)
    projected = _project(sample, center, components)
    scale = np.sqrt(np.mean(np.square(projected))) or 1.0
    return PrincipalComponents(center, components / scale, unit_length)


def searched_table(rows: Rows) -> Tensor:
    """The rows as neighbours are searched: in up to 50 principal components.

    Columns are adapted, as in :func:`principal_projection`.

    Parameters
    ----------
    rows : Rows

    Returns
    -------
    table : Tensor of shape (n_samples, n_components)
    """
    projection = principal_projection(rows, unit_length=False).to(rows.device)
    return rows.map(projection)


def principal_autoencoder(
    rows: Rows, center: float, scale: float, width: int, hidden: tuple[int, ...]
) -> dict[str, Any]:
    """Encoder and decoder that start as the principal components, and back.

    Parameters
    ----------
    rows : Rows
    center, scale : float
        Of the network, which passes on ``(x - center) / scale``.
    width : int
        Dimension of the embedding.
    hidden : tuple of int
        Widths of the encoder's hidden layers; the decoder mirrors them.

    Returns
    -------
    networks : dict
        ``encoder`` and ``decoder``.
    """
    sample, offset = _sample(rows), 0.0
    if issparse(sample):  # stays so only if it is not centred
        sample, offset = sample / scale, center / scale
    else:
        sample = (sample - center) / scale
    mean = _mean(sample)
    found = _components(sample, mean, min(width, sample.shape[0]))
    mean = mean - offset
    components = np.zeros((width, rows.n_features))  # few rows have few components
    components[: len(found)] = found
    return {
        "encoder": SkipMLP(components, -components @ mean, hidden),
        "decoder": SkipMLP(components.T, mean, hidden[::-1]),
    }


def _sample(rows: Rows) -> Any:
    """Rows as an array, or sparse if they are, and too many for an array."""
    random_state = np.random.RandomState(0)
    n = min(_PCA_ROWS, len(rows))
    if rows.is_sparse and n * rows.n_features > _MOST_DENSE:
        return rows.subsample(n, random_state).table()
    return rows.sample(n, random_state).cpu().numpy()


def _mean(sample: Any) -> np.ndarray:
    """Mean of each column, in float64."""
    return np.asarray(sample.mean(0, dtype=np.float64)).ravel()


def _project(sample: Any, center: np.ndarray, components: np.ndarray) -> np.ndarray:
    if issparse(sample):
        if _rows_are_equal(sample, center):
            return np.zeros((sample.shape[0], len(components)))
        return sample @ components.T - center @ components.T
    return (sample - center) @ components.T


def _rows_are_equal(sample: Any, center: np.ndarray) -> bool:
    """Whether the variance of a sparse sample is no more than rounding."""
    square = np.square(sample.data, dtype=np.float64).sum() / sample.shape[0]
    return square - np.square(center).sum() <= _NO_VARIANCE * square


def _components(sample: Any, center: np.ndarray, n_components: int) -> np.ndarray:
    """Principal components of rows around a centre."""
    if issparse(sample) and n_components < min(sample.shape):
        if _rows_are_equal(sample, center):  # Lanczos needs some variance
            return np.eye(n_components, len(center))
        pca = PCA(n_components, svd_solver="arpack", random_state=0)
        return pca.fit(sample.astype(np.float64)).components_
    sample = dense(sample)
    pca = PCA(n_components, copy=False, random_state=0)  # overwrites the difference
    with np.errstate(invalid="ignore"):  # shares of no variance, which are not used
        return pca.fit(sample - center).components_
