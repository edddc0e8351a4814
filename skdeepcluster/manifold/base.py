"""Networks and graphs of neighbour clustering, for one table or several views."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import torch
from torch import nn

from skdeepcluster.base.compat import HasMethods, StrOptions
from skdeepcluster.base.components import principal_projection, projection_of
from skdeepcluster.base.encoder import (
    build_encoder,
    copied_encoder,
    fitted_network,
)
from skdeepcluster.base.parameters import POSITIVE
from skdeepcluster.manifold.encoders import (
    embedding_network,
    hidden_widths,
    is_like_counts,
    view_sample,
)
from skdeepcluster.neighbors import (
    CONNECTIVITY,
    NeighborGraph,
    ViewNeighbors,
    connectivity_matrix,
    within_clusters,
)
from skdeepcluster.networks import (
    PartitionedNetwork,
    PrincipalComponents,
    ViewEncoder,
    ViewInput,
)
from skdeepcluster.training import Rows, Run
from skdeepcluster.views.clusterer import MultiViewClusterer

#: Columns from which rows are projected once, and not in every batch.
_WIDE = 1000


@dataclass(eq=False, repr=False, kw_only=True)
class NeighborMap(MultiViewClusterer):
    """What is embedded how, and next to what.

    Without ``views``, the whole table has one encoder, and its mutual nearest
    neighbours; with them, each view has an encoder, and neighbours are elected.
    """

    views: Annotated[
        Any, None, POSITIVE, StrOptions({"prefix"}), "array-like", dict
    ] = None
    n_components: Annotated[int, POSITIVE] = 10
    hidden_layer_sizes: Annotated[
        Sequence[int] | str, "array-like", StrOptions({"auto"})
    ] = "auto"
    encoder: Annotated[Any, None, callable, dict, HasMethods("transform")] = None
    n_neighbors: Annotated[int, POSITIVE] = 15
    metric: Annotated[str, StrOptions({"auto", "euclidean", "cosine"})] = "auto"
    connectivity: Annotated[Any, None, *CONNECTIVITY] = None

    # -- checks ------------------------------------------------------------------------

    def _check_fit(self, rows: Rows) -> None:
        if self.views is not None and hasattr(self.encoder, "transform"):
            raise ValueError(
                f"The 'encoder' parameter is {self.encoder!r}, which takes one table. "
                "With views, pass a module or a callable, or a dict of them by view."
            )
        super()._check_fit(rows)

    # -- network -----------------------------------------------------------------------

    def _hidden_layers(self) -> Sequence[int]:
        if not isinstance(self.hidden_layer_sizes, str):
            return self.hidden_layer_sizes
        return (512, 512) if self.views is None else hidden_widths(len(self.views_))

    def _build_network(self, rows: Rows) -> PartitionedNetwork:
        if self.views is not None:
            return PartitionedNetwork(self._view_encoder(rows))
        center = rows.mean()
        scale = rows.root_mean_square(center)  # raises where it is too large
        n_features, width = rows.n_features, self.n_components
        fitted = fitted_network(self.encoder, n_features, width)
        if fitted is not None:
            return PartitionedNetwork(**copied_encoder(fitted))
        if self.encoder is not None:
            shape = self._image_shape()
            encoder = build_encoder(self.encoder, n_features, width, (), shape)
            return PartitionedNetwork(
                encoder, center=center, scale=scale, input_shape=shape
            )
        projection = self._projection(rows)
        return PartitionedNetwork(
            embedding_network(projection, self._hidden_layers(), width)
        )

    def _projection(self, rows: Rows) -> PrincipalComponents:
        return principal_projection(rows, unit_length=self.metric == "cosine")

    def _view_encoder(self, rows: Rows) -> ViewEncoder:
        views = self._view_input(rows)
        projections = [
            self._view_projection(rows, views, v) for v in range(len(views.names))
        ]
        shapes = [
            None if given is None else shape
            for given, shape in zip(
                self._per_view("encoder"), self._image_shapes(), strict=True
            )
        ]
        encoders = [
            self._encoder_of_view(*view)
            for view in zip(
                self.views_,
                self._per_view("encoder"),
                views.widths,
                shapes,
                projections,
                strict=True,
            )
        ]
        return ViewEncoder(views, encoders, shapes, projections)

    def _encoder_of_view(
        self,
        name: str,
        given: Any,
        n_features: int,
        shape: tuple[int, int, int] | None,
        projection: PrincipalComponents,
    ) -> nn.Module:
        if given is not None:
            return self._users_encoder(name, given, n_features, shape)
        hidden = self._hidden_layers()
        return embedding_network(projection, hidden, self.n_components)

    def _view_projection(
        self, rows: Rows, views: ViewInput, view: int
    ) -> PrincipalComponents:
        sample = view_sample(rows, view, self.views_[views.names[view]])
        metric = self.metric
        if metric == "auto":
            metric = "cosine" if is_like_counts(sample) else "euclidean"
        if metric == "cosine":  # angles are those at the origin
            views.keep_origin(view)
        table = views.rescale(torch.from_numpy(sample), view).numpy()
        return projection_of(table, unit_length=metric == "cosine")

    # -- graphs ------------------------------------------------------------------------

    def _graph(self, network: PartitionedNetwork, run: Run) -> NeighborGraph:
        table = run.rows.source.table
        self._project_once(network, run)
        if self.connectivity is not None:
            matrix = connectivity_matrix(self.connectivity, table)
            return NeighborGraph.of_matrix(matrix).to(run.device)
        projection = self._first_layer(network)
        if projection is None:
            projection = self._projection(run.rows).to(run.device)
        return NeighborGraph.of_table(
            run.rows.map(projection), self._n_neighbors(run), seed=draw_seed(run)
        )

    def _first_layer(self, network: PartitionedNetwork) -> PrincipalComponents | None:
        """The projection that the encoder of one table begins with."""
        encoder = network.encoder
        if self.encoder is not None or not isinstance(encoder, nn.Sequential):
            return None
        projection = encoder[0]
        assert isinstance(projection, PrincipalComponents)
        return projection

    def _project_once(self, network: PartitionedNetwork, run: Run) -> None:
        """Train on projected rows, where projecting them batch by batch takes long."""
        rows, projection = run.rows, self._first_layer(network)
        wide = rows.n_features > _WIDE or rows.source.reads_blocks
        if wide and projection is not None and projection.reduces:
            run.train_on(Rows(rows.map(projection).cpu().numpy(), run.device))

    def _n_neighbors(self, run: Run) -> int:
        return within_clusters(self.n_neighbors, len(run.rows), self.n_clusters)

    def _view_neighbors(self, encoder: ViewEncoder, run: Run) -> ViewNeighbors:
        assert run.rows.observed is not None
        tables = run.rows.map(encoder.project).split(encoder.projected_widths, 1)
        encoder.projections = nn.ModuleList()  # not used again
        return ViewNeighbors.of_tables(
            tables, run.rows.observed, self._n_neighbors(run), draw_seed(run)
        )


def draw_seed(run: Run) -> int:
    """A seed for what draws from a generator of its own."""
    return run.random_state.randint(np.iinfo(np.int32).max)
