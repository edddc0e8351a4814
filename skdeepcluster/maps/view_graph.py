"""The graph of several views: elected, weighed by first clusters, elected again."""

import math
from collections.abc import Callable, Generator

import numpy as np
import torch

from skdeepcluster.maps.cut import cut_map
from skdeepcluster.maps.encoders import searched_views
from skdeepcluster.maps.loss import MapLoss
from skdeepcluster.maps.votes import ViewNeighbors
from skdeepcluster.neighbors import DistinctRows, NeighborGraph, within_clusters
from skdeepcluster.networks import (
    FusedNetwork,
    PartitionedNetwork,
    ProjectedViews,
    observed_tables,
)
from skdeepcluster.training import Rows, Run, Stage, renew_batch_norm

#: Epochs after which views are weighed, as a share of those of the map.
_WEIGHING = 0.3

#: Number of clusters from which the agreement of views is measured if it is not known.
_FEW_CLUSTERS = 8


def elected_graph(
    network: PartitionedNetwork | FusedNetwork,
    front: ProjectedViews,
    table: Rows,
    run: Run,
    *,
    n_clusters: int | None,
    n_neighbors: int,
    metric: str,
    epochs: int,
    stage: Callable[[str, MapLoss, int], Stage],
    weigh: Callable[[np.ndarray], None],
) -> Generator[Stage, None, tuple[NeighborGraph, int]]:
    """Train a first map, weigh the views by its clusters, and let them vote again.

    The weights of the views and their agreement become fitted attributes.

    Parameters
    ----------
    network : PartitionedNetwork or FusedNetwork
    front : ProjectedViews
        The fixed map of the network.
    table : Rows
        All rows after it, from which batches are taken.
    run : Run
    n_clusters : int or None
    n_neighbors : int
        In each view; fewer where clusters have few rows.
    metric : {"auto", "euclidean", "cosine"}
    epochs : int
        Of the whole map.
    stage : callable (name, loss, epochs) -> Stage
    weigh : callable (weights) -> None
        Called with the weights of the views, once they are known.

    Returns
    -------
    graph : NeighborGraph
    epochs : int
        What is left of them.
    """
    projected = torch.from_numpy(table.source.table).to(run.device)
    tables, observed = observed_tables(projected, front.widths)
    searched = searched_views(tables, observed, front, metric)
    distinct = DistinctRows.of(torch.cat([*searched, observed], 1))
    rows = distinct.first
    neighbors = ViewNeighbors.of_tables(
        [view[rows] for view in searched],
        observed[rows],
        within_clusters(n_neighbors, len(rows), n_clusters),
        draw_seed(run),
    )
    assumed = max(2, n_clusters or _FEW_CLUSTERS)
    agreement = neighbors.agreement(assumed)
    elected = neighbors.elect(neighbors.first_weights(assumed)).to(run.device)
    graph = elected.repeated(distinct)
    first = math.ceil(_WEIGHING * epochs)
    yield stage("views", MapLoss(table, graph), first)
    renew_batch_norm(network, run, network.embed_projected)
    points = run.embed(table, network.embed_projected).cpu().numpy()
    cut = cut_map(
        points, graph, n_clusters, draw_seed(run), run.random_state, votes=True
    )
    labels = cut.labels_of(points[rows.cpu().numpy()])
    weights = neighbors.weights(labels, cut.n_clusters)
    weigh(weights)
    run.fitted_attributes |= {"view_weights_": weights, "view_agreement_": agreement}
    elected = neighbors.elect(weights).to(run.device)
    return elected.repeated(distinct), epochs - first


def draw_seed(run: Run) -> int:
    """A seed for what draws from a generator of its own."""
    return run.random_state.randint(np.iinfo(np.int32).max)
