"""One run of a recipe: the rows, the network and all it draws from."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from skdeepcluster.training.batches import batches_of
from skdeepcluster.training.cache import train_cached
from skdeepcluster.training.progress import Progress
from skdeepcluster.training.rows import Rows
from skdeepcluster.training.stage import Stage


class Run:
    """What a recipe sees of the fit that carries it out.

    Parameters
    ----------
    network : nn.Module
        On the rows' device.
    rows : Rows
    seed : int
    batch_size : int
    precision : torch.dtype
        Of matrix products in training and in refreshes.
    context : sklearn callback context
        Node of the callback tree under which stages are reported.
    notify : callable (event, context, fitted attributes or None) -> bool
        Tells scikit-learn's callbacks; true asks to stop at that level.
    callbacks : sequence of skorch callbacks
    memory : None, str or joblib.Memory
    strata : ndarray of int of shape (n_samples,), optional
        Kinds of rows; every batch then holds rows of each.
    draws_globally : bool
        Whether training may draw from torch's global generators, which are then
        the run's own for the time being.
    compile : bool
        Whether networks are compiled for training.
    watched : bool
        Whether there are scikit-learn callbacks.
    progress : Progress, optional
        Shows how far training is.

    Attributes
    ----------
    history : list of dict
        One entry an epoch: stage, epoch, the mean of each term, seconds.
    random_state : numpy.random.RandomState
        For the parts of a recipe that scikit-learn does.
    stopped : bool
        Whether the remaining stages are to be passed over.
    last_stage : str or None
        Name of the stage that came last, trained or passed over.
    judged : bool
        Whether the network is that of a stage's best epoch, as it was judged; what
        follows must not change it.
    found : dict
        Fitted attributes that the recipe itself has found.
    """

    def __init__(
        self,
        network: nn.Module,
        rows: Rows,
        seed: int,
        *,
        batch_size: int,
        precision: torch.dtype,
        context: Any,
        notify: Callable[[str, Any, dict[str, Any] | None], bool],
        callbacks: Sequence[Any] = (),
        memory: Any = None,
        strata: np.ndarray | None = None,
        draws_globally: bool = False,
        compile: bool = False,
        watched: bool = False,
        progress: Progress | None = None,
    ) -> None:
        self.network = network
        self.rows = rows
        self.precision = precision
        self.context = context
        self.callbacks = callbacks
        self.memory = memory
        self.draws_globally = draws_globally
        self.compile = compile
        self.watched = watched
        self.history: list[dict[str, Any]] = []
        self.stopped = False
        self.last_stage: str | None = None
        self.judged = False
        self.found: dict[str, Any] = {}
        self.random_state = np.random.RandomState(seed)
        self.generator = torch.Generator().manual_seed(seed)
        self.noise = torch.Generator(device=rows.device).manual_seed(seed)
        self.batches = batches_of(rows, batch_size, self.generator, self.noise, strata)
        self._notify = notify
        self._progress = progress

    @property
    def device(self) -> torch.device:
        return self.rows.device

    def autocast(self) -> AbstractContextManager:
        """The precision of training; losses stay in float32 by themselves."""
        return torch.autocast(
            self.device.type,
            torch.bfloat16,
            enabled=self.precision == torch.bfloat16,
            # torch shares the cache of rounded weights between threads; whether a
            # weight is rounded once or twice changes how its gradients add up.
            cache_enabled=False,
        )

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """Leave the generators as they are found, so that training goes on the same."""
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

    # -- training ---------------------------------------------------------------

    def train(self, stage: Stage) -> None:
        """Carry out a stage, unless a callback has asked for no more."""
        self.last_stage = stage.name
        if self.stopped or stage.epochs == 0:
            return
        # skorch callbacks may change the training in any way.
        if stage.cached and self.memory is not None and not self.callbacks:
            train_cached(self, stage)
        else:
            self.train_now(stage)

    def train_now(self, stage: Stage) -> None:
        """Carry out a stage without looking into the memory."""
        # Here, so that importing the package does not take skorch's time too.
        from skdeepcluster.training.net import StageNet

        try:
            self.stopped = StageNet(self.network, stage, self).train(self.rows)
        finally:
            if self._progress is not None:
                self._progress.stage(stage.name)

    def begin(self, stage: Stage) -> Any:
        """Tell scikit-learn's callbacks of a stage; its node of their tree."""
        context = self.context.subcontext(
            task_name=stage.name, max_subtasks=stage.epochs
        )
        self.notify_begin(context)
        return context

    def record(
        self, stage: Stage, epoch: int, means: dict[str, float], seconds: float
    ) -> None:
        """Write an epoch into the history."""
        row = {"stage": stage.name, "epoch": epoch, **means, "seconds": seconds}
        self.history.append(row)
        if self._progress is not None:
            self._progress.epoch(stage.name, epoch, stage.epochs, means, seconds)

    def notify_begin(self, context: Any) -> None:
        self._notify("begin", context, None)

    def notify_end(self, context: Any, stage: Stage) -> bool:
        self.network.eval()  # callbacks may score it
        if self.watched and stage.assigns and stage.settle is not None:
            stage.settle()
        fitted = {"module_": self.network} if stage.assigns else None
        return self._notify("end", context, fitted)

    # -- looking at all rows -----------------------------------------------------

    def embed(self) -> Tensor:
        """Embedding of all rows, in the order of the table, in float32.

        Raises
        ------
        FloatingPointError
            If it is not finite.
        """
        z = self.rows.map(lambda x: self.network.encode(x).float())  # type: ignore[operator]
        if not z.isfinite().all():
            raise FloatingPointError(
                f"The embedding is not finite after stage {self.last_stage!r}, epoch "
                f"{len(self.history)}. Lower learning_rate, or check the input for "
                "extreme values."
            )
        return z
