"""Invariant information clustering: mutual information of paired assignments."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated

import torch

from skdeepcluster.base.compat import StrOptions
from skdeepcluster.base.docstrings import fill_docstring
from skdeepcluster.base.parameters import COUNT, POSITIVE, WEIGHT
from skdeepcluster.networks import OverclusteringNetwork
from skdeepcluster.pairwise.copies import CopiesClusterer
from skdeepcluster.pairwise.information import SharedInformation
from skdeepcluster.pairwise.neighbors import Neighbors
from skdeepcluster.training import Rows, Run, Stage

#: Finer clusters for each cluster: 50 for ten.
_FINE = 5

#: Heads of each kind where training starts from random weights, as published.
_HEADS = 5


@fill_docstring
@dataclass(eq=False, repr=False, kw_only=True)
class IIC(CopiesClusterer):
    """Invariant information clustering.

    Two copies of each row of a batch pass through one encoder and are softly assigned
    to clusters. The mutual information of the two assignments is maximised: the cluster
    of one copy should be known from the other, and clusters should not be few. Other
    heads do the same with more clusters; they make the encoder see more than the
    clusters need, and predictions do without them.

    As in :class:`ContrastiveClustering`, the copies of an image or a window are two
    augmentations, as published. For tables, the second copy of a row is one of its
    nearest neighbours, and the network is first trained on the labels of k-means.
    Distances decide which rows are near: bring columns to comparable scales first.

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
    n_fine_clusters : int or None, default=None
        Clusters of the finer heads; 0 is no such head. None is 5 ``n_clusters``.
    n_heads : int or None, default=None
        Heads of each kind, which start from different weights on one encoder; the one
        whose objective is smallest after training is kept. None is 5, as published, and
        1 where training starts from the labels of ``init``, which are those of one.
    entropy_weight : float or "auto", default="auto"
        Weight of the entropies of the two assignments against that of both together. 1
        is the mutual information, as published, which rewards clusters of equal size;
        at 1/2 sizes do not matter. "auto" is 1/2 if training starts from the labels of
        ``init`` and 1 if it does not.
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
    ContrastiveClustering : Contrasts rows and clusters of the same copies.

    Notes
    -----
    The objective is measured on up to 1024 rows with a fixed random draw of the
    augmentation and of the neighbours, which are searched among these rows.

    References
    ----------
    Ji, Henriques, Vedaldi, "Invariant information clustering for unsupervised image
    classification and segmentation", ICCV 2019.
    https://doi.org/10.1109/ICCV.2019.00996

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.preprocessing import scale
    >>> from skdeepcluster import IIC
    >>> X, _ = load_wine(return_X_y=True)
    >>> iic = IIC(n_clusters=3, max_iter=20, random_state=0)
    >>> iic.fit_predict(scale(X)).shape
    (178,)
    """

    n_fine_clusters: Annotated[int | None, None, COUNT] = None
    n_heads: Annotated[int | None, None, POSITIVE] = None
    entropy_weight: Annotated[float | str, StrOptions({"auto"}), WEIGHT] = "auto"

    _balances = "entropy_weight"
    _without_balance = 0.5
    _stage = "information"

    def _build_network(self, rows: Rows) -> OverclusteringNetwork:
        n_fine = self.n_fine_clusters
        return OverclusteringNetwork(
            n_components=self.n_components,
            n_clusters=self.n_clusters,
            n_fine_clusters=_FINE * self.n_clusters if n_fine is None else n_fine,
            n_heads=self._n_heads(),
            **self._scaled_encoder(rows, final_relu=True),
        )

    def _n_heads(self) -> int:
        if self.n_heads is not None:
            return self.n_heads
        return _HEADS if self._init() is None else 1

    def _stages(self, network: OverclusteringNetwork, run: Run) -> Iterator[Stage]:
        yield from super()._stages(network, run)
        if self._n_heads() == 1:
            return
        measured = self._measured(run.rows)
        assert measured is not None, "rows of a fit are finite"
        loss, batch = measured
        assert isinstance(loss, SharedInformation)
        with torch.no_grad():
            network.keep_head(loss.best_head(network, batch))

    def _copies_loss(
        self, augmentation: Callable | None, neighbors: Neighbors | None
    ) -> SharedInformation:
        return SharedInformation(
            augmentation, self._balance(self.entropy_weight), neighbors
        )
