"""From latents of single modalities to matched clusters."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from skdeepcluster.multiview.alignment.matching import Matching
from skdeepcluster.multiview.alignment.modalities import (
    ModalityClusters,
    cluster_modality,
    match_modalities,
)
from skdeepcluster.networks import TranslationNetwork
from skdeepcluster.training import Run


@dataclass(frozen=True)
class Alignment:
    """The clusters of each modality alone, and their matching.

    Without it, nothing determines which cluster of one modality corresponds to which of
    another: any one-to-one assignment of clusters can be translated there and back.

    Parameters
    ----------
    clusters : sequence of ModalityClusters
        In the order of the views.
    hub : int
        The view to which the others are translated.
    matchings : dict of int to Matching
        For each matched view, the cluster of the hub to which each of its clusters
        corresponds.
    """

    clusters: Sequence[ModalityClusters]
    hub: int
    matchings: dict[int, Matching]

    def targets(
        self, latents: Sequence[Tensor], n_clusters: int
    ) -> dict[int, tuple[Tensor, Tensor]]:
        """Targets of translations: the mean latents of the matched cluster.

        Parameters
        ----------
        latents : sequence of Tensor of shape (n_samples, n_components)
            Of each view.
        n_clusters : int

        Returns
        -------
        targets : dict of int to (Tensor, Tensor)
            For each matched view, the target of each row's translation to the hub, and
            that of the translation of each row of the hub to the view.
        """
        device = latents[0].device
        labels = [torch.from_numpy(own).long().to(device) for own in self._labels()]
        means = [
            torch.stack([z[own == c].mean(0) for c in range(n_clusters)])
            for z, own in zip(latents, labels, strict=True)
        ]
        targets = {}
        for view, matching in self.matchings.items():
            partner = torch.from_numpy(matching.partner).to(device)
            # Rows that lack the view have cluster -1; their target is not used.
            to_hub = means[self.hub][partner[labels[view]]]
            from_hub = means[view][partner.argsort()[labels[self.hub]]]
            targets[view] = to_hub, from_hub
        return targets

    def joint_labels(self) -> np.ndarray | None:
        """The cluster of the hub that each row's cluster corresponds to.

        Returns
        -------
        labels : ndarray of shape (n_samples,) or None
            -1 for rows in no matched view; None if no view is matched.
        """
        if not self.matchings:
            return None
        own = self._labels()
        labels = own[self.hub].astype(int)
        for view, matching in self.matchings.items():
            rows = (labels < 0) & (own[view] >= 0)
            labels[rows] = matching.partner[own[view][rows]]
        return labels

    def fitted_attributes(self, names: Sequence[str]) -> dict[str, Any]:
        """The fitted attributes, by name of the view."""
        return {
            "unified_to_": names[self.hub],
            "view_labels_": np.stack(self._labels(), axis=1),
            "matching_": {names[v]: m.partner for v, m in self.matchings.items()},
            "matching_confidence_": {
                names[v]: {
                    "support": m.support,
                    "agreement": m.agreement,
                    "margin": m.margin,
                }
                for v, m in self.matchings.items()
            },
        }

    def _labels(self) -> list[np.ndarray]:
        return [own.row_labels() for own in self.clusters]


def align_modalities(
    network: TranslationNetwork,
    run: Run,
    hub: int | None,
    enough_pairs: float | None,
) -> Alignment:
    """Cluster each modality, choose encoders and hub, and match the clusters.

    Parameters
    ----------
    network : TranslationNetwork
        With candidates for each modality, one of which is kept.
    run : Run
        Its rows have ``observed`` set.
    hub : int or None
        None takes the view whose clusters have the best silhouette.
    enough_pairs : float or None
        Number of rows observed in both a view and the hub that makes matching the view
        unnecessary. None matches no view.
    """
    assert run.rows.observed is not None
    clusters = [
        cluster_modality(network, run, view, has)
        for view, has in enumerate(run.rows.observed.cpu().numpy().T)
    ]
    if hub is None:
        hub = int(np.argmax([own.silhouette for own in clusters]))
    network.select([own.clusterings.central for own in clusters], hub)
    matchings: dict[int, Matching] = {}
    if enough_pairs is not None:
        matchings = match_modalities(network, run, clusters, enough_pairs)
    return Alignment(clusters, hub, matchings)
