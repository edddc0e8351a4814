"""DKM: k-means with soft assignments, its centres trained with the network."""

from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor

from skdeepcluster.base.compat import StrOptions
from skdeepcluster.base.docstrings import fill_docstring
from skdeepcluster.base.parameters import POSITIVE_REAL, WEIGHT
from skdeepcluster.embedded.base_autoencoder import DecoderMixin
from skdeepcluster.embedded.dec import EmbeddedClustering
from skdeepcluster.embedded.mixed import MixedColumns
from skdeepcluster.embedded.reconstruction import (
    Reconstruction,
    reconstruction_objective,
)
from skdeepcluster.embedded.self_training import SelfTraining
from skdeepcluster.losses import annealed, soft_kmeans_loss
from skdeepcluster.networks import EmbeddedClusteringNetwork
from skdeepcluster.training import Batch, Rows, Run, reseed_empty_clusters

#: Updates, about five epochs, between which an annealed softmax sharpens.
_UPDATES_PER_ALPHA = 10


@fill_docstring
@dataclass(eq=False, repr=False, kw_only=True)
class DKM(DecoderMixin, MixedColumns, EmbeddedClustering):
    """Deep k-means: network and centres trained together by gradient.

    An auto-encoder is pretrained and k-means places centres in its embedding. Then one
    loss trains encoder, decoder and centres at once: the reconstruction error, and the
    squared distance of each row to the centres, weighted by a softmax of the negative
    distances. :class:`DCN` has hard assignments and alternates.

    Parameters
    ----------
    {n_clusters}
    {n_components}
    {hidden_layer_sizes}
    {encoder}
    {init}
    gamma : float, default=1.0
        Weight of the distances, as published for a pretrained network (0.1 if
        annealed). Both terms are means over values.
    alpha : float or "annealed", default=1000.0
        Inverse temperature of the softmax, as published for a pretrained network: only
        the nearest centre counts. "annealed" begins at 0.1, where all centres count,
        and grows every 10 updates.
    {pretrain_with_neighbors}
    {n_neighbors}
    {pretrain_epochs}
    {corruption}
    {max_iter}
    update_interval : int or None, default=None
        Number of batches between looks at the labels of all rows, which re-seed empty
        clusters and end the stage. None is about twice per epoch.
    {tol}
    {batch_size}
    {learning_rate}
    {restore_best}
    {n_init}
    {image_shape}
    {augmentation}
    {one_hot_groups}
    {precision}
    {device}
    {compile}
    {distributed}
    {memory}
    {checkpoint}
    {callbacks}
    {on_interrupt}
    {verbose}
    {random_state}

    Attributes
    ----------
    {labels_attribute}
    {centers_attribute}
    {fit_attributes}

    See Also
    --------
    DCN : Hard assignments, and centres that are means of their rows.
    IDEC : Sharpens soft assignments instead.

    References
    ----------
    Fard, Thonet, Gaussier, "Deep k-means: jointly clustering with k-means and learning
    representations", Pattern Recognition Letters 138, 2020.
    https://arxiv.org/abs/1806.10069

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.preprocessing import scale
    >>> from skdeepcluster import DKM
    >>> X, _ = load_iris(return_X_y=True)
    >>> dkm = DKM(n_clusters=3, hidden_layer_sizes=(64,), random_state=0)
    >>> dkm.fit_predict(scale(X)).shape
    (150,)
    """

    gamma: Annotated[float, WEIGHT] = 1.0
    alpha: Annotated[float | str, StrOptions({"annealed"}), POSITIVE_REAL] = 1000.0

    def _self_training(
        self, network: EmbeddedClusteringNetwork, run: Run, interval: int
    ) -> "SoftKMeans":
        embed = Reconstruction(self._augmentation()).with_embedding
        training = SoftKMeans(network, run, self.gamma, self.tol, interval, embed)
        training.alpha = self.alpha
        return training

    def _objective(self, network: EmbeddedClusteringNetwork, rows: Rows) -> float:
        z = rows.map(network.encode)
        distance = network.distance_to_center(z).mean().item() / rows.n_features
        return reconstruction_objective(network, rows, None) + self.gamma * distance


class SoftKMeans(SelfTraining):
    """Steps of network and centres on the loss of soft k-means."""

    alpha: float | str

    @torch.no_grad()
    def refresh(self) -> bool:
        """Re-seed empty clusters; return whether the labels converged."""
        q = reseed_empty_clusters(self.network, self.run.embed())
        return self._is_done(q.argmax(1))

    def loss(
        self, network: EmbeddedClusteringNetwork, batch: Batch
    ) -> dict[str, Tensor]:
        """The terms of L = L_r + gamma L_k."""
        z, terms = self.embed(network, batch)
        alpha = self.alpha
        if isinstance(alpha, str):
            alpha = annealed((self.n_renewals - 1) // _UPDATES_PER_ALPHA)
        distance = soft_kmeans_loss(z.float(), self.network.centers, alpha)
        return {**terms, "clustering": self.gamma * distance / batch.x.shape[1]}
