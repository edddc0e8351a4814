"""DAMC: one code for all views, which critics and clusters shape."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from torch import nn

from skdeepcluster.base.compat import HasMethods, StrOptions
from skdeepcluster.base.docstrings import fill_docstring
from skdeepcluster.base.parameters import COUNT, POSITIVE, POSITIVE_REAL, WEIGHT
from skdeepcluster.multiview.adversary import AdversarialSharpening, code_reconstruction
from skdeepcluster.multiview.base import warn_if_unpaired
from skdeepcluster.multiview.encoders import EncodedViews
from skdeepcluster.networks import SharedCodeNetwork
from skdeepcluster.training import (
    Player,
    Rows,
    Run,
    Stage,
    adam,
    check_clusterer,
    initial_centers,
    renew_batch_norm,
    reseed_empty_clusters,
    resolve_epochs,
)
from skdeepcluster.views.clusterer import MultiViewClusterer, set_cluster_means

#: Default epochs and minimum number of batches, of each stage.
_PRETRAINING = 20, 140
_TRAINING = 20, 70

#: Batches until Adam's moving averages are reliable.
_WARMUP = 100

#: Decay rates of Adam's moving averages for critics.
_CRITIC_BETAS = 0.5, 0.999


@fill_docstring
@dataclass(eq=False, repr=False, kw_only=True)
class DAMC(EncodedViews, MultiViewClusterer):
    """Clustering of several views through one code, with critics.

    Deep adversarial multi-view clustering: an encoder per view, the mean of their
    outputs as the one code of a row, and a decoder per view that reconstructs it from
    this code. After pretraining, k-means places centres among the codes. Then soft
    assignments to the centres are sharpened as in :class:`IDEC`, and a critic per view
    tells rows from reconstructed ones, which encoders and decoders make hard for it.

    Views count alike: none is weighted or left out, and each is scaled and projected on
    up to 50 principal components first. Where some views may show nothing of the
    clusters, :class:`EAMC` and :class:`NeighborClustering` find out.

    A view may be missing for a row, in fit and in predict: it is NaN in its columns.
    The code of the row is then the mean over the views that it has.

    Parameters
    ----------
    {n_clusters}
    {views}
    n_components : int, default=10
        Dimension of the code.
    hidden_layer_sizes : "auto" or tuple of int, default="auto"
        Widths of each encoder's hidden layers, with batch normalisation and ReLU;
        decoders mirror them, without normalisation. "auto" is (256, 256) for up to four
        views and narrower for more, at least 32.
    {view_encoder}
    init : "k-means++" or clusterer, default="k-means++"
        Initial centres: the best of 20 k-means runs on the codes, or the means of the
        clusters found by any scikit-learn clusterer with ``fit_predict``.
    gamma : float, default=0.1
        Weight of the clustering loss; 0 disables it.
    adversarial_weight : float, default=0.1
        Weight of the adversary; 0 disables it.
    critic_learning_rate : float, default=1e-4
        Learning rate of Adam for the critics.
    pretrain_epochs : int or None, default=None
        Number of epochs of reconstruction. None is 20, and at least 140 batches.
    max_iter : int or None, default=None
        Number of epochs of the clustering stage. None is 20, and at least 70 batches.
    {batch_size}
    learning_rate : float, default=1e-3
        Learning rate of Adam. In pretraining it decays linearly to zero; in the
        clustering stage it warms up over the first 100 batches.
    {restore_best}
    n_init : int, default=1
        Number of times the whole method is run with different seeds; the run with the
        smallest ``objective_`` is kept.
    {view_image_shape}
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
    {views_attribute}
    module_ : nn.Module
        The trained network, in evaluation mode.
    history_ : list of dict
        One entry per epoch: stage, epoch, mean of each (weighted) term of the loss,
        their sum as loss, seconds.
    objective_ : float
        Mean squared distance of the rows to the mean of their cluster, in principal
        components scaled so that each view has variance one: the fraction of the
        variance that the clusters leave unexplained. ``score`` is its negative.
    n_iter_ : int
        Number of epochs of the clustering stage.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, if X had string column names.

    See Also
    --------
    EAMC : Latents of views, weighted by attention and aligned by critics.
    NeighborClustering : Views vote on which rows are near.
    skdeepcluster.views.stack_views : Makes one table from one per view.

    References
    ----------
    Li, Wang, Tao, Gao, Yang, "Deep adversarial multi-view clustering network", IJCAI
    2019.

    Examples
    --------
    >>> from skdeepcluster import DAMC
    >>> from skdeepcluster.datasets import make_multiview_blobs
    >>> X, y, views = make_multiview_blobs(100, random_state=0)
    >>> damc = DAMC(3, views=views, hidden_layer_sizes=(32,), random_state=0)
    >>> damc.fit_predict(X).shape
    (100,)
    """

    n_components: Annotated[int, POSITIVE] = 10
    gamma: Annotated[float, WEIGHT] = 0.1
    adversarial_weight: Annotated[float, WEIGHT] = 0.1
    critic_learning_rate: Annotated[float, POSITIVE_REAL] = 1e-4
    init: Annotated[Any, StrOptions({"k-means++"}), HasMethods("fit_predict")] = (
        "k-means++"
    )
    pretrain_epochs: Annotated[int | None, None, COUNT] = None
    max_iter: Annotated[int | None, None, COUNT] = None
    restore_best: Annotated[bool, "boolean"] = False

    _compares_rows = True

    def _check_fit(self, rows: Rows) -> None:
        super()._check_fit(rows)
        if not isinstance(self.init, str):
            check_clusterer(self.init, self.n_clusters)

    def _check_counts(self, n_observed: dict[str, int], n_samples: int) -> None:
        super()._check_counts(n_observed, n_samples)
        warn_if_unpaired(n_observed, n_samples)

    def _build_network(self, rows: Rows) -> SharedCodeNetwork:
        views, encoders, shapes = self._encoded_views(rows)
        hidden = [*reversed(self._hidden_layers())]
        return SharedCodeNetwork(
            views, encoders, shapes, self.n_components, self.n_clusters, hidden
        )

    def _stages(self, network: SharedCodeNetwork, run: Run) -> Iterator[Stage]:
        assert network.decoders is not None
        coders = [*network.encoders.parameters(), *network.decoders.parameters()]
        n_batches = len(run.batches)
        yield Stage(
            "pretrain",
            [Player(code_reconstruction, coders, adam(self.learning_rate))],
            resolve_epochs(self.pretrain_epochs, *_PRETRAINING, n_batches=n_batches),
            decay=True,
            cached=True,
            assigns=False,
        )
        renew_batch_norm(network, run)
        network.set_centers(
            initial_centers(self.init, run.embed(), self.n_clusters, run.random_state)
        )
        training = AdversarialSharpening(
            network, run, self.adversarial_weight, self.gamma
        )
        epochs = resolve_epochs(self.max_iter, *_TRAINING, n_batches=n_batches)
        yield Stage(
            "cluster",
            self._players(network, training, coders),
            # With one cluster there is nothing to train.
            epochs if self.n_clusters > 1 else 0,
            refresh=training.refresh,
            refresh_interval=max(1, n_batches // 2),
            warmup=_WARMUP,
            prepare_scoring=partial(set_cluster_means, network, run.rows),
            objective=self._objective_of_epochs(network, run, _conclude),
            state=training,
            extendable=True,
        )
        network.critics = network.decoders = None
        if not run.restored_best:
            _conclude(network, run)

    def _players(
        self,
        network: SharedCodeNetwork,
        training: AdversarialSharpening,
        coders: list[nn.Parameter],
    ) -> list[Player]:
        parameters = [*coders, network.centers]
        players = [Player(training.network_loss, parameters, adam(self.learning_rate))]
        if self.adversarial_weight:
            assert network.critics is not None
            optimizer = adam(self.critic_learning_rate, _CRITIC_BETAS)
            critics = [*network.critics.parameters()]
            players.append(Player(training.critic_loss, critics, optimizer))
        return players

    def _attributes(self, network: SharedCodeNetwork, run: Run) -> dict[str, Any]:
        centers = network.centers.detach().cpu().numpy().copy()
        return {**super()._attributes(network, run), "cluster_centers_": centers}


def _conclude(network: SharedCodeNetwork, run: Run) -> None:
    """Re-seed clusters that have become empty, and store the means of all."""
    reseed_empty_clusters(network, run.embed())
    set_cluster_means(network, run.rows)
