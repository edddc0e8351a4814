"""Contrastive clustering: contrast of rows and of clusters under augmentation."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Self

from skdeepcluster.augment import color_images
from skdeepcluster.base.compat import StrOptions
from skdeepcluster.base.docstrings import fill_docstring
from skdeepcluster.base.parameters import POSITIVE, POSITIVE_REAL, WEIGHT
from skdeepcluster.networks import ContrastiveNetwork
from skdeepcluster.pairwise.contrast import Contrast
from skdeepcluster.pairwise.copies import CopiesClusterer
from skdeepcluster.pairwise.neighbors import Neighbors
from skdeepcluster.training import Rows


@fill_docstring
@dataclass(eq=False, repr=False, kw_only=True)
class ContrastiveClustering(CopiesClusterer):
    """Contrastive clustering.

    Two copies of each batch pass through one encoder. An instance head pulls the copies
    of a row together and pushes other rows away; a cluster head does the same with the
    columns of the soft assignment, that is, with clusters.

    For images and windows of series, the copies are two augmentations, and an entropy
    term keeps the clusters at about equal mass; there is no pretraining and no k-means.
    Clusters become invariant to what the augmentation changes, so choose it to suit the
    data.

    For tables, the second copy of a row is one of its nearest neighbours, and the
    network is first trained on the labels of k-means in place of the entropy term, so
    that clusters may differ in size. Distances decide which rows are near: bring
    columns to comparable scales first.

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
    n_neighbors : int, None or "auto", default="auto"
        Nearest rows among which the second copy of a row is drawn, anew for each
        batch: mutual ones, and the nearest where a row has fewer than 5 of these. None
        takes the row itself, as published. "auto" is 15 for tables of up to 100 000
        rows, as all pairs of rows are compared, and None for images and windows, or if
        an ``augmentation`` is set.
    {pair_init}
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
    entropy_weight : float or "auto", default="auto"
        Weight of the balance of cluster masses; the published value is 1. A smaller
        weight lets clusters differ more in size. "auto" is 0 if training starts from
        the labels of ``init`` and 1 if it does not.
    max_iter : int or None, default=None
        Number of epochs; the published value is 1000, for images. None is 200 for
        images, and for tables and windows as many as make 6 n^(2/3) batches for n rows,
        and at most 10 000.
    {batch_size}
    learning_rate : float, default=1e-3
        Learning rate of Adam; the published value is 3e-4, for 1000 epochs of a
        ResNet.
    {restore_best}
    {n_init}
    {image_shape}
    {window_shape}
    {pair_augmentation}
    {corruption_of_pairs}
    {noise}
    {feature_groups}
    {precision}
    {device}
    {compile}
    {distributed}
    memory : None, str or joblib.Memory, default=None
        Where to cache the trained network, so that the same fit is not repeated.
        Ignored if ``callbacks`` are set. Your own code is identified by name only.
    {checkpoint}
    {callbacks}
    {on_interrupt}
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
    augmentation and of the neighbours, which are searched among these rows.

    If the second copy is a neighbour, ``augmentation="auto"`` is none, and
    ``corruption``, ``noise`` and ``feature_groups`` have no effect; any other
    augmentation changes both copies.

    References
    ----------
    Li, Hu, Liu, Peng, Zhou, Peng, "Contrastive clustering", AAAI 2021.
    https://arxiv.org/abs/2009.09687

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

    projection_dim: Annotated[int, POSITIVE] = 128
    instance_temperature: Annotated[float, POSITIVE_REAL] = 0.5
    cluster_temperature: Annotated[float, POSITIVE_REAL] = 1.0
    instance_weight: Annotated[float, WEIGHT] = 1.0
    cluster_weight: Annotated[float, WEIGHT] = 1.0
    entropy_weight: Annotated[float | str, StrOptions({"auto"}), WEIGHT] = "auto"

    _balances = "entropy_weight"
    _stage = "contrast"

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
            "init": None,
            "n_neighbors": None,
            "entropy_weight": 1.0,
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
        entropy_weight = self._balance(self.entropy_weight)
        if not (self.instance_weight or self.cluster_weight or entropy_weight):
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

    def _copies_loss(
        self, augmentation: Callable | None, neighbors: Neighbors | None
    ) -> Contrast:
        return Contrast(
            augmentation,
            self.instance_temperature,
            self.cluster_temperature,
            self.instance_weight,
            self.cluster_weight,
            self._balance(self.entropy_weight),
            neighbors,
        )
