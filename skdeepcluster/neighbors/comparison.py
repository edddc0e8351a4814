"""A comparison of clusters with those of k-means on the rows, without labels."""

import warnings

import numpy as np
from sklearn.cluster import KMeans

from skdeepcluster.base.components import principal_projection
from skdeepcluster.neighbors.criteria import assortativity, neighbor_counts, shares
from skdeepcluster.training import Rows, quietly

#: Rows that are compared.
_ROWS = 5000

#: Rows, and rows per cluster, below which a graph of 15 neighbours says little.
_FEWEST = 200
_FEWEST_PER_CLUSTER = 15

#: How much better k-means must keep neighbours together. On planted tables, clusters
#: that were worse by more had an adjusted Rand index below that of k-means.
_MARGIN = 0.1


def warn_where_kmeans_is_better(
    rows: Rows,
    labels: np.ndarray,
    n_clusters: int,
    advice: str,
    *,
    only_if_more_equal: bool = False,
) -> None:
    """Warn if k-means on the rows keeps nearest neighbours together better.

    The measure is the assortativity of labels among the 15 nearest neighbours in the
    input, not the squared distances that k-means minimises: rings that are told apart
    have larger squared distances than k-means, and better neighbours.

    Parameters
    ----------
    rows : Rows
    labels : ndarray of int of shape (n_samples,)
    n_clusters : int
    advice : str
        What to do, at the end of the message.
    only_if_more_equal : bool, default=False
        Whether the sizes of clusters must also be more equal than those of k-means:
        the sign of an objective that rewards equal sizes.
    """
    random_state = np.random.RandomState(0)
    n = min(len(rows), _ROWS)
    if rows.hints is not None:  # they may ask for other clusters than these
        return
    if n_clusters < 2 or n < max(_FEWEST, _FEWEST_PER_CLUSTER * n_clusters):
        return
    index = np.sort(random_state.choice(len(rows), n, replace=False))
    sample = rows.subset(index)
    projection = principal_projection(sample, unit_length=False, adapted=False)
    points = sample.map(projection.to(rows.device)).cpu().numpy()
    kmeans = KMeans(n_clusters, n_init=10, random_state=0)
    labels, of_kmeans = labels[index], quietly(kmeans.fit_predict, points)
    sizes = [np.bincount(found, minlength=n_clusters) for found in (labels, of_kmeans)]
    more_equal = sizes[0].max() < sizes[1].max()
    if only_if_more_equal and not more_equal:
        return
    ours, theirs = (
        assortativity(shares(neighbor_counts(points, found, n_clusters)))
        for found in (labels, of_kmeans)
    )
    if theirs - ours > _MARGIN:
        equal = ", which are more equal in size" if only_if_more_equal else ""
        warnings.warn(
            "k-means on X keeps nearest neighbours together better than these clusters "
            f"do (assortativity {theirs:.2f} and {ours:.2f}){equal}. {advice}",
            UserWarning,
            stacklevel=6,
        )
