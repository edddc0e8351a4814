"""DCCA: embeddings of several views that are as correlated as possible."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from torch import nn

from skdeepcluster.base.docstrings import fill_docstring
from skdeepcluster.base.parameters import COUNT, POSITIVE, WEIGHT
from skdeepcluster.multiview.correlation import (
    Correlation,
    measured_correlations,
    set_variates,
)
from skdeepcluster.multiview.encoders import EncodedViews
from skdeepcluster.networks import MLP, CanonicalNetwork
from skdeepcluster.training import (
    Player,
    Rows,
    Run,
    Stage,
    adam,
    renew_batch_norm,
    resolve_epochs,
)

#: Default epochs and minimum number of batches.
_EPOCHS = 20, 140


@fill_docstring
@dataclass(eq=False, repr=False, kw_only=True)
class DCCA(EncodedViews):
    """Embedding of what several views of a row share, by deep canonical correlation.

    An encoder per view is trained so that the latents of the views are as correlated as
    possible, in as many uncorrelated directions as there are components. Of two views
    this is deep canonical correlation analysis; of more, the generalised one. Rows are
    embedded as the mean of the canonical variates of their views. A clusterer such as
    :class:`~sklearn.cluster.KMeans` comes after it.

    Networks can correlate anything on the rows that they are trained on. Against this,
    decoders reconstruct each view from its latent, as in deep canonically correlated
    auto-encoders, and encoders see views with noise; ``reconstruction_weight=0`` and
    ``noise=0`` leave the plain method. Views are projected on up to 50 principal
    components first.

    What a single view shows is lost: where clusters are visible in one of the views
    only, :class:`NeighborClustering` and :class:`EAMC` find them.

    A view may be missing for a row, in fit and in transform: it is NaN in its columns.
    The row then lies where the views that it has say.

    Parameters
    ----------
    {views}
    n_components : int, default=20
        Number of variates. Too many harm little, because embeddings are the shorter in
        a direction the less views agree there; too few leave no room beside what is
        reconstructed.
    hidden_layer_sizes : "auto" or tuple of int, default="auto"
        Widths of each encoder's hidden layers, with batch normalisation and ReLU.
        "auto" is (256, 256) for up to four views and narrower for more, at least 32.
        Decoders have one hidden layer, of the first of the widths.
    {view_encoder}
    ridge : float, default=0.1
        Regularisation of the covariances of each view, as a multiple of the mean
        variance of its latents.
    reconstruction_weight : float, default=30.0
        Weight of the reconstruction, the sum over views of mean squared errors, against
        the sum of correlations.
    noise : float, default=0.5
        Standard deviation of the noise in training, as a multiple of that of the view.
    max_iter : int or None, default=None
        Number of epochs. None is 20, and at least 140 batches.
    {batch_size}
    learning_rate : float, default=1e-3
        Learning rate of Adam.
    {n_init}
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
    correlations_ : ndarray of shape (n_components,)
        Canonical correlations on the training rows, with the ridge, in descending
        order; of more than two views, means over pairs of views.
    {views_attribute}
    module_ : nn.Module
        The trained network, in evaluation mode.
    history_ : list of dict
        One entry per epoch: stage, epoch, mean of each (weighted) term of the loss,
        their sum as loss, seconds.
    objective_ : float
        Minus the mean correlation of the variates between views, on all training rows.
        ``score`` is its negative; of a single row it is 0.
    n_iter_ : int
        Number of epochs.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, if X had string column names.

    See Also
    --------
    CoMVC : Views aligned and clustered by one network.
    NeighborClustering : Clusters of several views, of any shape.
    skdeepcluster.views.stack_views : Makes one table from one per view.

    References
    ----------
    Andrew, Arora, Bilmes, Livescu, "Deep canonical correlation analysis", ICML 2013.

    Wang, Arora, Livescu, Bilmes, "On deep multi-view representation learning", ICML
    2015.

    Benton et al., "Deep generalized canonical correlation analysis", 2017,
    arXiv:1702.02519.

    Examples
    --------
    >>> from sklearn.cluster import KMeans
    >>> from sklearn.pipeline import make_pipeline
    >>> from skdeepcluster import DCCA
    >>> from skdeepcluster.datasets import make_multiview_blobs
    >>> X, y, views = make_multiview_blobs(200, random_state=0)
    >>> dcca = DCCA(n_components=2, views=views, random_state=0)
    >>> make_pipeline(dcca, KMeans(3, random_state=0)).fit_predict(X).shape
    (200,)
    """

    n_components: Annotated[int, POSITIVE] = 20
    ridge: Annotated[float, WEIGHT] = 0.1
    reconstruction_weight: Annotated[float, WEIGHT] = 30.0
    noise: Annotated[float, WEIGHT] = 0.5
    max_iter: Annotated[int | None, None, COUNT] = None

    _compares_rows = True

    def _check_fit(self, rows: Rows) -> None:
        super()._check_fit(rows)
        if len(rows) < 2:
            raise ValueError(
                "DCCA compares rows with others: n_samples=1 is not enough."
            )
        if len(self.views_) == 1:
            warnings.warn(
                "DCCA relates views to each other, and X has one view: nothing is "
                "learned. Say with views= which columns form which view.",
                UserWarning,
                stacklevel=2,
            )

    def _build_network(self, rows: Rows) -> CanonicalNetwork:
        views, encoders, shapes = self._encoded_views(rows)
        network = CanonicalNetwork(views, encoders, shapes, self.n_components)
        if self.reconstruction_weight:
            hidden = [self.n_components, *self._hidden_layers()[:1]]
            network.decoders = nn.ModuleList(MLP([*hidden, w]) for w in views.widths)
        return network

    def _stages(self, network: CanonicalNetwork, run: Run) -> Iterator[Stage]:
        loss = Correlation(self.ridge, self.reconstruction_weight, self.noise)
        player = Player(loss, [*network.parameters()], adam(self.learning_rate))
        epochs = resolve_epochs(self.max_iter, *_EPOCHS, n_batches=len(run.batches))
        update = partial(set_variates, network, run, self.ridge)
        yield Stage(
            "correlate",
            [player],
            epochs,
            cached=True,
            prepare_scoring=update,
            extendable=True,
        )
        network.decoders = None
        renew_batch_norm(network, run)
        update()

    def _objective(self, network: CanonicalNetwork, rows: Rows) -> float:
        return -float(measured_correlations(network, rows).mean())

    def _attributes(self, network: CanonicalNetwork, run: Run) -> dict[str, Any]:
        correlations = network.correlations.cpu().numpy().copy()
        return {**super()._attributes(network, run), "correlations_": correlations}
