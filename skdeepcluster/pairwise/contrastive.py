"""Contrastive clustering: contrast of rows and of clusters under augmentation."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Self

import numpy as np
import torch

from skdeepcluster.augment import color_images
from skdeepcluster.base.docstrings import fill_docstring
from skdeepcluster.base.parameters import COUNT, POSITIVE, POSITIVE_REAL, WEIGHT
from skdeepcluster.networks import ContrastiveNetwork
from skdeepcluster.pairwise.base import PairwiseClusterer
from skdeepcluster.pairwise.contrast import Contrast
from skdeepcluster.training import (
    Batch,
    Player,
    Rows,
    Run,
    Stage,
    adam,
    renew_batch_norm,
)

#: Rows on which the objective is measured.
_OBJECTIVE_ROWS = 1024


@fill_docstring
@dataclass(eq=False, repr=False, kw_only=True)
class ContrastiveClustering(PairwiseClusterer):
    """Contrastive clustering.

    Two augmented copies of each batch pass through one encoder. An instance head
    pulls the copies of a row together and pushes other rows away; a cluster head does
    the same with the columns of the soft assignment, that is, with clusters; an
    entropy term keeps the clusters at about equal mass. There is no pretraining and no
    k-means. Clusters become invariant to what the augmentation changes, so choose it
    to suit the data.

    Parameters
    ----------
    {n_clusters}
    n_components : int, default=128
        Dimension of the representation, the encoder's output. The published ResNets
        have 512.
    hidden_layer_sizes : tuple of int, default=(128,)
        Widths of the fully connected encoder's layers before the last; each layer has
        batch normalisation and ReLU.
    {pair_encoder}
    projection_dim : int, default=128
        Width of the instance head's output, as published.
    instance_temperature : float, default=0.5
        Temperature of the contrast of rows, as published.
    cluster_temperature : float, default=1.0
        Temperature of the contrast of clusters, as published.
    instance_weight : float, default=1.0
        Weight of the contrast of rows, as published.
    cluster_weight : float, default=1.0
        Weight of the contrast of clusters, as published.
    entropy_weight : float, default=1.0
        Weight of the balance of cluster masses, as published. A smaller weight lets
        clusters differ more in size.
    max_iter : int, default=200
        Number of epochs; the published value is 1000, for images.
    {batch_size}
    learning_rate : float, default=1e-3
        Learning rate of Adam; the published value is 3e-4, for 1000 epochs of a
        ResNet.
    {restore_best}
    {n_init}
    {image_shape}
    {pair_augmentation}
    {corruption_of_pairs}
    {noise}
    {feature_groups}
    {precision}
    {device}
    {compile}
    memory : None, str or joblib.Memory, default=None
        Where to cache the trained network, so that the same fit is not repeated.
        Ignored if ``callbacks`` are set. Your own code is identified by name only.
    {callbacks}
    {verbose}
    {random_state}

    Attributes
    ----------
    {labels_attribute}
    {fit_attributes}

    See Also
    --------
    DAC : Learns from pairs of rows, easy pairs first.
    IDEC : Learns by reconstruction; needs no augmentation.

    Notes
    -----
    The objective is measured on up to 1024 rows with a fixed random draw of the
    augmentation.

    References
    ----------
    Li, Hu, Liu, Peng, Zhou, Peng, "Contrastive clustering", AAAI 2021.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.preprocessing import scale
    >>> from skdeepcluster import ContrastiveClustering
    >>> X, _ = load_wine(return_X_y=True)
    >>> cc = ContrastiveClustering(n_clusters=3, max_iter=20, random_state=0)
    >>> cc.fit_predict(scale(X)).shape
    (178,)
    """

    n_components: Annotated[int, POSITIVE] = 128
    hidden_layer_sizes: Annotated[Sequence[int], "array-like"] = (128,)
    projection_dim: Annotated[int, POSITIVE] = 128
    instance_temperature: Annotated[float, POSITIVE_REAL] = 0.5
    cluster_temperature: Annotated[float, POSITIVE_REAL] = 1.0
    instance_weight: Annotated[float, WEIGHT] = 1.0
    cluster_weight: Annotated[float, WEIGHT] = 1.0
    entropy_weight: Annotated[float, WEIGHT] = 1.0
    max_iter: Annotated[int, COUNT] = 200

    @classmethod
    def published(
        cls,
        n_clusters: int,
        *,
        image_shape: tuple[int, int, int] = (3, 224, 224),
        **parameters: Any,
    ) -> Self:
        """The setting of the authors' code for photographs, with pixels in [0, 1].

        They resize all images to 224 x 224 pixels before augmentation.


        Parameters
        ----------
        n_clusters : int
        image_shape : tuple (channels, height, width), default=(3, 224, 224)
        **parameters
            Any other parameters; they override the published values.

        Returns
        -------
        estimator : ContrastiveClustering
        """
        setting = {
            "encoder": "resnet34",
            "n_components": 512,
            "image_shape": image_shape,
            "augmentation": color_images(image_shape, strength=0.5),
            "max_iter": 1000,
            "batch_size": 256,
            "learning_rate": 3e-4,
        }
        return cls(n_clusters, **{**setting, **parameters})

    def _check_fit(self, rows: Rows) -> None:
        super()._check_fit(rows)
        if not (self.instance_weight or self.cluster_weight or self.entropy_weight):
            raise ValueError(
                "instance_weight, cluster_weight and entropy_weight are all 0: there "
                "is nothing to minimise."
            )

    def _build_network(self, rows: Rows) -> ContrastiveNetwork:
        return ContrastiveNetwork(
            n_components=self.n_components,
            n_clusters=self.n_clusters,
            projection_dim=self.projection_dim,
            **self._scaled_encoder(rows, final_relu=True),
        )

    def _stages(self, network: ContrastiveNetwork, run: Run) -> Iterator[Stage]:
        loss = self._contrast(run.rows, run.random_state)
        player = Player(loss, [*network.parameters()], adam(self.learning_rate))
        yield Stage(
            "contrast",
            [player],
            epochs=self.max_iter,
            cached=True,
            objective=self._objective_of_epochs(network, run, renew_batch_norm),
        )
        if not run.restored_best:
            renew_batch_norm(network, run)

    def _contrast(self, rows: Rows, random_state: np.random.RandomState) -> Contrast:
        return Contrast(
            self._augmentation(rows, random_state),
            self.instance_temperature,
            self.cluster_temperature,
            self.instance_weight,
            self.cluster_weight,
            self.entropy_weight,
        )

    @torch.no_grad()
    def _objective(self, network: ContrastiveNetwork, rows: Rows) -> float:
        random_state = np.random.RandomState(0)
        x = rows.sample(_OBJECTIVE_ROWS, random_state)
        generator = torch.Generator(device=rows.device).manual_seed(0)
        loss = self._contrast(rows, random_state)
        terms = loss(network, Batch(x, torch.arange(len(x)), generator))
        return float(sum(terms.values()))
