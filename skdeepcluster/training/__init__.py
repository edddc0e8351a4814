"""The engine: the only rooms of the house that know skorch."""

from skdeepcluster.training.batches import Batch
from skdeepcluster.training.clusters import (
    check_clusterer,
    initial_centers,
    initial_labels,
    reseed_empty_clusters,
)
from skdeepcluster.training.device import own_modes, resolve_device, resolve_precision
from skdeepcluster.training.progress import Progress
from skdeepcluster.training.rows import CHUNK_SIZE, Rows, is_memory_map
from skdeepcluster.training.run import Run
from skdeepcluster.training.seeding import (
    draw_seeds,
    isolated_torch_generators,
    random_source,
)
from skdeepcluster.training.stage import Loss, Player, Stage, adam, rmsprop
from skdeepcluster.training.statistics import renew_statistics

__all__ = [
    "CHUNK_SIZE",
    "Batch",
    "Loss",
    "Player",
    "Progress",
    "Rows",
    "Run",
    "Stage",
    "adam",
    "check_clusterer",
    "draw_seeds",
    "initial_centers",
    "initial_labels",
    "is_memory_map",
    "isolated_torch_generators",
    "own_modes",
    "random_source",
    "renew_statistics",
    "reseed_empty_clusters",
    "resolve_device",
    "resolve_precision",
    "rmsprop",
]
