"""Contrastive clustering: rows and clusters told apart under augmentation."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from skdeepcluster.augment import apply_augmentation
from skdeepcluster.base.compat import Interval
from skdeepcluster.base.docstrings import fill_docstring
from skdeepcluster.base.estimator import COUNT, POSITIVE, WEIGHT
from skdeepcluster.losses import balance_loss, cluster_loss, instance_loss
from skdeepcluster.networks import ContrastiveNetwork
from skdeepcluster.pairwise.base import PairwiseClusterer
from skdeepcluster.training import (
    Batch,
    Player,
    Rows,
    Run,
    Stage,
    adam,
    renew_statistics,
)

#: Rows on which the objective is measured.
_OBJECTIVE_ROWS = 1024


@dataclass(frozen=True)
class Contrast:
    """Terms of L = L_ins + L_clu + (2 log K - H(Y)) on two augmented copies."""

    augmentation: Callable | None
    instance_temperature: float
    cluster_temperature: float
    instance_weight: float
    cluster_weight: float
    entropy_weight: float

    def __call__(self, network: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """The terms of the loss on a batch."""
        copies = [
            apply_augmentation(self.augmentation, batch.x, batch.generator)
            for _ in range(2)
        ]
        # One pass: both copies share the statistics of batch normalisation.
        z, y = network(torch.cat(copies))
        z_a, z_b = z.chunk(2)
        y_a, y_b = y.chunk(2)
        terms = {}
        if self.instance_weight:
            loss = instance_loss(z_a, z_b, self.instance_temperature)
            terms["instance"] = self.instance_weight * loss
        if self.cluster_weight:
            loss = cluster_loss(y_a, y_b, self.cluster_temperature)
            terms["cluster"] = self.cluster_weight * loss
        if self.entropy_weight:
            loss = balance_loss(y_a) + balance_loss(y_b)
            terms["entropy"] = self.entropy_weight * loss
        return terms


@fill_docstring
@dataclass(eq=False, repr=False, kw_only=True)
class ContrastiveClustering(PairwiseClusterer):
    """Contrastive clustering.

    Two augmented copies of each batch pass one encoder. An instance head brings
    the copies of a row together and pushes other rows away; a cluster head does
    the same with the columns of the soft assignment, that is with clusters; an
    entropy term keeps clusters of about equal mass. There is no pretraining and no
    k-means. What the augmentation changes is what clusters will not depend on:
    choose it for the data.

    Parameters
    ----------
    {n_clusters}
    n_components : int, default=128
        Dimension of the representation, the encoder's output. The published ResNets
        have 512.
    hidden_layer_sizes : tuple of int, default=(128,)
        Widths of the fully connected encoder before the last; each layer has batch
        normalisation and ReLU.
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
        Weight of the balance of cluster masses, as published. A smaller one lets
        clusters differ more in size.
    max_iter : int, default=200
        Epochs; published are 1000 for images.
    {batch_size}
    learning_rate : float, default=1e-3
        Learning rate of Adam; published is 3e-4, for 1000 epochs of a ResNet.
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
        Where to keep the trained network, so that the same fit is not repeated. It
        is not used where ``callbacks`` are set. Code is told apart by name.
    {callbacks}
    {verbose}
    {random_state}

    Attributes
    ----------
    {labels_attribute}
    {fit_attributes}

    See Also
    --------
    DAC : From pairs of rows, easy pairs first.
    IDEC : By reconstruction; needs no augmentation.

    Notes
    -----
    The objective is measured on up to 1024 rows under a fixed draw of the
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

    n_components: int = 128
    hidden_layer_sizes: Sequence[int] = (128,)
    projection_dim: int = 128
    instance_temperature: float = 0.5
    cluster_temperature: float = 1.0
    instance_weight: float = 1.0
    cluster_weight: float = 1.0
    entropy_weight: float = 1.0
    max_iter: int = 200

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **PairwiseClusterer._parameter_constraints,
        "n_components": [POSITIVE],
        "projection_dim": [POSITIVE],
        "instance_temperature": [Interval(Real, 0, None, closed="neither")],
        "cluster_temperature": [Interval(Real, 0, None, closed="neither")],
        "instance_weight": [WEIGHT],
        "cluster_weight": [WEIGHT],
        "entropy_weight": [WEIGHT],
        "max_iter": [COUNT],
    }

    def _width(self, n_features: int) -> int:
        return self.n_components

    def _check_fit(self, X: np.ndarray) -> None:
        super()._check_fit(X)
        if not (self.instance_weight or self.cluster_weight or self.entropy_weight):
            raise ValueError(
                "instance_weight, cluster_weight and entropy_weight are all 0: there "
                "is nothing to minimise."
            )

    def _build_network(self, rows: Rows) -> nn.Module:
        return ContrastiveNetwork(
            n_components=self.n_components,
            n_clusters=self.n_clusters,
            projection_dim=self.projection_dim,
            **self._body(rows, final_relu=True),
        )

    def _stages(self, network: nn.Module, run: Run) -> Iterator[Stage]:
        loss = self._contrast(run.rows, run.random_state)
        player = Player(loss, [*network.parameters()], adam(self.learning_rate))
        yield Stage(
            "contrast",
            [player],
            epochs=self.max_iter,
            cached=True,
            judge=self._judge(network, run, renew_statistics),
        )
        if not run.judged:
            renew_statistics(network, run)

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
    def _objective(self, network: nn.Module, rows: Rows) -> float:
        random_state = np.random.RandomState(0)
        x = rows.sample(_OBJECTIVE_ROWS, random_state)
        generator = torch.Generator(device=rows.device).manual_seed(0)
        loss = self._contrast(rows, random_state)
        terms = loss(network, Batch(x, torch.arange(len(x)), generator))
        return float(sum(terms.values()))
