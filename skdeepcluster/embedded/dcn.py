"""DCN: k-means in the loss, its centres updated in alternation with the network."""

from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor

from skdeepcluster.base.docstrings import fill_docstring
from skdeepcluster.base.parameters import WEIGHT
from skdeepcluster.embedded.base_autoencoder import DecoderMixin
from skdeepcluster.embedded.dec import EmbeddedClustering
from skdeepcluster.embedded.mixed import MixedColumns
from skdeepcluster.embedded.reconstruction import (
    Reconstruction,
    reconstruction_objective,
)
from skdeepcluster.embedded.self_training import SelfTraining
from skdeepcluster.losses import kmeans_loss
from skdeepcluster.networks import EmbeddedClusteringNetwork
from skdeepcluster.training import Batch, Rows, Run, reseed_empty_clusters


@fill_docstring
@dataclass(eq=False, repr=False, kw_only=True)
class DCN(DecoderMixin, MixedColumns, EmbeddedClustering):
    """Deep clustering network: an embedding that k-means suits.

    An auto-encoder is pretrained and k-means places centres in its embedding. Two steps
    then alternate: the auto-encoder is trained to reconstruct the rows and to embed
    each near its nearest centre, L = L_r + gamma L_k, and each centre is moved to the
    mean of its rows.

    Parameters
    ----------
    {n_clusters}
    {n_components}
    {hidden_layer_sizes}
    {encoder}
    {init}
    gamma : float, default=0.1
        Weight of L_k, half the squared distance to the nearest centre per feature.
    {pretrain_with_neighbors}
    {n_neighbors}
    {pretrain_epochs}
    {corruption}
    {max_iter}
    update_interval : int or None, default=None
        Number of batches between updates of the centres. None updates them about twice
        per epoch.
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
    IDEC : Sharpens soft assignments instead.
    Autoencoder : Followed by k-means, without the alternation.

    References
    ----------
    Yang, Fu, Sidiropoulos, Hong, "Towards k-means-friendly spaces: simultaneous deep
    learning and clustering", ICML 2017.
    https://arxiv.org/abs/1610.04794

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.preprocessing import scale
    >>> from skdeepcluster import DCN
    >>> X, _ = load_iris(return_X_y=True)
    >>> dcn = DCN(n_clusters=3, hidden_layer_sizes=(64,), random_state=0)
    >>> dcn.fit_predict(scale(X)).shape
    (150,)
    """

    gamma: Annotated[float, WEIGHT] = 0.1

    def _self_training(
        self, network: EmbeddedClusteringNetwork, run: Run, interval: int
    ) -> "Alternation":
        embed = Reconstruction(self._augmentation()).with_embedding
        return Alternation(network, run, self.gamma, self.tol, interval, embed)

    def _objective(self, network: EmbeddedClusteringNetwork, rows: Rows) -> float:
        z = rows.map(network.encode)
        distance = kmeans_loss(z, network.centers.detach()).item() / rows.n_features
        return reconstruction_objective(network, rows, None) + self.gamma * distance


class Alternation(SelfTraining):
    """Steps towards the nearest centres, then the centres of all rows."""

    @torch.no_grad()
    def refresh(self) -> bool:
        """Move centres to the means of their rows; return whether labels converged."""
        z = self.run.embed()
        labels = reseed_empty_clusters(self.network, z).argmax(1)
        for cluster in labels.unique().tolist():
            self.network.move_cluster(cluster, z[labels == cluster].mean(0))
        return self._is_done(labels)

    def loss(
        self, network: EmbeddedClusteringNetwork, batch: Batch
    ) -> dict[str, Tensor]:
        """The terms of L = L_r + gamma L_k; centres are constants."""
        z, terms = self.embed(network, batch)
        distance = kmeans_loss(z.float(), self.network.centers.detach())
        return {**terms, "clustering": self.gamma * distance / batch.x.shape[1]}
