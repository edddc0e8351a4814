"""EAMC: views of one row, weighted by attention, clustered together."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from numbers import Real
from typing import Annotated, Any, Self

from torch import nn

from skdeepcluster.base.compat import Interval, StrOptions
from skdeepcluster.base.docstrings import fill_docstring
from skdeepcluster.base.parameters import COUNT, POSITIVE_REAL, WEIGHT
from skdeepcluster.multiview.base import FusedClusterer
from skdeepcluster.multiview.fusion import AdversarialFusion
from skdeepcluster.multiview.pretraining import (
    CrossViewReconstruction,
    is_complete,
    reconstruction_stage,
)
from skdeepcluster.neighbors import NeighborGraph
from skdeepcluster.networks import MLP, Attention, Critics, FusedNetwork
from skdeepcluster.training import Player, Rows, Run, Stage, adam

#: Published decay rates of Adam's moving averages, for encoders and for critics.
_BETAS = 0.95, 0.999
_CRITIC_BETAS = 0.5, 0.999


@fill_docstring
@dataclass(eq=False, repr=False, kw_only=True)
class EAMC(FusedClusterer):
    """Clustering of rows that are observed in several views.

    End-to-end adversarial-attention multi-modal clustering: an encoder per view,
    attention that fuses the latents of the views into a weighted mean, and a clustering
    head. Its loss asks for clusters that are separated under the Gaussian kernel of the
    head's hidden layer and for assignments near the corners of the simplex. Critics
    align the distributions of the views' latents.

    On its own, that objective is quickly satisfied by poor clusters. By default, two
    steps that are **not part of the published method** come first: pretraining, in
    which fused latents of near rows are pulled together, where the views have voted on
    what is near (``pretrain``, as in :class:`NeighborClustering`), and training of
    the head alone, on clusters of the fused latents (``init``). Views that show nothing
    of the clusters of the others lose their votes, and their attention. Where the
    method's own objective then tears near rows apart, as it does with clusters of
    unequal size, the network is kept as it was before. Batch normalisation and
    ``regularizer="coassignment"`` are also ours, and the weight of the adversary is
    small. Most of the quality comes from these changes; see ``docs/methods/eamc.md``
    for the ablation.

    :meth:`published` gives the setting of the paper.

    A view may be missing for a row, in fit and in predict: it is NaN in its columns.
    The row is then fused from the views that it has.

    Parameters
    ----------
    {n_clusters}
    {views}
    n_components : int, default=64
        Dimension of the latents. The published value is 500.
    hidden_layer_sizes : "auto" or tuple of int, default="auto"
        Widths of each encoder's layers before the last; every layer is followed by
        ReLU. "auto" is (256, 256) for up to four views and narrower for more, at least
        32; with ``pretrain="reconstruction"`` it is (200, 200), as published, and
        decoders have one hidden layer, of the first of the widths.
    {view_encoder}
    batch_norm : bool, default=True
        Whether encoder layers have batch normalisation. Without it, weights are
        initialised by He's normal distribution, as published.
    head_units : int, default=100
        Width of the clustering head's hidden layer, as published.
    reference_view : int or str, default=0
        The view, by number or name, with which the critics compare every other view.
    temperature : float, default=10.0
        Temperature of the attention's softmax over views, as published; it keeps the
        weights close to equal. At 0.1 the weights distinguish informative views from
        noise; ``inf`` disables the attention.
    kernel_width : float, default=0.15
        Squared width of each kernel, as a multiple of the median squared distance
        in the batch, as published.
    separation_weight : float, default=1.0
        Weight of D_sc, which makes clusters separated and compact.
    simplex_weight : float, default=1.0
        Weight of D_sim, which moves assignments to the corners of the simplex.
    regularization_weight : float, default=1.0
        Weight of D_reg.
    regularizer : {"coassignment", "orthogonality"}, default="coassignment"
        The form of D_reg. "coassignment" penalises rows that share a cluster (deep
        divergence-based clustering), "orthogonality" the overlap of the columns of
        the assignments (published for EAMC; it does not prevent empty clusters).
    attention_weight : float, default=1.0
        Weight of L_att, which makes the similarities of rows in the fused latent
        match those in the views.
    attention_reduction : {"mean", "sum"}, default="mean"
        How L_att is reduced over the pairs of a batch. The published sum dominates
        the other terms once clusters sharpen.
    adversarial_weight : float, default=0.1
        Weight gamma of the adversary; 0 disables it and is a quarter faster. The
        published value is 10; values of 1 and above make results worse.
    critic_learning_rate : float, default=1e-4
        Learning rate of Adam for the critics. The published value is 2e-5.
    attention_learning_rate : float or None, default=None
        Learning rate of the attention; None is ``learning_rate``.
    pretrain : {"neighbors", "reconstruction"}, default="neighbors"
        How encoders are pretrained. "neighbors": views are projected on 50 principal
        components, their nearest rows vote, and fused latents of near rows are pulled
        together. "reconstruction": a decoder reconstructs each view from its latent,
        and the latents of one row are weakly pulled together.
    n_neighbors : int, default=15
        Nearest rows of each row in each view, which have votes. Clusters of fewer rows
        on average have fewer.
    metric : {"auto", "euclidean", "cosine"}, default="auto"
        How near rows are. "auto" compares views without negative values and with at
        least as many zeros as others, such as term counts, by "cosine"; the scale of
        a row then does not matter in such a view.
    pretrain_epochs : int or None, default=None
        Number of pretraining epochs. None is as many as make 6 n^(2/3) batches for n
        rows, at most 10 000; for "reconstruction" 10, and at least 70 batches. 0 skips
        the pretraining.
    contrast_weight : float, default=0.1
        Weight, with ``pretrain="reconstruction"``, of the contrastive loss that pulls
        together the latents of a row across views. A larger weight helps if views agree
        and harms if a view cannot distinguish some of the clusters.
    contrast_temperature : float, default=0.5
        Temperature of that contrastive loss.
    init : "auto", "k-means++", clusterer or None, default="auto"
        The clusterer of the fused latents on whose labels the head is first trained:
        k-means, any scikit-learn clusterer with ``fit_predict``, or none. "auto"
        chooses among many by the views' votes, as :class:`NeighborClustering` does; if
        there are none, it is k-means.
    max_iter : int or None, default=None
        Number of epochs of the clustering stage. None is 20, and at least 140 batches.
    clip_norm : float or None, default=0.5
        Largest norm of the encoders' gradient, as published.
    {batch_size}
    learning_rate : float, default=1e-3
        Learning rate of Adam. The published value is 6e-5, for 500 epochs.
    {restore_best}
    n_init : int, default=1
        Number of times the whole method is run with different seeds; the run with the
        smallest ``objective_`` is kept.
    {view_image_shape}
    {precision}
    {device}
    {compile}
    {distributed}
    memory : None, str or joblib.Memory, default=None
        Where to cache the pretrained networks, so that a grid search over
        parameters of the clustering stage pretrains only once. Ignored if
        ``callbacks`` are set. Your own code is identified by name only.
    {checkpoint}
    {callbacks}
    {on_interrupt}
    {verbose}
    {random_state}

    Attributes
    ----------
    {labels_attribute}
    view_weights_ : ndarray of shape (n_views,)
        Weight of each view in the fused latent, in the order of ``views_``: the mean
        attention over the training rows, 0 for a view without votes. It is fixed after
        fit, so that the prediction of a row does not depend on the other rows. At the
        default temperature the attention is nearly equal.
    view_agreement_ : ndarray of shape (n_views, n_views)
        How often the neighbours of a row in one view are so in another: 0 for chance, 1
        for what views with the same clusters have at least. Only after
        ``pretrain="neighbors"``.
    {views_attribute}
    module_ : nn.Module
        The trained network, in evaluation mode.
    history_ : list of dict
        One entry per epoch: stage, epoch, mean of each (weighted) term of the loss,
        their sum as loss, seconds.
    objective_ : float
        Mean squared distance of the rows to the mean of their cluster, in columns (with
        ``pretrain="neighbors"`` the principal components) scaled so that each view has
        variance one: the fraction of the variance that the clusters leave unexplained.
        It distinguishes good from bad runs, which the clustering loss does not.
        ``score`` is its negative.
    n_iter_ : int
        Number of epochs of the clustering stage.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, if X had string column names.

    See Also
    --------
    NeighborClustering : The same votes, without attention and adversary.
    skdeepcluster.views.stack_views : Makes one table from one per view.
    skdeepcluster.plotting.ViewAgreementDisplay : Which views tell the same story.

    References
    ----------
    Zhou, Shen, "End-to-end adversarial-attention network for multi-modal
    clustering", CVPR 2020.

    Kampffmeyer et al., "Deep divergence-based approach to clustering", Neural
    Networks 2019.

    Examples
    --------
    >>> from skdeepcluster import EAMC
    >>> from skdeepcluster.datasets import make_multiview_blobs
    >>> X, y, views = make_multiview_blobs(200, random_state=0)
    >>> eamc = EAMC(n_clusters=3, views=views, random_state=0).fit(X)
    >>> eamc.view_weights_.shape
    (2,)
    """

    reference_view: Annotated[int | str, COUNT, str] = 0
    temperature: Annotated[float, Interval(Real, 1e-3, None, closed="both")] = 10.0
    attention_weight: Annotated[float, WEIGHT] = 1.0
    attention_reduction: Annotated[str, StrOptions({"mean", "sum"})] = "mean"
    adversarial_weight: Annotated[float, WEIGHT] = 0.1
    critic_learning_rate: Annotated[float, POSITIVE_REAL] = 1e-4
    attention_learning_rate: Annotated[float | None, None, POSITIVE_REAL] = None
    pretrain: Annotated[str, StrOptions({"neighbors", "reconstruction"})] = "neighbors"
    contrast_weight: Annotated[float, WEIGHT] = 0.1
    contrast_temperature: Annotated[float, POSITIVE_REAL] = 0.5

    _published_widths = 200, 200

    @classmethod
    def published(cls, n_clusters: int, **parameters: Any) -> Self:
        """The setting of the authors' code for views that are tables.

        The authors scale each view to [0, 1], by one minimum and one maximum; for views
        that are images they have ``learning_rate=1e-5`` and
        ``critic_learning_rate=1e-3``.

        Parameters
        ----------
        n_clusters : int
        **parameters
            Any other parameters; they override the published values.

        Returns
        -------
        estimator : EAMC
        """
        setting = {
            "pretrain": "reconstruction",
            "pretrain_epochs": 0,
            "init": None,
            "batch_norm": False,
            "regularizer": "orthogonality",
            "attention_reduction": "sum",
            "adversarial_weight": 10,
            "n_components": 500,
            "batch_size": 100,
            "max_iter": 500,
            "learning_rate": 6e-5,
            "attention_learning_rate": 1e-4,
            "critic_learning_rate": 2e-5,
        }
        return cls(n_clusters, **{**setting, **parameters})

    def _check_fit(self, rows: Rows) -> None:
        super()._check_fit(rows)
        self._view_number("reference_view")

    # -- network -----------------------------------------------------------------------

    def _attention(self) -> Attention:
        return Attention(len(self.views_), self.n_components, self.temperature)

    def _fused_network(self, rows: Rows) -> FusedNetwork:
        network = super()._fused_network(rows)
        if self.pretrain == "reconstruction":
            # Weaker than the encoders: one hidden layer.
            hidden = [self.n_components, *self._hidden_layers()[:1]]
            network.decoders = nn.ModuleList(
                MLP([*hidden, width]) for width in network.views.widths
            )
        network.critics = Critics(len(self.views_) - 1, self.n_components)
        return network

    # -- recipe ------------------------------------------------------------------------

    def _stages(self, network: FusedNetwork, run: Run) -> Iterator[Stage]:
        yield from super()._stages(network, run)
        network.critics = None

    def _pretraining(
        self, network: FusedNetwork, run: Run
    ) -> Generator[Stage, None, NeighborGraph | None]:
        if self.pretrain == "reconstruction" and self.pretrain_epochs != 0:
            yield reconstruction_stage(
                network,
                run,
                CrossViewReconstruction(
                    self.contrast_weight, self.contrast_temperature, is_complete(run)
                ),
                epochs=self.pretrain_epochs,
                learning_rate=self.learning_rate,
                clip_norm=self.clip_norm,
            )
        network.decoders = None
        graph = yield from super()._pretraining(network, run)
        return graph

    def _players(self, network: FusedNetwork, run: Run) -> list[Player]:
        several = len(self.views_) > 1
        fusion = AdversarialFusion(
            {
                **self._clustering_weights(),
                "attention": self.attention_weight if several else 0.0,
                "adversarial": self.adversarial_weight if several else 0.0,
            },
            self.kernel_width,
            self.regularizer,
            self.attention_reduction,
            self._view_number("reference_view"),
            is_complete(run),
        )
        assert network.critics is not None
        critics = [*network.critics.parameters()]
        ids = {id(p) for p in critics}
        attention = [*network.attention.parameters()]
        players = [
            Player(
                fusion.encoder_loss,
                [p for p in network.parameters() if id(p) not in ids],
                adam(self.learning_rate, _BETAS),
                learning_rates=[
                    (attention, self.attention_learning_rate or self.learning_rate)
                ],
                clip_norm=self.clip_norm,
            )
        ]
        if fusion.weights["adversarial"]:
            optimizer = adam(self.critic_learning_rate, _CRITIC_BETAS)
            players.append(Player(fusion.critic_loss, critics, optimizer))
        return players
