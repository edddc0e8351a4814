"""The clusters of each modality by itself, and which of them are the same."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.metrics import silhouette_score
from torch import Tensor

from skdeepcluster.multiview.alignment.matching import (
    Clusterings,
    Matching,
    contingency_table,
    match_tables,
    paired_matching,
)
from skdeepcluster.networks import Modality, TranslationNetwork
from skdeepcluster.training import CHUNK_SIZE, Rows, Run, initial_labels

#: Rows on which a silhouette is measured.
_SILHOUETTE_ROWS = 2_000

#: Rows with both modalities, per cluster, that tell which clusters are the same.
_TELLING_PAIRS = 3

#: Support below which a matching by geometry is not to be trusted.
_TRUSTED = 0.5


@dataclass(frozen=True)
class ModalityTable:
    """Scaled rows of one modality, read where they are asked for.

    Parameters
    ----------
    network : TranslationNetwork
    rows : Rows
        The whole table.
    view : int
    positions : ndarray of int
        Of the rows that have the modality.
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
    """Clusters of one modality by itself.

    Parameters
    ----------
    rows : ndarray of int
        Positions of the rows that have it.
    found : Clusterings
        By each of its encoders.
    silhouette : float
        Of the clusters among the latents of the central encoder.
    """

    rows: np.ndarray
    found: Clusterings
    silhouette: float

    def labels(self, n_samples: int) -> np.ndarray:
        """Cluster of each row of the table, -1 where it lacks the modality."""
        labels = np.full(n_samples, -1, np.int16)
        labels[self.rows] = self.found.vote()
        return labels


def encode_modality(
    network: TranslationNetwork, modality: Modality, view: int, rows: Rows
) -> Tensor:
    """Latents of all rows; those of rows that lack the view mean nothing."""
    return rows.map(lambda x: modality.encode(network.views(x)[0][view]))


def cluster_modality(
    network: TranslationNetwork, run: Run, view: int, has: np.ndarray
) -> ModalityClusters:
    """k-means among the latents of each of a modality's encoders."""
    n_clusters, rows = len(network.centers), np.flatnonzero(has)
    labels, silhouettes = [], []
    for draft in network.drafts_of(view):
        z = encode_modality(network, draft, view, run.rows)
        z = z[torch.from_numpy(rows).to(z.device)]
        z = (z - z.mean(0)) / z.std(0, correction=0).clamp(min=1e-6)
        points = z.cpu().numpy()
        if len(rows) < n_clusters:
            labels.append(np.zeros(len(rows), int))
        else:
            clusters = initial_labels(
                "k-means++", Rows(points, run.device), n_clusters, run.random_state
            )
            labels.append(clusters.cpu().numpy())
        silhouettes.append(_silhouette(points, labels[-1], run.random_state))
    found = Clusterings.of(labels, n_clusters)
    return ModalityClusters(rows, found, silhouettes[found.central])


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
    """Which cluster of the hub each cluster of the other modalities is.

    Parameters
    ----------
    network : TranslationNetwork
        With a hub.
    run : Run
    clusters : sequence of ModalityClusters
    enough : float
        Rows with both modalities from which nothing has to be matched.

    Returns
    -------
    matchings : dict of int to Matching
        By number of the view.
    """
    n_clusters, n_samples = len(network.centers), len(run.rows)
    labels = [each.labels(n_samples) for each in clusters]
    matchings = {}
    for view in network.others:
        both = (labels[view] >= 0) & (labels[network.hub] >= 0)
        if both.sum() >= enough:
            continue
        pair = view, network.hub
        name, hub = (network.views.names[v] for v in pair)
        if any(len(np.unique(clusters[v].found.vote())) < n_clusters for v in pair):
            warnings.warn(
                f"View {name!r} or {hub!r} shows fewer than n_clusters={n_clusters} "
                "clusters, so that they cannot be matched to each other.",
                UserWarning,
                stacklevel=2,
            )
        elif both.sum() >= _TELLING_PAIRS * n_clusters:
            one, other = labels[view][both], labels[network.hub][both]
            matchings[view] = _by_pairs(one, other, n_clusters)
        else:
            tables = (
                ModalityTable(network, run.rows, view, clusters[view].rows),
                ModalityTable(
                    network, run.rows, network.hub, clusters[network.hub].rows
                ),
            )
            found = clusters[view].found, clusters[network.hub].found
            matching = match_tables(tables, found, n_clusters, run.random_state)
            matchings[view] = matching
            if matching.support < _TRUSTED:
                warnings.warn(
                    f"The clusters of view {name!r} could not be matched to those of "
                    f"{hub!r} with confidence (support {matching.support:.2f}, see "
                    "matching_confidence_): labels of the two views may not mean the "
                    f"same. Rows seen in both views, {_TELLING_PAIRS} per cluster or "
                    "more, would tell; view_labels_ has the clusters of each view.",
                    UserWarning,
                    stacklevel=2,
                )
    return matchings


def _by_pairs(one: np.ndarray, other: np.ndarray, n_clusters: int) -> Matching:
    partner = paired_matching(one, other, n_clusters)
    table = contingency_table(one, other, n_clusters)
    together = table[np.arange(n_clusters), partner].sum() / table.sum()
    return Matching(partner, np.nan, np.nan, float(together))


def aligned_targets(
    network: TranslationNetwork,
    clusters: Sequence[ModalityClusters],
    latents: Sequence[Tensor],
    matchings: dict[int, Matching],
) -> dict[int, tuple[Tensor, Tensor]]:
    """Where translations should lie: at the mean latents of the matched cluster.

    Returns
    -------
    targets : dict of int to (Tensor, Tensor)
        For each matched view, of each row's translation to the hub, and of the
        translation of each row of the hub to the view.
    """
    n_samples, device = len(latents[0]), latents[0].device
    n_clusters = len(network.centers)
    labels = [
        torch.from_numpy(each.labels(n_samples)).long().to(device) for each in clusters
    ]
    means = [
        torch.stack([z[own == c].mean(0) for c in range(n_clusters)])
        for z, own in zip(latents, labels, strict=True)
    ]
    targets = {}
    for view, matching in matchings.items():
        partner = torch.from_numpy(matching.partner).to(device)
        # Rows that lack the view have cluster -1; nobody looks at their target.
        to_hub = means[network.hub][partner[labels[view]]]
        from_hub = means[view][partner.argsort()[labels[network.hub]]]
        targets[view] = to_hub, from_hub
    return targets
