"""The engine: the only rooms of the house that know skorch."""

from skdeepcluster.training.clusters import initial_centers, reseed_empty_clusters
from skdeepcluster.training.device import resolve_device, resolve_precision
from skdeepcluster.training.rows import Batch, Rows, is_memory_map
from skdeepcluster.training.run import Run
from skdeepcluster.training.seeding import draw_seeds, isolated_torch_generators
from skdeepcluster.training.stage import Player, Stage, adam

__all__ = [
    "Batch",
    "Player",
    "Rows",
    "Run",
    "Stage",
    "adam",
    "draw_seeds",
    "initial_centers",
    "is_memory_map",
    "isolated_torch_generators",
    "reseed_empty_clusters",
    "resolve_device",
    "resolve_precision",
]
