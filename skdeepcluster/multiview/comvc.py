"""CoMVC: views fused by learned weights, contrasted with other clusters."""

from dataclasses import dataclass
from typing import Annotated, Any, Self

from skdeepcluster.base.docstrings import fill_docstring
from skdeepcluster.base.parameters import POSITIVE_REAL, WEIGHT
from skdeepcluster.multiview.base import FusedClusterer
from skdeepcluster.multiview.contrast import ContrastiveFusion
from skdeepcluster.networks import FusedNetwork, SharedWeights
from skdeepcluster.training import Player, Run, adam


@fill_docstring
@dataclass(eq=False, repr=False, kw_only=True)
class CoMVC(FusedClusterer):
    """Clustering of several views with learned weights and selective contrast.

    Contrastive multi-view clustering: an encoder per view, a weighted mean of the
    latents with one learned weight per view, and a head that is trained, as in
    :class:`EAMC`, for clusters that are separated under the Gaussian kernel of its
    hidden layer. Views are aligned by a contrastive loss: the latents of a row find
    each other among latents of rows of other clusters. Aligning a view that shows
    nothing would cost what the others show, so the loss counts as much as the smallest
    of the weights. Without it (``contrast_weight=0``) this is SiMVC of the same paper.

    By default, two steps that are **not part of the published method** come first, as
    in :class:`EAMC`: pretraining by the votes of the views on what is near
    (``pretrain``), and training of the head alone (``init``). Batch normalisation in
    the encoders is also ours. Most of the quality comes from these changes; see
    ``docs/methods/comvc.md``. :meth:`published` gives the setting of the paper.

    A view may be missing for a row, in fit and in predict: it is NaN in its columns.
    The row is then fused from the views that it has.

    Parameters
    ----------
    {n_clusters}
    {views}
    n_components : int, default=64
        Dimension of the latents. The published value is 256.
    hidden_layer_sizes : "auto" or tuple of int, default="auto"
        Widths of each encoder's layers before the last; every layer is followed by
        ReLU. "auto" is (256, 256) for up to four views and narrower for more, at least
        32; with ``pretrain=None`` it is (512, 512), as published.
    {view_encoder}
    batch_norm : bool, default=True
        Whether encoder layers have batch normalisation. Without it, weights are
        initialised by He's normal distribution, as published.
    head_units : int, default=100
        Width of the clustering head's hidden layer, as published.
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
        The form of D_reg. "coassignment" penalises rows that share a cluster, as
        published, "orthogonality" the overlap of the columns of the assignments.
    contrast_weight : float, default=0.1
        Weight delta of the contrastive loss, as published for most data; 0 disables it.
        It is multiplied by the smallest weight of a view.
    contrast_temperature : float, default=0.1
        Temperature of the contrastive loss, as published.
    pretrain : "neighbors" or None, default="neighbors"
        How encoders are pretrained. "neighbors": views are projected on 50 principal
        components, their nearest rows vote, and fused latents of near rows are pulled
        together. None: not at all, and views are not projected.
    n_neighbors : int, default=15
        Nearest rows of each row in each view, which have votes. Clusters of fewer rows
        on average have fewer.
    metric : {"auto", "euclidean", "cosine"}, default="auto"
        How near rows are. "auto" compares views without negative values and with at
        least as many zeros as others, such as term counts, by "cosine"; the scale of
        a row then does not matter in such a view.
    pretrain_epochs : int or None, default=None
        Number of pretraining epochs. None is as many as make 6 n^(2/3) batches for n
        rows, at most 10 000. 0 skips the pretraining.
    init : "auto", "k-means++", clusterer or None, default="auto"
        The clusterer of the fused latents on whose labels the head is first trained:
        k-means, any scikit-learn clusterer with ``fit_predict``, or none. "auto"
        chooses among many by the views' votes, as :class:`NeighborClustering` does; if
        there are none, it is k-means.
    max_iter : int or None, default=None
        Number of epochs of the clustering stage. None is 20, and at least 140 batches.
    clip_norm : float or None, default=0.5
        Largest norm of the gradient. The published value is 5.
    {batch_size}
    learning_rate : float, default=1e-3
        Learning rate of Adam, as published.
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
        Learned weight of each view in the fused latent, in the order of ``views_``; 0
        for a view without votes. They start equal, and change little in a short fit.
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
        ``score`` is its negative.
    n_iter_ : int
        Number of epochs of the clustering stage.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, if X had string column names.

    See Also
    --------
    EAMC : The same head; views are weighted by attention and aligned by critics.
    NeighborClustering : The same votes alone.
    skdeepcluster.views.stack_views : Makes one table from one per view.

    References
    ----------
    Trosten, Løkse, Jenssen, Kampffmeyer, "Reconsidering representation alignment for
    multi-view clustering", CVPR 2021.
    https://doi.org/10.1109/CVPR46437.2021.00131

    Examples
    --------
    >>> from skdeepcluster import CoMVC
    >>> from skdeepcluster.datasets import make_multiview_blobs
    >>> X, y, views = make_multiview_blobs(100, random_state=0)
    >>> comvc = CoMVC(3, views=views, hidden_layer_sizes=(32,), random_state=0)
    >>> comvc.fit(X).view_weights_.shape
    (2,)
    """

    contrast_weight: Annotated[float, WEIGHT] = 0.1
    contrast_temperature: Annotated[float, POSITIVE_REAL] = 0.1

    _published_widths = 512, 512

    @classmethod
    def published(cls, n_clusters: int, **parameters: Any) -> Self:
        """The setting of the authors' code for views that are tables.

        For one of their data sets, CCV, the authors have ``contrast_weight=20``; for
        some they lower the learning rate after 50 epochs, which this does not. They
        keep the best of 20 runs by D_sc.

        Parameters
        ----------
        n_clusters : int
        **parameters
            Any other parameters; they override the published values.

        Returns
        -------
        estimator : CoMVC
        """
        setting = {
            "pretrain": None,
            "init": None,
            "batch_norm": False,
            "n_components": 256,
            "batch_size": 100,
            "max_iter": 100,
            "clip_norm": 5.0,
        }
        return cls(n_clusters, **{**setting, **parameters})

    def _attention(self) -> SharedWeights:
        return SharedWeights(len(self.views_))

    def _players(self, network: FusedNetwork, run: Run) -> list[Player]:
        voting = network.votes.nonzero()[:, 0].tolist()
        loss = ContrastiveFusion(
            {
                **self._clustering_weights(),
                "contrast": self.contrast_weight if len(voting) > 1 else 0.0,
            },
            self.kernel_width,
            self.regularizer,
            self.contrast_temperature,
            voting,
        )
        parameters = [*network.parameters()]
        optimizer = adam(self.learning_rate)
        return [Player(loss, parameters, optimizer, clip_norm=self.clip_norm)]
