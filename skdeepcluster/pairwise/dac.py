"""Deep adaptive clustering: are two rows in one cluster? Easy pairs first."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Self

import numpy as np
import torch

from skdeepcluster.augment import Compose, RandomAffine, RandomHorizontalFlip
from skdeepcluster.base.compat import StrOptions
from skdeepcluster.base.docstrings import fill_docstring
from skdeepcluster.base.parameters import COUNT, POSITIVE, SHARE, WEIGHT
from skdeepcluster.losses import (
    balance_loss,
    label_features,
    pair_loss,
    pair_similarities,
)
from skdeepcluster.networks import AdaptiveNetwork
from skdeepcluster.pairwise.base import PairwiseClusterer
from skdeepcluster.pairwise.neighbors import Neighbors
from skdeepcluster.pairwise.pair_selection import PairSelection
from skdeepcluster.training import (
    Loss,
    Player,
    Rows,
    Run,
    Stage,
    fix_batch_norm,
    renew_batch_norm,
    rmsprop,
)

#: Pixels a side from which images have one of the published networks.
_LARGE_IMAGE = 24

#: Rows whose pairs the objective is measured on.
_OBJECTIVE_ROWS = 2048


@fill_docstring
@dataclass(eq=False, repr=False, kw_only=True)
class DAC(PairwiseClusterer):
    """Deep adaptive clustering.

    A network gives each row a label feature, a non-negative vector of unit length.
    Pairs of rows whose features are very similar are labelled as belonging to one
    cluster, very dissimilar pairs as belonging to two, and the network is trained on
    these pseudo-labels of its own; the thresholds move towards each other every epoch
    until no pair is left out.

    The method relies on an initial network that already separates some pairs. An
    untrained convolutional network does so for images and windows of series; an
    untrained network for tables hardly does. There, training starts with a few epochs
    on the labels of k-means (``init``), and pairs of nearest neighbours count as one
    cluster whatever their similarity (``n_neighbors``); their weight falls to zero as
    more pairs are selected. Distances decide which rows are near: bring columns to
    comparable scales first.

    :meth:`published` gives the setting of the paper; its thresholds are also the
    defaults here.

    Parameters
    ----------
    {n_clusters}
    n_components : int or None, default=None
        Dimension of the embedding, the encoder's output. None is ``n_clusters``, as
        published.
    hidden_layer_sizes : tuple of int, default=(128, 128)
        Widths of the fully connected encoder's layers before the last; each layer has
        batch normalisation.
    {pair_encoder}
    n_neighbors : int, None or "auto", default="auto"
        Nearest rows among which a partner of each row is drawn, anew for each batch:
        mutual ones, and the nearest where a row has fewer than 5 of these. None, as
        published, leaves all pairs to their similarity. "auto" is 15 for tables of up
        to 100 000 rows, as all pairs of rows are compared, and None for images and
        windows.
    {pair_init}
    adaptive : bool, default=True
        Whether pairs are selected. False is the ablation DAC* of the paper: all
        pairs from the start, classified by a single threshold that falls from
        ``upper`` to ``final``.
    upper : float, default=0.95
        Similarity from which a pair counts as one cluster in the first epoch, as
        published, for about ten clusters.
    lower : float, default=0.455
        Similarity below which a pair counts as two clusters in the first epoch, as
        published.
    final : float, default=0.5
        Value at which both thresholds meet in the last epoch, as published.
    balance_weight : float or "auto", default="auto"
        Weight of a term that keeps clusters at about equal mass (log K minus the
        entropy of the masses). Not in the paper. "auto" is 0 if training starts from
        the labels of ``init`` and 1 if it does not.
    consistency_weight : float, default=1.0
        Weight of a term that makes an augmented row keep the assignment of the
        original row (in the authors' code, not in the paper).
    augment_pairs : bool or "auto", default="auto"
        Whether pairs of augmented rows are trained on the pseudo-labels of the
        original rows, as in the authors' code, or the original rows on their own, as
        in the paper. "auto" is True for images and windows: it makes seeds agree
        better on images, but not on tables. Without augmentation it has no effect.
    batch_norm : {"auto", "trained", "fixed", "fixed head"}, default="auto"
        Whether batch normalisation has a trained scale and shift in every layer, in
        none, or in the encoder only. Fixed at 1 and 0, the values before the softmax
        cannot grow, so that the network never becomes too sure of its answers. "auto"
        is "fixed" for images of at least 24 pixels a side, whose networks are the
        published ones: clusters are better and seeds agree. Your own encoder is left as
        it is.
    final_relu : bool, default=False
        Whether a ReLU is applied before the softmax. The authors use one for
        MNIST, STL-10 and ImageNet and none for CIFAR.
    max_iter : int, default=46
        Number of epochs, as published.
    {batch_size}
    learning_rate : float, default=1e-3
        Learning rate of RMSprop.
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
        Where to cache the network after its training on the labels of ``init``.
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
    ContrastiveClustering : Learns from pairs of augmented copies.

    Notes
    -----
    The objective is measured on up to 2048 original rows: the loss of all pairs, with
    pseudo-labels at the threshold ``final``, plus the balance term.

    References
    ----------
    Chang, Wang, Meng, Xiang, Pan, "Deep adaptive image clustering", ICCV 2017.
    https://doi.org/10.1109/ICCV.2017.626

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.preprocessing import scale
    >>> from skdeepcluster import DAC
    >>> X, _ = load_wine(return_X_y=True)
    >>> dac = DAC(n_clusters=3, random_state=0)
    >>> dac.fit_predict(scale(X)).shape
    (178,)
    """

    n_components: Annotated[int | None, None, POSITIVE] = None
    hidden_layer_sizes: Annotated[Sequence[int], "array-like"] = (128, 128)
    adaptive: Annotated[bool, "boolean"] = True
    upper: Annotated[float, SHARE] = 0.95
    lower: Annotated[float, SHARE] = 0.455
    final: Annotated[float, SHARE] = 0.5
    balance_weight: Annotated[float | str, StrOptions({"auto"}), WEIGHT] = "auto"
    consistency_weight: Annotated[float, WEIGHT] = 1.0
    augment_pairs: Annotated[bool | str, "boolean", StrOptions({"auto"})] = "auto"
    batch_norm: Annotated[
        str, StrOptions({"auto", "trained", "fixed", "fixed head"})
    ] = "auto"
    final_relu: Annotated[bool, "boolean"] = False
    max_iter: Annotated[int, COUNT] = 46

    _balances = "balance_weight"

    @classmethod
    def published(
        cls,
        n_clusters: int,
        *,
        image_shape: tuple[int, int, int] | None = None,
        **parameters: Any,
    ) -> Self:
        """The setting of the paper, which starts from an untrained network.

        Parameters
        ----------
        n_clusters : int
        image_shape : tuple (channels, height, width) or None, default=None
            Three channels give the setting for CIFAR-10, with pixels in [0, 1]:
            thresholds and epochs of the paper; augmentation, consistency and batch
            size of the authors' code. Anything else gives the setting for MNIST.
        **parameters
            Any other parameters; they override the published values.

        Returns
        -------
        estimator : DAC
        """
        setting: dict[str, Any] = {
            "init": None,
            "n_neighbors": None,
            "balance_weight": 0,
            "image_shape": image_shape,
        }
        if image_shape is not None and image_shape[0] == 3:
            warp = RandomAffine(image_shape, degrees=20, shift=0.18, zoom=0.15)
            flip = RandomHorizontalFlip(image_shape)
            setting |= {
                "augmentation": Compose((warp, flip)),
                "batch_size": 32,
                "batch_norm": "trained",
            }
        else:
            setting |= {
                "consistency_weight": 0,
                "final_relu": True,
                "batch_norm": "fixed",
                "augmentation": None,
                "batch_size": 128,
            }
        return cls(n_clusters, **{**setting, **parameters})

    def _embedding_dim(self, n_features: int) -> int:
        return self.n_components or self.n_clusters

    def _check_fit(self, rows: Rows) -> None:
        super()._check_fit(rows)
        lower = self.lower if self.adaptive else self.final  # DAC* has one threshold
        if not lower <= self.final <= self.upper:
            raise ValueError(
                "lower <= final <= upper is needed, got "
                f"lower={self.lower}, final={self.final}, upper={self.upper}."
            )

    def _build_network(self, rows: Rows) -> AdaptiveNetwork:
        network = AdaptiveNetwork(
            n_components=self._embedding_dim(rows.n_features),
            n_clusters=self.n_clusters,
            final_relu=self.final_relu,
            **self._scaled_encoder(rows, final_relu=False),
        )
        batch_norm = self.batch_norm
        if batch_norm == "auto":
            shape = self._image_shape()
            large = shape is not None and min(shape[1:]) >= _LARGE_IMAGE
            batch_norm = "fixed" if large else "trained"
        if batch_norm != "trained":
            fix_batch_norm(network.head)
        if batch_norm == "fixed" and isinstance(self.encoder, str | None):
            fix_batch_norm(network.encoder)
        return network

    def _stages(self, network: AdaptiveNetwork, run: Run) -> Iterator[Stage]:
        if self.n_clusters > 1:  # else all pairs are already equal
            augmentation = self._augmentation(run.rows, run.random_state)
            neighbors = self._neighbors(run.rows)
            yield from self._pretraining(network, run, augmentation, neighbors)
            yield self._adaptation(network, run, augmentation, neighbors)
        if not run.restored_best:
            renew_batch_norm(network, run)

    def _adaptation(
        self,
        network: AdaptiveNetwork,
        run: Run,
        augmentation: Callable | None,
        neighbors: Neighbors | None,
    ) -> Stage:
        selection = self._pair_selection(augmentation, neighbors)
        return Stage(
            "adapt",
            [self._player(network, selection.loss)],
            epochs=self.max_iter,
            warmup=self._warmup(run),
            refresh=selection.refresh,
            refresh_interval=len(run.batches),
            objective=self._objective_of_epochs(network, run, renew_batch_norm),
            state=selection,
        )

    def _pair_selection(
        self, augmentation: Callable | None, neighbors: Neighbors | None
    ) -> PairSelection:
        return PairSelection(
            self.max_iter,
            self.upper,
            self.lower if self.adaptive else self.upper,
            self.final,
            self._balance(self.balance_weight),
            self.consistency_weight,
            augmentation,
            self._augments_pairs(),
            neighbors,
        )

    def _player(self, network: AdaptiveNetwork, loss: Loss) -> Player:
        trained = [p for p in network.parameters() if p.requires_grad]
        return Player(loss, trained, rmsprop(self.learning_rate))

    def _augments_pairs(self) -> bool:
        if self.augment_pairs == "auto":
            return self._row_shape() is not None
        return bool(self.augment_pairs)

    def _objective(self, network: AdaptiveNetwork, rows: Rows) -> float:
        x = rows.sample(_OBJECTIVE_ROWS, np.random.RandomState(0))
        with torch.no_grad():
            a = network(x)
            g = pair_similarities(label_features(a))
            pairs = pair_loss(g, self.final, self.final)
            balance = balance_loss(a.softmax(1))
            return float(pairs + self._balance(self.balance_weight) * balance)
