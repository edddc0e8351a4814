"""What EAMC and CoMVC share: pretraining, a head on fused latents, a safeguard."""

import copy
import warnings
from abc import abstractmethod
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from skdeepcluster.base.compat import HasMethods, StrOptions
from skdeepcluster.base.parameters import COUNT, POSITIVE, POSITIVE_REAL, WEIGHT
from skdeepcluster.maps import hidden_widths, projected_views
from skdeepcluster.multiview.pretraining import (
    HeadFit,
    first_labels,
    head_epochs,
    tears_apart,
    voted_pretraining,
)
from skdeepcluster.neighbors import NeighborGraph, warn_where_kmeans_is_better
from skdeepcluster.networks import (
    ConvNet,
    FusedNetwork,
    RectifiedMLP,
    TablesOfViews,
    he_normal,
    mean_attention,
)
from skdeepcluster.training import (
    FitCallbacks,
    NoCheckpoint,
    Player,
    Processes,
    Rows,
    Run,
    Stage,
    adam,
    check_clusterer,
    default_torch_modes,
    renew_batch_norm,
    resolve_epochs,
)
from skdeepcluster.views.clusterer import MultiViewClusterer, set_cluster_means

#: Default epochs and minimum number of batches of the clustering.
_TRAINING = 20, 140

#: Rows, with all views, on which clusters are compared with those of k-means.
_COMPARED = 5000


@dataclass(eq=False, repr=False, kw_only=True)
class FusedClusterer(MultiViewClusterer):
    """Latents of views are fused, and a head clusters them by divergence.

    A subclass says how views are weighted (``_attention``) and who trains what in the
    last stage (``_players``).
    """

    n_components: Annotated[int, POSITIVE] = 64
    hidden_layer_sizes: Annotated[
        Sequence[int] | str, "array-like", StrOptions({"auto"})
    ] = "auto"
    batch_norm: Annotated[bool, "boolean"] = True
    head_units: Annotated[int, POSITIVE] = 100
    kernel_width: Annotated[float, POSITIVE_REAL] = 0.15
    separation_weight: Annotated[float, WEIGHT] = 1.0
    simplex_weight: Annotated[float, WEIGHT] = 1.0
    regularization_weight: Annotated[float, WEIGHT] = 1.0
    regularizer: Annotated[str, StrOptions({"coassignment", "orthogonality"})] = (
        "coassignment"
    )
    pretrain: Annotated[str | None, None, StrOptions({"neighbors"})] = "neighbors"
    n_neighbors: Annotated[int, POSITIVE] = 15
    metric: Annotated[str, StrOptions({"auto", "euclidean", "cosine"})] = "auto"
    pretrain_epochs: Annotated[int | None, None, COUNT] = None
    init: Annotated[
        Any, None, StrOptions({"auto", "k-means++"}), HasMethods("fit_predict")
    ] = "auto"
    max_iter: Annotated[int | None, None, COUNT] = None
    clip_norm: Annotated[float | None, None, POSITIVE_REAL] = 0.5
    restore_best: Annotated[bool, "boolean"] = False

    #: Hidden layers of ``hidden_layer_sizes="auto"`` for views that are not projected.
    _published_widths: ClassVar[tuple[int, ...]]

    _compares_rows = True

    # -- checks ------------------------------------------------------------------------

    def _check_fit(self, rows: Rows) -> None:
        super()._check_fit(rows)
        if not isinstance(self.init, str | None):
            check_clusterer(self.init, self.n_clusters)
        if not any(self._clustering_weights().values()):
            raise ValueError(
                "separation_weight, simplex_weight and regularization_weight are all "
                "0: no term of the loss separates clusters."
            )
        if self.batch_size < 5 * self.n_clusters:
            warnings.warn(
                f"batch_size={self.batch_size} is less than 5 * n_clusters="
                f"{5 * self.n_clusters}: many clusters have hardly any rows per batch, "
                "so that their overlap is mostly noise. Raise batch_size.",
                UserWarning,
                stacklevel=2,
            )

    def _check_counts(self, n_observed: dict[str, int], n_samples: int) -> None:
        super()._check_counts(n_observed, n_samples)
        warn_if_unpaired(n_observed, n_samples)

    def _clustering_weights(self) -> dict[str, float]:
        return {
            "separation": self.separation_weight,
            "simplex": self.simplex_weight,
            "regularization": self.regularization_weight,
        }

    # -- network -----------------------------------------------------------------------

    def _build_network(self, rows: Rows) -> FusedNetwork:
        network = self._fused_network(rows)
        if not self.batch_norm:
            for name in ("attention", "hidden", "output", "critics"):
                if getattr(network, name) is not None:
                    getattr(network, name).apply(he_normal)
        return network

    def _fused_network(self, rows: Rows) -> FusedNetwork:
        views = self._views(rows)
        shapes = self._image_shapes()
        given = self._per_view("encoder")
        encoders = [
            self._encoder(*view)
            for view in zip(self.views_, given, views.widths, shapes, strict=True)
        ]
        return FusedNetwork(
            views,
            encoders,
            shapes,
            self.n_components,
            self.n_clusters,
            self.head_units,
            self._attention(),
        )

    @abstractmethod
    def _attention(self) -> nn.Module:
        """How views are weighted."""

    def _encoder(
        self,
        name: str,
        given: Any,
        n_features: int,
        shape: tuple[int, int, int] | None,
    ) -> nn.Module:
        if given is not None:
            return self._users_encoder(name, given, n_features, shape)
        if shape is not None:
            return ConvNet(shape, self.n_components)
        widths = [n_features, *self._hidden_layers(), self.n_components]
        encoder = RectifiedMLP(widths, self.batch_norm)
        return encoder if self.batch_norm else encoder.apply(he_normal)

    def _views(self, rows: Rows) -> TablesOfViews:
        scaled = self._view_input(rows)
        if self.pretrain != "neighbors":
            return scaled
        return projected_views(rows, scaled, self._own_encoders(), self.metric)

    def _hidden_layers(self) -> Sequence[int]:
        if not isinstance(self.hidden_layer_sizes, str):
            return self.hidden_layer_sizes
        if self.pretrain != "neighbors":
            return self._published_widths
        return hidden_widths(len(self.views_))

    # -- recipe ------------------------------------------------------------------------

    def _stages(self, network: FusedNetwork, run: Run) -> Iterator[Stage]:
        graph = yield from self._pretraining(network, run)
        if self.init is not None:
            yield self._head_training(network, run, graph)
        if graph is None:
            yield from self._clustering(network, run)
        else:
            yield from self._guarded_clustering(network, run, graph)

    def _clustering(self, network: FusedNetwork, run: Run) -> Iterator[Stage]:
        yield self._fusion(network, run)
        if not run.restored_best:
            _update_predictions(network, run, batch_norm=True)

    def _guarded_clustering(
        self, network: FusedNetwork, run: Run, graph: NeighborGraph
    ) -> Iterator[Stage]:
        """The same, undone if it tears neighbours apart."""
        _update_predictions(network, run, batch_norm=True)
        before = copy.deepcopy(network.state_dict())
        labels = self._labels(network, run.rows)
        yield from self._clustering(network, run)
        if tears_apart(graph, labels, self._labels(network, run.rows)):
            network.load_state_dict(before)
            run.restored_best = False

    def _pretraining(
        self, network: FusedNetwork, run: Run
    ) -> Generator[Stage, None, NeighborGraph | None]:
        """Train the encoders; return the graph of the views' votes, if they vote."""
        if self.pretrain != "neighbors" or self.pretrain_epochs == 0:
            return None
        graph = yield from voted_pretraining(
            network,
            run,
            epochs=self.pretrain_epochs,
            n_neighbors=self.n_neighbors,
            metric=self.metric,
            learning_rate=self.learning_rate,
            clip_norm=self.clip_norm,
        )
        return graph

    def _head_training(
        self, network: FusedNetwork, run: Run, graph: NeighborGraph | None
    ) -> Stage:
        z = run.embed()
        labels = first_labels(z, self.init, self.n_clusters, run, graph)
        parameters = [*network.hidden.parameters(), *network.output.parameters()]
        player = Player(HeadFit(z, labels), parameters, adam(self.learning_rate))
        update = partial(_update_predictions, network, run, batch_norm=False)
        return Stage("head", [player], head_epochs(run), prepare_scoring=update)

    def _fusion(self, network: FusedNetwork, run: Run) -> Stage:
        epochs = resolve_epochs(self.max_iter, *_TRAINING, n_batches=len(run.batches))
        update = partial(_update_predictions, batch_norm=True)
        return Stage(
            "cluster",
            self._players(network, run),
            # A single cluster cannot be separated from others.
            epochs if self.n_clusters > 1 else 0,
            prepare_scoring=partial(
                _update_predictions, network, run, batch_norm=False
            ),
            objective=self._objective_of_epochs(network, run, update),
            extendable=True,
        )

    @abstractmethod
    def _players(self, network: FusedNetwork, run: Run) -> list[Player]:
        """Of the last stage, in which the method's own losses are minimised."""

    # -- after the fit -----------------------------------------------------------------

    def _fit(
        self,
        rows: Rows,
        task: FitCallbacks,
        checkpoint: NoCheckpoint,
        processes: Processes | None,
    ) -> dict[str, Any]:
        fitted = super()._fit(rows, task, checkpoint, processes)
        with default_torch_modes(rows.device):
            self._warn_of_balance(fitted["module_"], rows, fitted["labels_"])
        return fitted

    def _attributes(self, network: FusedNetwork, run: Run) -> dict[str, Any]:
        weights = network.view_weights.cpu().numpy().copy()
        return {**super()._attributes(network, run), "view_weights_": weights}

    def _warn_of_balance(
        self, network: FusedNetwork, rows: Rows, labels: np.ndarray
    ) -> None:
        """Warn if large clusters seem to be cut, so that sizes are more equal."""
        assert rows.observed is not None
        complete = rows.observed.all(1).nonzero()[:, 0].cpu().numpy()
        some = np.random.RandomState(0).permutation(complete)[:_COMPARED]
        tables, _ = network.views(rows.take(torch.from_numpy(some)))
        warn_where_kmeans_is_better(
            Rows(torch.cat(tables, 1).cpu().numpy(), rows.device),
            labels[some],
            network.output.out_features,
            f"{type(self).__name__} favours clusters of similar size; if sizes may "
            "differ, NeighborClustering with the same views may be better.",
            only_if_more_equal=True,
        )


def warn_if_unpaired(n_observed: dict[str, int], n_samples: int) -> None:
    """Warn if no row has two views."""
    if len(n_observed) > 1 and sum(n_observed.values()) == n_samples:
        warnings.warn(
            "No row has more than one view, so nothing relates the views to each "
            "other. Use DM2C for such tables.",
            UserWarning,
            stacklevel=2,
        )


def _update_predictions(network: FusedNetwork, run: Run, *, batch_norm: bool) -> None:
    """Update the statistics that only predictions use to the current weights."""
    network.view_weights.copy_(average_attention(network, run.rows))
    if batch_norm:
        renew_batch_norm(network, run)
    set_cluster_means(network, run.rows)


def average_attention(network: FusedNetwork, rows: Rows) -> Tensor:
    """View weights over all rows."""

    def attention(x: Tensor) -> Tensor:
        tables, observed = network.views(x)
        e = network.compare(network.latents(tables, observed), observed)
        return torch.stack([e, observed], 1)

    total, n_rows = rows.map(attention).sum(0)
    return mean_attention(total, n_rows)
