"""Principal components of a table, as the start of a network or to search rows in."""

from typing import Any

import numpy as np
from sklearn.decomposition import PCA
from sklearn.preprocessing import normalize
from torch import Tensor

from skdeepcluster.networks import PrincipalComponents, SkipMLP
from skdeepcluster.training import Rows

#: Rows that principal components are computed from.
_PCA_ROWS = 20_000

#: Principal components that neighbours are searched in.
_N_SEARCHED = 50


def principal_projection(rows: Rows, *, unit_length: bool) -> PrincipalComponents:
    """Onto the first 50 principal components if columns are many; to unit scale.

    Parameters
    ----------
    rows : Rows
    unit_length : bool
        Whether rows are scaled to unit length first.
    """
    return projection_of(_sample(rows), unit_length=unit_length)


def projection_of(sample: np.ndarray, *, unit_length: bool) -> PrincipalComponents:
    """The same from a sample of the rows.

    Parameters
    ----------
    sample : ndarray of shape (n_samples, n_features)
    unit_length : bool
    """
    if unit_length:
        sample = normalize(sample)
    center = sample.mean(0, dtype=np.float64)
    components = np.eye(sample.shape[1])
    n_components = min(_N_SEARCHED, len(sample))
    if sample.shape[1] > n_components:
        components = _components(sample - center, n_components)
    projected = (sample - center) @ components.T
    scale = np.sqrt(np.mean(np.square(projected))) or 1.0
    return PrincipalComponents(center, components / scale, unit_length)


def searched_table(rows: Rows) -> Tensor:
    """The rows as neighbours are searched: in up to 50 principal components.

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
    sample = (_sample(rows) - center) / scale
    mean = sample.mean(0, dtype=np.float64)
    found = _components(sample - mean, min(width, len(sample)))
    components = np.zeros((width, rows.n_features))  # few rows have few components
    components[: len(found)] = found
    return {
        "encoder": SkipMLP(components, -components @ mean, hidden),
        "decoder": SkipMLP(components.T, mean, hidden[::-1]),
    }


def _sample(rows: Rows) -> np.ndarray:
    return rows.sample(_PCA_ROWS, np.random.RandomState(0)).cpu().numpy()


def _components(centered: np.ndarray, n_components: int) -> np.ndarray:
    """Principal components of rows, which are overwritten: a copy would be as large."""
    with np.errstate(invalid="ignore"):  # shares of no variance, which are not used
        return PCA(n_components, copy=False, random_state=0).fit(centered).components_
