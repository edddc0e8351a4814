"""From latents of single modalities to which of their clusters are the same."""

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
    """The clusters of each modality by itself, and how they go together.

    Without it nothing tells a translator which cluster of one modality is which of
    another: any one-to-one assignment of clusters can be translated there and back.

    Parameters
    ----------
    clusters : sequence of ModalityClusters
        By number of the view.
    hub : int
        The view to which the others are translated.
    matchings : dict of int to Matching
        For a view that is matched, the cluster of the hub that each of its own is.
    """

    clusters: Sequence[ModalityClusters]
    hub: int
    matchings: dict[int, Matching]

    def targets(
        self, latents: Sequence[Tensor], n_clusters: int
    ) -> dict[int, tuple[Tensor, Tensor]]:
        """Where translations should lie: at the mean latents of the matched cluster.

        Parameters
        ----------
        latents : sequence of Tensor of shape (n_samples, n_components)
            Of each view.
        n_clusters : int

        Returns
        -------
        targets : dict of int to (Tensor, Tensor)
            For each matched view, of each row's translation to the hub, and of the
            translation of each row of the hub to the view.
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
            # Rows that lack the view have cluster -1; nobody looks at their target.
            to_hub = means[self.hub][partner[labels[view]]]
            from_hub = means[view][partner.argsort()[labels[self.hub]]]
            targets[view] = to_hub, from_hub
        return targets

    def fitted_attributes(self, names: Sequence[str]) -> dict[str, Any]:
        """What a user may ask of it, by name of the view."""
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
        With candidates for each modality, of which it keeps one.
    run : Run
        Whose rows know which views they have.
    hub : int or None
        None takes the view whose clusters have the best silhouette.
    enough_pairs : float or None
        Rows seen in a view and in the hub from which nothing has to be matched. None
        matches nothing.
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
