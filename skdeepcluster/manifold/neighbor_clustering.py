"""Neighbour clustering: a map on which near rows are near, and its clusters."""

import math
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any

import numpy as np
import torch
from torch import Tensor

from skdeepcluster.base.docstrings import fill_docstring
from skdeepcluster.base.parameters import (
    AT_MOST_HALF,
    COUNT,
    POSITIVE,
    POSITIVE_REAL,
    PRECISION,
)
from skdeepcluster.manifold.base import NeighborMap
from skdeepcluster.manifold.boundaries import with_kmeans_boundaries
from skdeepcluster.manifold.noise import without_isolated
from skdeepcluster.manifold.refinement import RefinementLoss, vote
from skdeepcluster.manifold.view_boundaries import with_round_boundaries
from skdeepcluster.maps import (
    MapLoss,
    cut_map,
    draw_seed,
    elected_graph,
    projected_table,
)
from skdeepcluster.neighbors import (
    NeighborGraph,
    assortativity,
    default_epochs,
    fast_epochs,
    neighbor_counts,
    neighbor_stage,
    shares,
)
from skdeepcluster.networks import (
    PartitionedNetwork,
    PrincipalComponents,
    ProjectedViews,
    ViewEncoder,
    observed_tables,
)
from skdeepcluster.training import (
    Loss,
    Player,
    Rows,
    Run,
    Stage,
    adam,
    number_by_hints,
    renew_batch_norm,
)

#: Learning rates of several encoders or one's own, and of the network of a table: with
#: four times the rate, half the batches do. Encoders of views end worse for it.
_RATE, _HIGH_RATE = 2e-3, 8e-3

#: Epochs of the refinement, as a share of those of the map.
_REFINEMENT = 0.3

#: Rows on which the objective is measured.
_MEASURED_ROWS = 5000


@fill_docstring
@dataclass(eq=False, repr=False, kw_only=True)
class NeighborClustering(NeighborMap):
    """Clusters of any shape and size, on a map that keeps near rows near.

    A network learns to embed the table such that rows lie next to their nearest
    neighbours and away from all others, as t-SNE and UMAP do; being a network, it also
    embeds new rows. The map is then cut into clusters: many partitions are proposed,
    by k-means, mixtures, linkage and spectral clustering, and the one is taken that
    keeps neighbours on the map together best. No labels and no prior on the sizes of
    clusters enter.

    Where columns come from several sources (``views``), neighbours are searched in each
    view, and views vote: the neighbours of a row are those that most views confirm. A
    view that tells nothing of the clusters of the others loses its vote. A row may lack
    views, in fit and in predict: they are NaN in their columns.

    Distances decide which rows are near: bring columns to comparable scales first, for
    example by :class:`~sklearn.preprocessing.StandardScaler`. In a table of up to 200
    columns, those that are independent of all others are left out, and one-hot and
    yes/no columns count by what the other columns say of them, so that clusters are not
    split by the answers to a question.

    Parameters
    ----------
    n_clusters : int or None, default=8
        Number of clusters. None finds it: as many as are separate on the map.
    views : None, int, "prefix", list or dict, default=None
        Which columns form which view; None is one table. An int splits the columns into
        that many blocks. A list holds the width of each block, or for each view a
        slice, column numbers, a boolean mask or column names; a dict maps the name of
        each view to one of these. "prefix" takes the part of each column's name before
        ``__``, as written by :class:`~sklearn.compose.ColumnTransformer` with
        ``set_output``. Columns in no view are ignored, but must be numeric too.
    n_components : int, default=10
        Dimension of the map; 2 gives a picture.
    hidden_layer_sizes : "auto" or tuple of int, default="auto"
        Widths of the encoder's hidden layers, with batch normalisation and ReLU. "auto"
        is (512, 512) for one table; each view has two layers, of 256 if there are up to
        four views and narrower for more, at least 32.
    {encoder}
        For several views, each has an encoder of its own: one for all, or a dict from
        names of views.
    n_neighbors : int, default=15
        Nearest rows among which those that a row should lie next to are looked for:
        mutual ones, and the nearest where a row has fewer than 5 of these. In several
        views, those with most votes. Clusters of fewer rows on average have fewer.
    metric : {"auto", "euclidean", "cosine"}, default="auto"
        How near rows are. For "cosine" rows are scaled to unit length first, which
        suits tf-idf, term counts and other tables in which only proportions matter.
        "auto" is "euclidean" for one table; of several views, those without negative
        values and with at least as many zeros as others are compared by "cosine".
    connectivity : matrix, callable, transformer or None, default=None
        Neighbours that are known already, in place of ``n_neighbors`` and ``metric``: a
        sparse matrix of shape (n_samples, n_samples) whose stored entries are the
        neighbours of each row, smaller ones nearer, as scikit-learn's
        ``kneighbors_graph`` makes; a function that makes one from ``X``; or a
        transformer that does, such as ``KNeighborsTransformer``. Cross-validation needs
        one of the latter two.
    contamination : float or None, default=None
        Share of the rows, up to .5, that belong nowhere: those that are farthest from
        others take no part in training and have the label -1, and so do rows that are
        as far in ``predict``. None gives every row a cluster. For one table without
        ``encoder`` and ``connectivity``.
    refine : bool, default=True
        Whether the map is trained further once it has clusters: each row takes the
        label that most of its neighbours have, and the map follows.
    max_iter : int or None, default=None
        Epochs of the map; the refinement has .3 times as many. None is as many as make
        3 n^(2/3) batches for n rows (10 000 at most), but at least 100 epochs, or 700
        batches if these are fewer; with ``views`` or ``encoder``, 6 n^(2/3) batches.
    {batch_size}
    learning_rate : float or None, default=None
        Largest learning rate of Adam; it rises over the first tenth of the batches and
        then falls linearly. None is 8e-3, and 2e-3 with ``views`` or ``encoder``.
    {n_init}
    image_shape : tuple (channels, height, width), dict or None, default=None
        Shape in which a row is passed to an ``encoder`` that is given; of several
        views, one for all or a dict from names of views.
    precision : {"float32", "auto", "bfloat16"}, default="float32"
        Precision of matrix products in training. "auto" is bfloat16 where the
        processor or the GPU has instructions for it.
    {device}
    {compile}
    {distributed}
    memory : None, str or joblib.Memory, default=None
        Where to keep the trained map, so that a grid over ``n_clusters`` trains it
        once. It is not used where ``callbacks`` are set. Your own code is identified by
        name only.
    {checkpoint}
    {callbacks}
    {on_interrupt}
    {verbose}
    {random_state}

    Attributes
    ----------
    {labels_attribute}
    n_clusters_ : int
        Number of clusters.
    partition_ : str
        The method whose proposal was taken.
    used_features_ : ndarray of bool of shape (n_features,)
        Columns on which the map depends. The others are constant, or are left out
        because neighbours in the other columns tell nothing of them. Without ``views``
        and ``encoder``.
    views_ : dict of str to ndarray of int
        Columns of each view; only if ``views`` is set, as the next two.
    view_weights_ : ndarray of shape (n_views,)
        Weight of the votes of each view, and of its encoder: 1 for a view in whose
        neighbours the clusters show, 0 for one in which they show no more than by
        chance. Views that are copies of each other share the weight of one; one that
        has nothing in common with the others counts by how well the clusters show.
    view_agreement_ : ndarray of shape (n_views, n_views)
        How often the neighbours of a row in one view are so in another: 0 for chance, 1
        for what views with the same clusters have at least. Known before training.
    module_ : nn.Module
        The trained network, in evaluation mode.
    history_ : list of dict
        One entry per epoch: stage, epoch, loss and seconds.
    objective_ : float
        One minus the assortativity of the clusters among the 15 nearest neighbours on
        the map: 0 where all neighbours share a cluster, 1 where they do so by chance.
        It is measured on up to 5000 rows. ``score`` is its negative.
    n_iter_ : int
        Epochs of the last stage.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, where X had string column names.

    See Also
    --------
    ContrastiveClustering : From augmented copies; the better choice for images.
    IDEC : By reconstruction.
    EAMC : For several views, by attention and adversaries.
    skdeepcluster.plotting.ViewAgreementDisplay : Which views tell the same story.

    Notes
    -----
    The loss is InfoNCE with the kernel 1 / (1 + d^2) of t-SNE, on pairs of a row and
    one of its neighbours (Damrich et al.); equal rows count as one. Of the partitions
    whose assortativity (Newman) is within .75 / sqrt(n) of the best, the one with the
    largest modularity is taken. Where k-means on one table finds the same clusters and
    keeps neighbours together as well, the refinement takes its boundaries. Of several
    views, modularity is that on the map and among the votes together, and views are
    weighed by the clusters that show after .3 of the epochs; where these clusters are
    all that views have in common, the refinement takes the boundaries of round
    clusters. The search for neighbours compares all rows: its time grows with their
    square.

    References
    ----------
    Damrich, Böhm, Hamprecht, Kobak, "From t-SNE to UMAP with contrastive learning",
    ICLR 2023.

    Newman, "Mixing patterns in networks", Physical Review E 67, 2003.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.preprocessing import scale
    >>> from skdeepcluster import NeighborClustering
    >>> X, _ = load_wine(return_X_y=True)
    >>> clusterer = NeighborClustering(n_clusters=3, random_state=0)
    >>> clusterer.fit_predict(scale(X)).shape
    (178,)
    """

    n_clusters: Annotated[Any, None, POSITIVE] = field(default=8, kw_only=False)
    contamination: Annotated[float | None, None, AT_MOST_HALF] = None
    refine: Annotated[bool, "boolean"] = True
    max_iter: Annotated[int | None, None, COUNT] = None
    learning_rate: Annotated[Any, None, POSITIVE_REAL] = None
    precision: Annotated[str, PRECISION] = "float32"

    _compares_rows = True
    _takes_hints = True

    def predict(self, X: Any) -> np.ndarray:
        """Predict the cluster of each row.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            Integers from 0 to ``n_clusters_ - 1``; with ``contamination``, -1 for rows
            that are farther from those of training than these are from each other.
        """
        return self._map(X, "labels")

    def _check_fit(self, rows: Rows) -> None:
        super()._check_fit(rows)
        if self.contamination is None:
            return
        if rows.hints is not None:
            raise ValueError(
                f"contamination={self.contamination:g} leaves rows out, which may be "
                "those with hints. Set it to None, or fit without hints."
            )
        for name in ("views", "encoder", "connectivity"):
            if getattr(self, name) is not None:
                raise ValueError(
                    f"contamination={self.contamination:g} is for one table and the "
                    f"default network, and {name} is set. Set one of them to None; "
                    "outlier_score tells which rows lie far from others on any map."
                )
        n_left = len(rows) - round(self.contamination * len(rows))
        if n_left < max(2, self.n_clusters or 1):
            raise ValueError(
                f"contamination={self.contamination:g} leaves {n_left} of {len(rows)} "
                f"rows, too few for n_clusters={self.n_clusters}. Lower one of them."
            )

    # -- recipe ------------------------------------------------------------------------

    def _stages(self, network: PartitionedNetwork, run: Run) -> Iterator[Stage]:
        table = projected_table(network, run.rows)
        if self.contamination is not None:
            table = without_isolated(network, table, self.contamination)
        if isinstance(network.front, PrincipalComponents):
            run.fitted_attributes["used_features_"] = network.front.used_columns
        run.train_on(table)
        epochs = self.max_iter
        if epochs is None:
            epochs = fast_epochs(run) if self._learns_fast() else default_epochs(run)
        if self._views_vote():
            graph, epochs = yield from self._elected_graph(network, table, run, epochs)
        else:
            graph = self._graph(network, table, run)
        hints = run.rows.hints
        if hints is not None:
            graph = graph.heeding(hints)
        yield self._stage(network, run, "map", MapLoss(table, graph), epochs)
        renew_batch_norm(network, run, network.embed_projected)
        z = run.embed(table, network.embed_projected)
        n_clusters = self._partition(network, z, graph, run)
        if self.refine and n_clusters > 1:
            found = network.assign_embedding(z).argmax(1)
            labels = vote(graph, found, n_clusters)
            if hints is not None:
                labels[hints.rows] = hints.labels  # clusters have their numbers
            elif isinstance(network.front, PrincipalComponents):
                labels = with_kmeans_boundaries(table, graph, labels, n_clusters)
            elif self._views_vote() and self.encoder is None:
                voting = _voting_views(network, table, run)
                labels = with_round_boundaries(*voting, graph, labels, n_clusters)
            loss = RefinementLoss(table, graph, labels)
            epochs = math.ceil(_REFINEMENT * epochs)
            yield self._stage(network, run, "refine", loss, epochs)
            renew_batch_norm(network, run, network.embed_projected)

    def _learns_fast(self) -> bool:
        """Whether the network is the one for which high learning rates were tried."""
        return self.views is None and self.encoder is None

    def _views_vote(self) -> bool:
        return self.views is not None and self.connectivity is None

    def _elected_graph(
        self, network: PartitionedNetwork, table: Rows, run: Run, epochs: int
    ) -> Generator[Stage, None, tuple[NeighborGraph, int]]:
        """The graph of the views' votes, and how many epochs are left."""
        front, encoder = network.front, network.encoder
        assert isinstance(front, ProjectedViews)
        assert isinstance(encoder, ViewEncoder)
        return elected_graph(
            network,
            front,
            table,
            run,
            n_clusters=self.n_clusters,
            n_neighbors=self.n_neighbors,
            metric=self.metric,
            epochs=epochs,
            stage=partial(self._stage, network, run),
            weigh=encoder.weigh,
        )

    def _stage(
        self, network: PartitionedNetwork, run: Run, name: str, loss: Loss, epochs: int
    ) -> Stage:
        rate = self.learning_rate
        if rate is None:
            rate = _HIGH_RATE if self._learns_fast() else _RATE
        player = Player(loss, [*network.parameters()], adam(rate))
        return neighbor_stage(name, player, epochs, run, assigns=name == "refine")

    def _partition(
        self, network: PartitionedNetwork, z: Tensor, graph: NeighborGraph, run: Run
    ) -> int:
        """Cut the map into clusters; return their number."""
        several = self.views is not None and len(self.views_) > 1
        seed = draw_seed(run)
        points = z.cpu().numpy()
        cut = cut_map(
            points,
            graph,
            self.n_clusters,
            seed,
            run.random_state,
            votes=several,
            hints=run.rows.hints,
        )
        network.set_partition(cut.anchors, cut.labels, cut.n_clusters)
        number_by_hints(network, run.rows)
        run.fitted_attributes |= {
            "n_clusters_": cut.n_clusters,
            "partition_": cut.name,
        }
        return cut.n_clusters

    def _labels(self, network: PartitionedNetwork, rows: Rows) -> np.ndarray:
        return rows.map(network.labels).cpu().numpy()

    def _objective(self, network: PartitionedNetwork, rows: Rows) -> float:
        sample = rows.subsample(_MEASURED_ROWS, np.random.RandomState(0))
        z = sample.map(network.encode)
        if not z.isfinite().all():  # score says so
            return math.nan
        labels = self._labels(network, sample)
        points, labels = z.cpu().numpy()[labels >= 0], labels[labels >= 0]
        if len(labels) < 2:
            return math.nan
        n_clusters = network.membership.shape[1]
        edges = neighbor_counts(points, labels, n_clusters)
        return 1 - assortativity(shares(edges))


def _voting_views(
    network: PartitionedNetwork, table: Rows, run: Run
) -> tuple[list[Tensor], Tensor]:
    """Tables of the views that have a weight, and which row has which."""
    assert isinstance(network.front, ProjectedViews)
    projected = torch.from_numpy(table.source.table).to(run.device)
    tables, observed = observed_tables(projected, network.front.widths)
    kept = np.flatnonzero(run.fitted_attributes["view_weights_"])
    return [tables[view] for view in kept], observed[:, kept]
