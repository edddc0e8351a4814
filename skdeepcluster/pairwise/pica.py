"""PICA: clusters whose assignments are certain, and the same for two copies."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from skdeepcluster.base.compat import StrOptions
from skdeepcluster.base.docstrings import fill_docstring
from skdeepcluster.base.parameters import WEIGHT
from skdeepcluster.networks import OverclusteringNetwork
from skdeepcluster.pairwise.copies import CopiesClusterer
from skdeepcluster.pairwise.neighbors import Neighbors
from skdeepcluster.pairwise.partition import PartitionConfidence
from skdeepcluster.training import Rows


@fill_docstring
@dataclass(eq=False, repr=False, kw_only=True)
class PICA(CopiesClusterer):
    """Partition confidence maximisation.

    Two copies of each row of a batch pass through one encoder and are softly assigned
    to clusters. The columns of the assignments, one for each cluster, are compared by
    their cosines: a cluster should have the same rows in both copies, and share none
    with other clusters, which it only does where assignments are certain. An entropy
    term keeps clusters from becoming few.

    As in :class:`ContrastiveClustering`, the copies of an image or a window are two
    augmentations. For tables, the second copy of a row is one of its nearest
    neighbours, and the network is first trained on the labels of k-means. Distances
    decide which rows are near: bring columns to comparable scales first.

    Parameters
    ----------
    {n_clusters}
    n_components : int, default=128
        Dimension of the representation, the encoder's output.
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
    entropy_weight : float or "auto", default="auto"
        Weight of the balance of cluster masses. "auto" is 2, as published, but 0 if
        training starts from the labels of ``init``, so that clusters may differ in
        size.
    max_iter : int or None, default=None
        Number of epochs. None is 200 for images, and for tables and windows as many as
        make 6 n^(2/3) batches for n rows, and at most 10 000.
    {batch_size}
    learning_rate : float, default=1e-3
        Learning rate of Adam.
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
    ContrastiveClustering : Contrasts rows as well.
    IIC : The mutual information of the same two assignments.

    Notes
    -----
    The objective is measured on up to 1024 rows with a fixed random draw of the
    augmentation and of the neighbours, which are searched among these rows.

    References
    ----------
    Huang, Gong, Zhu, "Deep semantic clustering by partition confidence maximisation",
    CVPR 2020.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.preprocessing import scale
    >>> from skdeepcluster import PICA
    >>> X, _ = load_wine(return_X_y=True)
    >>> pica = PICA(n_clusters=3, max_iter=20, random_state=0)
    >>> pica.fit_predict(scale(X)).shape
    (178,)
    """

    entropy_weight: Annotated[float | str, StrOptions({"auto"}), WEIGHT] = "auto"

    _balances = "entropy_weight"
    _from_random_weights = 2.0
    _stage = "confidence"

    def _build_network(self, rows: Rows) -> OverclusteringNetwork:
        return OverclusteringNetwork(
            n_components=self.n_components,
            n_clusters=self.n_clusters,
            n_fine_clusters=0,
            n_heads=1,
            **self._scaled_encoder(rows, final_relu=True),
        )

    def _copies_loss(
        self, augmentation: Callable | None, neighbors: Neighbors | None
    ) -> PartitionConfidence:
        return PartitionConfidence(
            augmentation, self._balance(self.entropy_weight), neighbors
        )
