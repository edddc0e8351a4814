"""One run of a recipe: the rows, the network and the random generators."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from skdeepcluster.networks import EmbeddingNetwork
from skdeepcluster.training.batches import batches_of
from skdeepcluster.training.fit_callbacks import FitCallbacks
from skdeepcluster.training.interrupts import Interruption
from skdeepcluster.training.processes import Processes
from skdeepcluster.training.progress import Progress
from skdeepcluster.training.rows import Rows
from skdeepcluster.training.seeding import let_others_draw
from skdeepcluster.training.stage import Stage

if TYPE_CHECKING:
    from skdeepcluster.training.run_checkpoint import RunCheckpoint


class Run:
    """The part of a fit that is visible to the recipe.

    Parameters
    ----------
    network : EmbeddingNetwork
        On the device of the rows.
    rows : Rows
    seed : int
    batch_size : int
    precision : torch.dtype
        Precision of matrix products in training and in refreshes.
    fit_callbacks : FitCallbacks
        scikit-learn's callbacks, to which stages and epochs are reported.
    callbacks : sequence of skorch callbacks
    memory : None, str or joblib.Memory
    checkpoint : RunCheckpoint, optional
        Where the run is saved, and goes on from.
    strata : ndarray of int of shape (n_samples,), optional
        Stratum of each row; every batch then contains rows of all strata.
    draws_globally : bool
        Whether training may draw from torch's global generators, which are then
        reserved for this run.
    compile : bool
        Whether networks are compiled for training.
    progress : Progress, optional
        Shows the progress of training.
    processes : Processes, optional
        Those that share the work.
    interruption : Interruption, optional
        What happens at an interrupt from the keyboard; by default it is raised.

    Attributes
    ----------
    history : list of dict
        One entry per epoch: stage, epoch, the mean of each term, seconds.
    random_state : numpy.random.RandomState
        For the parts of a recipe that use scikit-learn.
    stopped : bool
        Whether the remaining stages are skipped.
    last_stage : str or None
        Name of the most recent stage, trained or skipped.
    restored_best : bool
        Whether the network has the weights of a stage's best epoch. Its objective was
        measured with these, so nothing that follows may change them.
    fitted_attributes : dict
        Fitted attributes that the recipe itself computes.
    """

    def __init__(
        self,
        network: EmbeddingNetwork,
        rows: Rows,
        seed: int,
        *,
        batch_size: int,
        precision: torch.dtype,
        fit_callbacks: FitCallbacks,
        callbacks: Sequence[Any] = (),
        memory: Any = None,
        checkpoint: RunCheckpoint | None = None,
        strata: np.ndarray | None = None,
        draws_globally: bool = False,
        compile: bool = False,
        progress: Progress | None = None,
        processes: Processes | None = None,
        interruption: Interruption | None = None,
    ) -> None:
        self.network = network
        self.rows = rows
        self.precision = precision
        self.fit_callbacks = fit_callbacks
        self.callbacks = callbacks
        self.memory = memory
        self.checkpoint = checkpoint
        self.draws_globally = draws_globally
        self.compile = compile
        self.progress = progress
        self.processes = processes
        self.interruption = interruption or Interruption()
        self.history: list[dict[str, Any]] = []
        self.stopped = False
        self.last_stage: str | None = None
        self.restored_best = False
        self.fitted_attributes: dict[str, Any] = {}
        self.random_state = np.random.RandomState(seed)
        self.generator = torch.Generator().manual_seed(seed)
        self.noise = torch.Generator(device=rows.device).manual_seed(seed)
        self.batches = batches_of(rows, batch_size, self.generator, self.noise, strata)

    def train_on(self, rows: Rows) -> None:
        """Take the next batches from ``rows``: all rows after a fixed map, or as are.

        Batches have no strata any more.
        """
        size = self.batches.batch_size
        self.batches = batches_of(rows, size, self.generator, self.noise, None)

    @property
    def device(self) -> torch.device:
        return self.rows.device

    def autocast(self) -> AbstractContextManager:
        """Context with the precision of training; losses themselves stay in float32."""
        return torch.autocast(
            self.device.type,
            torch.bfloat16,
            enabled=self.precision == torch.bfloat16,
            # torch shares the cache of rounded weights between threads; whether a
            # weight is rounded once or twice changes how its gradients add up.
            cache_enabled=False,
        )

    @contextmanager
    def preserved_generators(self) -> Iterator[None]:
        """Restore the generators afterwards, so that training is not affected."""
        generators = [self.generator, self.noise]
        if self.draws_globally:
            generators.append(torch.default_generator)
            if self.device.type == "cuda":
                generators.append(torch.cuda.default_generators[self.device.index or 0])
        states = [generator.get_state() for generator in generators]
        try:
            yield
        finally:
            for generator, state in zip(generators, states, strict=True):
                generator.set_state(state)

    def let_others_draw(self) -> None:
        """Let other threads' fits and predictions use the global generators now."""
        if self.draws_globally:
            let_others_draw(self.device)

    # -- reports of a stage -------------------------------------------------------

    def begin(self, stage: Stage) -> FitCallbacks:
        """Report the start of a stage to scikit-learn's callbacks; return its task."""
        return self.fit_callbacks.begin(stage.name, stage.epochs)

    def end(self, task: FitCallbacks, stage: Stage) -> bool:
        """Report the end of the stage or an epoch; return whether to stop."""
        self.network.eval()  # callbacks may score it
        if task.watched and stage.assigns and stage.prepare_scoring is not None:
            stage.prepare_scoring()
        return task.end({"module_": self.network} if stage.assigns else None)

    def record(
        self, stage: Stage, epoch: int, means: dict[str, float], seconds: float
    ) -> None:
        """Append an epoch to the history."""
        row = {"stage": stage.name, "epoch": epoch, **means, "seconds": seconds}
        self.history.append(row)
        if self.progress is not None:
            self.progress.epoch(stage.name, epoch, stage.epochs, means, seconds)

    # -- inference on all rows ----------------------------------------------------

    def embed(
        self,
        rows: Rows | None = None,
        encode: Callable[[Tensor], Tensor] | None = None,
    ) -> Tensor:
        """Embedding of all rows, in the order of the table, in float32.

        Parameters
        ----------
        rows : Rows, optional
            All rows after a fixed map, if ``encode`` takes these.
        encode : callable, optional
            By default that of the network.

        Raises
        ------
        FloatingPointError
            If it is not finite.
        """
        encode = encode or self.network.encode
        z = (rows or self.rows).map(lambda x: encode(x).float())
        if not z.isfinite().all():
            when = "before training"
            if self.history:
                when = f"after stage {self.last_stage!r}, epoch {len(self.history)}"
            raise FloatingPointError(
                f"The embedding is not finite {when}. Lower learning_rate, or check "
                "the input for extreme values."
            )
        return z
