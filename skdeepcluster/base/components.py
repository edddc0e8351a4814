"""Principal components of a table, in which rows are searched."""

import numpy as np
from sklearn.decomposition import PCA
from sklearn.preprocessing import normalize

from skdeepcluster.networks import PrincipalComponents
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
    sample = rows.sample(_PCA_ROWS, np.random.RandomState(0)).cpu().numpy()
    if unit_length:
        sample = normalize(sample)
    center = sample.mean(0, dtype=np.float64)
    components = np.eye(rows.n_features)
    n_components = min(_N_SEARCHED, len(sample))
    if rows.n_features > n_components:
        pca = PCA(n_components, random_state=0).fit(sample - center)
        components = pca.components_
    projected = (sample - center) @ components.T
    scale = np.sqrt(np.mean(np.square(projected))) or 1.0
    return PrincipalComponents(center, components / scale, unit_length)
