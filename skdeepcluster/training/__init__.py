"""The training engine; nothing outside this package uses skorch."""

from skdeepcluster.training.batch_norm import fix_batch_norm, renew_batch_norm
from skdeepcluster.training.batches import Batch
from skdeepcluster.training.checkpoint import (
    NoCheckpoint,
    open_checkpoint,
    shared_checkpoint,
)
from skdeepcluster.training.clusters import (
    check_clusterer,
    initial_centers,
    initial_labels,
    quietly,
    reseed_empty_clusters,
)
from skdeepcluster.training.device import (
    default_torch_modes,
    resolve_device,
    resolve_precision,
)
from skdeepcluster.training.engine import train_stage
from skdeepcluster.training.fit_callbacks import FitCallbacks
from skdeepcluster.training.hinted import number_by_hints, with_hints
from skdeepcluster.training.hints import Hints
from skdeepcluster.training.identity import identity_of
from skdeepcluster.training.interrupts import Interruption
from skdeepcluster.training.parquet import ParquetTable, is_dataset
from skdeepcluster.training.processes import (
    Processes,
    find_processes,
    on_first,
    row_by_row,
)
from skdeepcluster.training.progress import Progress
from skdeepcluster.training.rows import Rows
from skdeepcluster.training.run import Run
from skdeepcluster.training.run_checkpoint import RunCheckpoint
from skdeepcluster.training.seeding import (
    draw_seeds,
    isolated_torch_generators,
    random_source,
)
from skdeepcluster.training.shards import put_together
from skdeepcluster.training.skorch_callbacks import (
    check_callbacks,
    untrained_callback,
)
from skdeepcluster.training.sources import (
    CHUNK_SIZE,
    Source,
    blocks,
    dense,
    is_memory_map,
    is_sliceable,
    read_if_small,
)
from skdeepcluster.training.stage import (
    Loss,
    Player,
    Stage,
    adam,
    resolve_epochs,
    rmsprop,
)
from skdeepcluster.training.warned import warn_once, warnings_once

__all__ = [
    "CHUNK_SIZE",
    "Batch",
    "FitCallbacks",
    "Hints",
    "Interruption",
    "Loss",
    "NoCheckpoint",
    "ParquetTable",
    "Player",
    "Processes",
    "Progress",
    "Rows",
    "Run",
    "RunCheckpoint",
    "Source",
    "Stage",
    "adam",
    "blocks",
    "check_callbacks",
    "check_clusterer",
    "default_torch_modes",
    "dense",
    "draw_seeds",
    "find_processes",
    "fix_batch_norm",
    "identity_of",
    "initial_centers",
    "initial_labels",
    "is_dataset",
    "is_memory_map",
    "is_sliceable",
    "isolated_torch_generators",
    "number_by_hints",
    "on_first",
    "open_checkpoint",
    "put_together",
    "quietly",
    "random_source",
    "read_if_small",
    "renew_batch_norm",
    "reseed_empty_clusters",
    "resolve_device",
    "resolve_epochs",
    "resolve_precision",
    "rmsprop",
    "row_by_row",
    "shared_checkpoint",
    "train_stage",
    "untrained_callback",
    "warn_once",
    "warnings_once",
    "with_hints",
]
