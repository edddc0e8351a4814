"""The skorch net that trains one stage."""

import math
import time
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NoReturn

import torch
from skorch import NeuralNet
from torch import Tensor

from skdeepcluster.training.batches import Batch, Batches
from skdeepcluster.training.compiled import Compiled
from skdeepcluster.training.denormals import flush_denormals
from skdeepcluster.training.fit_callbacks import FitCallbacks
from skdeepcluster.training.interrupts import Interrupts
from skdeepcluster.training.optimizer_state import load_optimizer
from skdeepcluster.training.rows import Rows
from skdeepcluster.training.run import Run
from skdeepcluster.training.stage import Stage
from skdeepcluster.training.state_file import storable

#: Batches between two flushes; momentum needs hundreds to become denormal.
_FLUSH_INTERVAL = 128


class StageNet(NeuralNet):
    """Trains the players of a stage, with skorch's callbacks and history.

    The loop over epochs and batches is that of skorch with three changes: batches are
    slices of one tensor, losses stay on the device and are read once per epoch, and
    there is no overhead without callbacks.
    """

    def __init__(self, run: Run, stage: Stage) -> None:
        self.run = run
        self.stage = stage
        super().__init__(
            run.network,
            criterion=None,
            max_epochs=stage.epochs,
            train_split=None,
            callbacks=list(run.callbacks),
            verbose=0,
            device=None,
        )

    def train(self) -> bool:
        """Run the stage, changing the module's weights in place.

        Returns whether a scikit-learn callback asked for no further stages.
        """
        self._interrupts = Interrupts()
        with self._interrupts if self.run.callbacks else nullcontext():
            return self._train()

    def _train(self) -> bool:
        rows = self.run.rows
        self.initialize()
        self._step = 0
        self._smallest = math.inf
        self._done = False
        self._asked = False
        self._compiled: AbstractContextManager = (
            Compiled(self.module_) if self.run.compile else nullcontext()
        )
        self._best: tuple[float, list[Tensor]] | None = None
        task = self.run.begin(self.stage)
        self._tell("on_train_begin", X=rows, y=None)
        try:
            self._train_epochs(task)
        except KeyboardInterrupt:
            if not self.run.interruption.keeps:
                raise
            self._interrupts.received = False
            self.run.interruption.end(self.stage.name, len(self.history))
        self._check_weights()
        self._tell("on_train_end", X=rows, y=None)
        self._restore_best()
        self._zero_grad_optimizer()  # gradients would be pickled with the weights
        stopped = self._agreed(self.run.end(task, self.stage))
        return stopped or self.run.interruption.stage is not None

    def _train_epochs(self, task: FitCallbacks) -> None:
        kept = self.run.checkpoint
        done = 0 if kept is None else kept.restore_epoch(self)
        epoch = done
        while epoch < self.stage.epochs and not self._done:
            epoch += 1
            epoch_task = task.begin("epoch")
            if self._train_epoch(epoch):
                self._tell("on_epoch_end", **self._datasets())
            self._asked |= self.run.end(epoch_task, self.stage)
            self._done |= self._agreed(self._asked)
            if kept is not None and epoch < self.stage.epochs and not self._done:
                kept.save_epoch(self, epoch)
        if kept is not None and self.stage.extendable:
            kept.save_last(self, epoch)

    # -- overrides of skorch's methods --------------------------------------

    @property
    def _default_callbacks(self) -> list:
        return []

    def initialize_criterion(self) -> "StageNet":
        self.criterion_ = None
        return self

    def initialize_optimizer(self, triggered_directly: Any = None) -> "StageNet":
        """One optimiser per player: ``optimizer_``, ``optimizer_1_``, ..."""
        self._pairs = []
        for i, player in enumerate(self.stage.players):
            optimizer = player.make_optimizer()
            setattr(self, f"optimizer_{i}_" if i else "optimizer_", optimizer)
            self._pairs.append((player, optimizer))
        return self

    def _datasets(self) -> dict[str, Rows | None]:
        """The data sets that skorch's callbacks receive."""
        return {"dataset_train": self.run.rows, "dataset_valid": None}

    def _tell(self, event: str, **details: Any) -> None:
        """Notify skorch's callbacks, which end training by KeyboardInterrupt.

        An interrupt from the keyboard ends the fit, whether it comes during a callback
        or a training step.
        """
        try:
            self.notify(event, **details)
        except KeyboardInterrupt:
            if self._interrupts.received:
                raise
            self._asked = True
            # Others share the rest of this epoch.
            self._done |= self.run.processes is None
        if self._interrupts.received:  # the callback has caught it
            raise KeyboardInterrupt

    def _agreed(self, asked: bool) -> bool:
        """Whether a callback asks to stop, in this process or another of the fit."""
        processes = self.run.processes
        return asked if processes is None else any(processes.exchange(asked))

    # -- one epoch ------------------------------------------------------------

    def _train_epoch(self, epoch: int) -> bool:
        """Train for an epoch and record it; False if it ended before the first step."""
        if self.stage.decay:
            self._set_rates(epoch)
        started = time.perf_counter()
        self._tell("on_epoch_begin", **self._datasets())
        if not self._walk(self.run.batches, epoch):
            return False
        self._check_finite()
        means = {k: float(total) / n for k, (total, n) in self._sums.items()}
        if self.stage.objective is not None:
            means["objective"] = self._measure_objective()
        self._record(epoch, means, time.perf_counter() - started)
        return True

    def _walk(self, batches: Batches, epoch: int) -> int:
        """Train the players on the batches, refreshing when due; number of steps."""
        self._set_training(True)
        self._sums: dict[str, tuple[Tensor | float, int]] = {}
        before = self._step
        for batch in batches:
            self.run.let_others_draw()
            if self._is_refresh_due():
                self._refresh()
            if self._done:
                break
            if self._step < self.stage.warmup:
                self._set_rates(epoch)
            if self.callbacks_:
                self._tell("on_batch_begin", batch=(batch.x, None), training=True)
            terms = self.train_step(batch)
            for name, value in terms.items():
                total, count = self._sums.get(name, (0.0, 0))
                self._sums[name] = (total + value, count + 1)
            self._step += 1
            if self.callbacks_:
                self._tell(
                    "on_batch_end",
                    batch=(batch.x, None),
                    training=True,
                    loss=terms["loss"],
                    y_pred=None,
                )
        return self._step - before

    def train_step(self, batch: Batch, **fit_params: Any) -> dict[str, Tensor]:
        """Take one step of each player that is due; return terms and their sum."""
        recorded: dict[str, Tensor] = {}
        total = None
        for player, optimizer in self._pairs:
            if self._step % player.every:
                continue
            compiled = self._compiled if player.compiles else nullcontext()
            with compiled, self.run.autocast():
                terms = player.loss(self.module_, batch)
                loss = sum(terms.values(), torch.zeros((), device=batch.x.device))
            optimizer.zero_grad()
            loss.backward()
            if self.run.processes is not None:
                self.run.processes.sum_gradients(player.parameters)
            if self.callbacks_:
                self._tell(
                    "on_grad_computed",
                    named_parameters=list(self.module_.named_parameters()),
                    batch=(batch.x, None),
                    training=True,
                )
            if player.clip_norm is not None:
                torch.nn.utils.clip_grad_norm_(player.parameters, player.clip_norm)
            optimizer.step()
            if self._step % _FLUSH_INTERVAL == 0:
                flush_denormals(optimizer)
            if player.after_step is not None:
                player.after_step()
            prefix = f"{player.name}_" if player.name else ""
            for name, value in terms.items():
                recorded[prefix + name] = value.detach()
            total = loss.detach() if total is None else total + loss.detach()
        assert total is not None
        recorded["loss"] = total
        return recorded

    def _set_rates(self, epoch: int) -> None:
        """Set learning rates according to warm-up and decay at this step.

        If a callback has changed a rate since the last call, the change is kept.
        """
        stage = self.stage
        factor = min(1.0, (self._step + 1) / max(1, stage.warmup))
        if stage.decay:
            factor *= 1 - (epoch - 1) / stage.epochs
        for _, optimizer in self._pairs:
            for group in optimizer.param_groups:
                rate = group["lr"]
                full, left = group.get("full_lr", rate), group.get("left_lr", rate)
                if rate != left:
                    full *= rate / left
                rate = full * factor
                group |= {"full_lr": full, "left_lr": rate, "lr": rate}

    def _is_refresh_due(self) -> bool:
        stage = self.stage
        return stage.refresh is not None and self._step % stage.refresh_interval == 0

    def _refresh(self) -> None:
        assert self.stage.refresh is not None
        self._check_finite()
        self._set_training(False)
        with self.run.autocast():
            self._done |= bool(self.stage.refresh())
        self._set_training(True)

    def _record(self, epoch: int, means: dict[str, float], seconds: float) -> None:
        """Record the epoch before skorch's callbacks read it."""
        self.history.record("train_loss", means["loss"])
        self.history.record("train_loss_best", means["loss"] < self._smallest)
        self._smallest = min(self._smallest, means["loss"])
        for name, value in means.items():
            self.history.record(name, value)
        self.history.record("dur", seconds)
        self.run.record(self.stage, epoch, means, seconds)

    # -- the best epoch ---------------------------------------------------------

    def _measure_objective(self) -> float:
        """Measure the objective after an epoch; keep the weights if it is the best."""
        assert self.stage.objective is not None
        self._set_training(False)
        with self.run.preserved_generators():
            value = self.stage.objective()
        if value < (math.inf if self._best is None else self._best[0]):
            self._best = value, [tensor.clone() for tensor in self._tensors()]
        return value

    def _restore_best(self) -> None:
        """End with the weights of the epoch that had the smallest objective."""
        if self._best is not None:
            for tensor, best in zip(self._tensors(), self._best[1], strict=True):
                tensor.copy_(best)
            self.run.restored_best = True

    def _tensors(self) -> list[Tensor]:
        parameters = [p.detach() for p in self.module_.parameters()]
        return [*parameters, *self.module_.buffers()]

    # -- checkpoints --------------------------------------------------------------

    def training_state(self) -> dict[str, Any]:
        """The state of the training, beside that of the run."""
        state = self.stage.state
        return {
            "step": self._step,
            "done": self._done,
            "smallest": self._smallest,
            "best": self._best,
            "optimizers": [optimizer.state_dict() for _, optimizer in self._pairs],
            "stage": None if state is None else state.state_dict(),
            "epochs": [storable(epoch) for epoch in self.history],
        }

    def load_training_state(self, state: dict[str, Any]) -> None:
        """Go on from what :meth:`training_state` returned."""
        self._step = state["step"]
        self._done = state["done"]
        self._smallest = state["smallest"]
        self._best = state["best"]
        for (_, optimizer), kept in zip(self._pairs, state["optimizers"], strict=True):
            load_optimizer(optimizer, kept)
        if self.stage.state is not None:
            self.stage.state.load_state_dict(state["stage"])
        self.history[:] = state["epochs"]

    # -- divergence ---------------------------------------------------------------

    def _check_finite(self) -> None:
        total = float(self._sums["loss"][0]) if self._sums else 0.0
        if not math.isfinite(total):
            self._diverged(f"The loss became {total}")

    def _check_weights(self) -> None:
        """Check the weights, as no loss was computed after the last step."""
        if not all(p.isfinite().all() for p in self.module_.parameters()):
            self._diverged("The weights are no longer finite")

    def _diverged(self, what: str) -> NoReturn:
        raise FloatingPointError(
            f"{what} in stage {self.stage.name!r}, epoch {len(self.history)}. Lower "
            "learning_rate, check the input for extreme values (StandardScaler, "
            "RobustScaler), set precision='float32', or make sure that your "
            "augmentation or encoder returns finite numbers."
        )
