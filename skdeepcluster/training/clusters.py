"""Starting clusters, and rescuing those that have lost all their rows."""

from typing import Any

import numpy as np
import torch
from sklearn.base import clone
from sklearn.cluster import KMeans
from torch import Tensor, nn

#: k-means restarts, as published for DEC.
_KMEANS_RESTARTS = 20


def initial_centers(
    init: Any, z: Tensor, n_clusters: int, random_state: np.random.RandomState
) -> np.ndarray:
    """Centres of the embedding ``z`` by the rule ``init``.

    Parameters
    ----------
    init : "k-means++", clusterer, or array of shape (n_clusters, n_components)
    z : Tensor of shape (n_samples, n_components)

    Returns
    -------
    centers : ndarray of shape (n_clusters, n_components), float32
    """
    if not isinstance(init, str) and not hasattr(init, "fit_predict"):
        return np.asarray(init, dtype=np.float32)
    points = z.cpu().numpy()
    if isinstance(init, str):
        kmeans = KMeans(
            n_clusters,
            n_init=_KMEANS_RESTARTS,
            random_state=random_state.randint(np.iinfo(np.int32).max),
        )
        return kmeans.fit(points).cluster_centers_.astype(np.float32)
    labels = np.asarray(_seeded_clone(init, random_state).fit_predict(points))
    found = [label for label in np.unique(labels) if label != -1]
    if len(found) != n_clusters:
        raise ValueError(
            f"init={init!r} found {len(found)} clusters (noise not counted) where "
            f"n_clusters={n_clusters}. Set its number of clusters to n_clusters, or "
            "n_clusters to the number it finds."
        )
    centers = [points[labels == label].mean(axis=0) for label in found]
    return np.stack(centers).astype(np.float32)


def _seeded_clone(clusterer: Any, random_state: np.random.RandomState) -> Any:
    clusterer = clone(clusterer)
    if clusterer.get_params().get("random_state", 0) is None:
        seed = random_state.randint(np.iinfo(np.int32).max)
        clusterer.set_params(random_state=seed)
    return clusterer


def reseed_empty_clusters(network: nn.Module, z: Tensor, q: Tensor) -> Tensor:
    """Move each cluster that has no row onto a row that fits its own badly.

    Parameters
    ----------
    network : nn.Module
        With ``move_cluster(cluster, embedding)`` and ``assign_embedding(z)``.
    z : Tensor of shape (n_samples, n_components)
    q : Tensor of shape (n_samples, n_clusters)
        Assignments of ``z``.

    Returns
    -------
    q : Tensor of shape (n_samples, n_clusters)
        Assignments after the moves; a cluster may still be empty where there
        are fewer distinct embeddings than clusters.
    """
    for _ in range(q.shape[1]):
        confidence, labels = q.max(1)
        sizes = torch.bincount(labels, minlength=q.shape[1])
        empty = torch.nonzero(sizes == 0).flatten().tolist()
        if not empty:
            break
        # A row alone in its cluster must stay: taking it empties another.
        confidence = confidence.masked_fill(sizes[labels] == 1, torch.inf)
        row = int(confidence.argmin())
        network.move_cluster(empty[0], z[row])  # type: ignore[operator]
        q = network.assign_embedding(z)  # type: ignore[operator]
    return q
