"""Networks and graphs of neighbour clustering, for one table or several views."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import torch
from torch import nn

from skdeepcluster.base.compat import HasMethods, StrOptions
from skdeepcluster.base.components import principal_projection
from skdeepcluster.base.encoder import (
    build_encoder,
    copied_encoder,
    fitted_network,
)
from skdeepcluster.base.parameters import POSITIVE
from skdeepcluster.maps import (
    draw_seed,
    embedding_network,
    hidden_widths,
    projected_views,
)
from skdeepcluster.neighbors import (
    CONNECTIVITY,
    DistinctRows,
    NeighborGraph,
    connectivity_matrix,
    within_clusters,
)
from skdeepcluster.networks import (
    PartitionedNetwork,
    PrincipalComponents,
    ViewEncoder,
)
from skdeepcluster.training import Rows, Run
from skdeepcluster.views.clusterer import MultiViewClusterer


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
            return self._network_of_views(rows)
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
        n_projected = len(projection.components)
        encoder = embedding_network(n_projected, self._hidden_layers(), width)
        return PartitionedNetwork(encoder, projection)

    def _projection(self, rows: Rows) -> PrincipalComponents:
        return principal_projection(
            rows,
            unit_length=self.metric == "cosine",
            adapted=self.connectivity is None and self.encoder is None,
        )

    def _network_of_views(self, rows: Rows) -> PartitionedNetwork:
        given = self._per_view("encoder")
        front = projected_views(
            rows, self._view_input(rows), self._own_encoders(), self.metric
        )
        shapes = [
            None if encoder is None else shape
            for encoder, shape in zip(given, self._image_shapes(), strict=True)
        ]
        encoders = [
            self._encoder_of_view(*view)
            for view in zip(self.views_, given, front.widths, shapes, strict=True)
        ]
        return PartitionedNetwork(ViewEncoder(front.widths, encoders, shapes), front)

    def _own_encoders(self) -> list[bool]:
        """Which views have an encoder of the user's, which takes all their columns."""
        return [encoder is not None for encoder in self._per_view("encoder")]

    def _encoder_of_view(
        self,
        name: str,
        given: Any,
        n_features: int,
        shape: tuple[int, int, int] | None,
    ) -> nn.Module:
        if given is not None:
            return self._users_encoder(name, given, n_features, shape)
        return embedding_network(n_features, self._hidden_layers(), self.n_components)

    # -- graph -------------------------------------------------------------------------

    def _graph(
        self, network: PartitionedNetwork, table: Rows, run: Run
    ) -> NeighborGraph:
        """Known neighbours, or the nearest rows of one table."""
        if self.connectivity is not None:
            matrix = connectivity_matrix(self.connectivity, run.rows.source.table)
            return NeighborGraph.of_matrix(matrix).to(run.device)
        if network.front is not None:
            points = torch.from_numpy(table.source.table).to(run.device)
        else:
            points = run.rows.map(self._projection(run.rows).to(run.device))
        distinct = DistinctRows.of(points)
        points = points[distinct.first]
        n_neighbors = within_clusters(self.n_neighbors, len(points), self.n_clusters)
        graph = NeighborGraph.of_table(points, n_neighbors, seed=draw_seed(run))
        return graph.repeated(distinct)
