"""Base class of clusterers in the embedding of an auto-encoder."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from skdeepcluster.augment import Dropout
from skdeepcluster.base import BaseDeepClusterer
from skdeepcluster.base.compat import StrOptions
from skdeepcluster.base.parameters import COUNT, POSITIVE
from skdeepcluster.embedded.base_autoencoder import AutoencoderBase
from skdeepcluster.embedded.neighborhood import neighbor_stages
from skdeepcluster.embedded.reconstruction import Reconstruction
from skdeepcluster.neighbors import warn_where_kmeans_is_better
from skdeepcluster.networks import AutoencoderNetwork
from skdeepcluster.training import (
    FitCallbacks,
    NoCheckpoint,
    Processes,
    Rows,
    Run,
    Stage,
    default_torch_modes,
)

#: Where k-means on the rows is better.
_ADVICE = (
    "Compare both; other seeds (n_init), fewer epochs, hidden_layer_sizes='auto' or "
    "max_iter=0 may be better here."
)


@dataclass(eq=False, repr=False, kw_only=True)
class EmbeddedClusterer(AutoencoderBase, BaseDeepClusterer):
    """Pretraining as an auto-encoder, then a stage that clusters the embedding."""

    pretrain: Annotated[str, StrOptions({"end-to-end", "layerwise", "neighbors"})] = (
        "end-to-end"
    )
    n_neighbors: Annotated[int, POSITIVE] = 15
    pretrain_epochs: Annotated[int | None, None, COUNT] = None
    max_iter: Annotated[int, COUNT] = 100
    restore_best: Annotated[bool, "boolean"] = False

    _takes_hints = True

    def _check_fit(self, rows: Rows) -> None:
        super()._check_fit(rows)
        if self.pretrain == "neighbors" and len(rows) < 2:
            raise ValueError("pretrain='neighbors' needs at least 2 rows, got 1.")

    def _pretrained(self, network: AutoencoderNetwork, run: Run) -> Iterator[Stage]:
        """The stages of pretraining, if there is anything to pretrain."""
        if not hasattr(self.encoder, "transform"):  # else it is already pretrained
            yield from self._pretraining(network, run, self.pretrain_epochs)

    def _pretraining(
        self, network: AutoencoderNetwork, run: Run, epochs: int | None
    ) -> Iterator[Stage]:
        if self.pretrain != "neighbors":
            return super()._pretraining(network, run, epochs)
        corruption = Dropout(self.corruption) if self.corruption else None
        return neighbor_stages(
            network,
            run,
            epochs=epochs,
            n_neighbors=self.n_neighbors,
            learning_rate=self.learning_rate,
            reconstruction=Reconstruction(
                self._augmentation(), corruption, self._sparsity()
            ),
        )

    def _fit(
        self,
        rows: Rows,
        task: FitCallbacks,
        checkpoint: NoCheckpoint,
        processes: Processes | None,
    ) -> dict[str, Any]:
        fitted = super()._fit(rows, task, checkpoint, processes)
        with default_torch_modes(rows.device):
            warn_where_kmeans_is_better(
                rows, fitted["labels_"], self.n_clusters, _ADVICE
            )
        return fitted
