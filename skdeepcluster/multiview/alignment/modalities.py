"""The clusters of each modality alone, and how they correspond."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.metrics import silhouette_score
from torch import Tensor

from skdeepcluster.maps import cut_map, draw_seed
from skdeepcluster.multiview.alignment.matching import (
    Clusterings,
    Matching,
    contingency_table,
    match_tables,
    paired_matching,
)
from skdeepcluster.neighbors import NeighborGraph, within_clusters
from skdeepcluster.networks import Modality, TranslationNetwork
from skdeepcluster.training import CHUNK_SIZE, Rows, Run, warn_once

#: Neighbours of each row in its modality, by which its clusters are chosen.
_N_NEIGHBORS = 15

#: Rows on which a silhouette is measured.
_SILHOUETTE_ROWS = 2_000

#: Rows with both modalities, per cluster, that suffice to match clusters by pairs.
_TELLING_PAIRS = 3

#: Support below which a matching by geometry should not be trusted.
_TRUSTED = 0.5


@dataclass(frozen=True)
class ModalityTable:
    """Scaled rows of one modality, read on demand.

    Parameters
    ----------
    network : TranslationNetwork
    rows : Rows
        The whole table.
    view : int
    positions : ndarray of int
        Positions of the rows that have the modality.
    """

    network: TranslationNetwork
    rows: Rows
    view: int
    positions: np.ndarray

    def __len__(self) -> int:
        return len(self.positions)

    def __getitem__(self, index: np.ndarray) -> np.ndarray:
        pieces = torch.from_numpy(self.positions[index]).split(CHUNK_SIZE)
        return np.concatenate([self._read(piece) for piece in pieces])

    def _read(self, piece: Tensor) -> np.ndarray:
        return self.network.views(self.rows.take(piece))[0][self.view].cpu().numpy()


@dataclass(frozen=True)
class ModalityClusters:
    """The clusters of one modality alone.

    Parameters
    ----------
    has : ndarray of bool of shape (n_samples,)
        Which rows of the table have the modality.
    clusterings : Clusterings
        Clusterings of these rows, one for each of its encoders.
    silhouette : float
        Silhouette of the clusters in the latents of the central encoder.
    """

    has: np.ndarray
    clusterings: Clusterings
    silhouette: float

    def row_labels(self) -> np.ndarray:
        """Cluster of each row of the table, -1 if it lacks the modality."""
        labels = np.full(len(self.has), -1, np.int16)
        labels[self.has] = self.clusterings.vote()
        return labels


def encode_modality(
    network: TranslationNetwork, modality: Modality, view: int, rows: Rows
) -> Tensor:
    """Latents of all rows; those of rows that lack the view are meaningless."""
    return rows.map(lambda x: modality.encode(network.views(x)[0][view]))


def cluster_modality(
    network: TranslationNetwork, run: Run, view: int, has: np.ndarray
) -> ModalityClusters:
    """The clusters in the latents of each of a modality's encoders.

    Of many partitions, that is taken which keeps neighbours together best, among the
    latents and in the modality: k-means alone often splits a large cluster and merges
    two small ones, and such clusters have no counterpart in another modality.
    """
    n_clusters, rows = len(network.centers), np.flatnonzero(has)
    kept = torch.from_numpy(rows).to(run.rows.device)
    table = run.rows.map(lambda x: network.views(x)[0][view])[kept]
    n_neighbors = within_clusters(_N_NEIGHBORS, len(rows), n_clusters)
    graph = NeighborGraph.of_table(table, n_neighbors)
    labels, silhouettes = [], []
    for candidate in network.candidates_of(view):
        z = encode_modality(network, candidate, view, run.rows)[kept]
        z = (z - z.mean(0)) / z.std(0, correction=0).clamp(min=1e-6)
        points = z.cpu().numpy()
        if len(rows) < n_clusters:
            labels.append(np.zeros(len(rows), int))
        else:
            seed = draw_seed(run)
            cut = cut_map(
                points, graph, n_clusters, seed, run.random_state, votes=False
            )
            labels.append(cut.labels_of(points))
        silhouettes.append(_silhouette(points, labels[-1], run.random_state))
    clusterings = Clusterings.of(labels, n_clusters)
    return ModalityClusters(has, clusterings, silhouettes[clusterings.central])


def _silhouette(
    points: np.ndarray, labels: np.ndarray, random_state: np.random.RandomState
) -> float:
    kept = random_state.permutation(len(points))[:_SILHOUETTE_ROWS]
    if not 1 < len(np.unique(labels[kept])) < len(kept):
        return -1.0
    return float(silhouette_score(points[kept], labels[kept]))


def match_modalities(
    network: TranslationNetwork,
    run: Run,
    clusters: Sequence[ModalityClusters],
    enough: float,
) -> dict[int, Matching]:
    """Match the clusters of the other modalities to those of the hub.

    Parameters
    ----------
    network : TranslationNetwork
        With a hub.
    run : Run
    clusters : sequence of ModalityClusters
    enough : float
        Number of rows with both modalities that makes matching unnecessary.

    Returns
    -------
    matchings : dict of int to Matching
        By number of the view.
    """
    n_clusters = len(network.centers)
    labels = [own.row_labels() for own in clusters]
    matchings = {}
    for view in network.others:
        both = (labels[view] >= 0) & (labels[network.hub] >= 0)
        if both.sum() >= enough:
            continue
        pair = view, network.hub
        name, hub = (network.views.names[v] for v in pair)
        if any(
            len(np.unique(clusters[v].clusterings.vote())) < n_clusters for v in pair
        ):
            warn_once(
                f"Fewer than n_clusters={n_clusters} clusters were found in view "
                f"{name!r} or {hub!r}, so they cannot be matched to each other.",
            )
        elif both.sum() >= _TELLING_PAIRS * n_clusters:
            matchings[view] = _by_pairs(
                labels[view][both], labels[network.hub][both], n_clusters
            )
        else:
            one, other = (
                ModalityTable(network, run.rows, v, np.flatnonzero(clusters[v].has))
                for v in pair
            )
            clusterings = clusters[view].clusterings, clusters[network.hub].clusterings
            matching = match_tables(
                (one, other), clusterings, n_clusters, run.random_state
            )
            matchings[view] = matching
            if matching.support < _TRUSTED:
                warn_once(
                    f"The clusters of view {name!r} could not be matched to those of "
                    f"{hub!r} with confidence (support {matching.support:.2f}, see "
                    "matching_confidence_): the same label may mean different clusters "
                    f"in the two views. {_TELLING_PAIRS} or more rows per cluster "
                    "observed in both views would resolve this; view_labels_ has the "
                    "clusters of each view.",
                )
    return matchings


def _by_pairs(one: np.ndarray, other: np.ndarray, n_clusters: int) -> Matching:
    partner = paired_matching(one, other, n_clusters)
    table = contingency_table(one, other, n_clusters)
    together = table[np.arange(n_clusters), partner].sum() / table.sum()
    return Matching(partner, np.nan, np.nan, float(together))
