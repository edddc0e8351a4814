"""How far rows are from the training rows, in the embedding."""

from collections.abc import Callable

import numpy as np
from sklearn import config_context
from sklearn.neighbors import NearestNeighbors
from torch import Tensor

from skdeepcluster.training import Rows

#: Training rows whose embeddings are kept.
_KEPT_ROWS = 2000

#: The neighbour whose distance says how dense the embedding is.
_NEIGHBOR = 10

#: Training rows of which this share has a smaller distance have the score 1.
_QUANTILE = 0.99


def sample_embedding(rows: Rows, encode: Callable[[Tensor], Tensor]) -> np.ndarray:
    """Embeddings of up to 2000 rows, always the same ones of a table."""
    sample = rows.subsample(_KEPT_ROWS, np.random.RandomState(0))
    points = sample.map(encode).float().cpu().numpy()
    return points[np.isfinite(points).all(axis=1)]


def unit_of_distance(sample: np.ndarray) -> float:
    """Distance to the tenth nearest other row that 99 % of the rows do not exceed."""
    if len(sample) < 2:
        return 1.0
    # Each row is its own nearest.
    distances = _distances(sample, sample, min(_NEIGHBOR + 1, len(sample)))
    return float(np.quantile(distances, _QUANTILE)) or 1.0


def outlier_scores(points: np.ndarray, sample: np.ndarray, unit: float) -> np.ndarray:
    """Distance of each point to the tenth nearest of a sample, in units."""
    if not len(sample):
        return np.zeros(len(points))
    return _distances(points, sample, min(_NEIGHBOR, len(sample))) / unit


def _distances(points: np.ndarray, sample: np.ndarray, number: int) -> np.ndarray:
    """Distance of each point to a neighbour in the sample, by its number from 1."""
    # In float64, in which a product of matrices has digits to spare.
    center = sample.mean(axis=0, dtype=np.float64)
    points, sample = points - center, sample - center
    with config_context(array_api_dispatch=False, assume_finite=True):
        search = NearestNeighbors(n_neighbors=number).fit(sample)
        found = search.kneighbors(points, return_distance=False)[:, -1]
    # Anew, because the last digits of the product depend on the other rows.
    points -= sample[found]
    return np.linalg.norm(points, axis=1)
