"""The skorch net that carries out one stage."""

import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, NoReturn

import torch
from skorch import NeuralNet
from torch import Tensor

from skdeepcluster.training.batches import Batch, Batches
from skdeepcluster.training.compiled import Compiled
from skdeepcluster.training.rows import Rows
from skdeepcluster.training.stage import Stage
from skdeepcluster.training.underflow import flush_underflow

if TYPE_CHECKING:
    from skdeepcluster.training.run import Run


#: Batches between two flushes; momentum takes hundreds to underflow.
_FLUSH_INTERVAL = 128


class _StageDone(Exception):
    """Leaves skorch's epoch loop when a stage ends early."""


class StageNet(NeuralNet):
    """Trains the players of a stage inside skorch's epochs and callbacks.

    The batch loop is skorch's with three things taken out: batches are slices of
    one tensor, losses stay on the device and are read once an epoch, and
    callbacks cost nothing where there are none.
    """

    def __init__(self, module: torch.nn.Module, stage: Stage, run: "Run") -> None:
        self.stage = stage
        self.run = run
        super().__init__(
            module,
            criterion=None,
            max_epochs=stage.epochs,
            train_split=None,
            callbacks=list(run.callbacks),
            verbose=0,
            device=None,
        )

    def train(self, rows: Rows) -> bool:
        """Run the stage, changing the module's weights in place.

        Returns whether a scikit-learn callback asked for no further stages.
        """
        self.initialize()
        self._step = 0
        self._smallest = math.inf
        self._done = False
        self._compiled: AbstractContextManager = (
            Compiled(self.module_) if self.run.compile else nullcontext()
        )
        self._best: tuple[float, list[Tensor]] | None = None
        self._context = self.run.begin(self.stage)
        try:
            self.notify("on_train_begin", X=rows, y=None)
            self.fit_loop(rows)
        except _StageDone:
            pass
        self._check_weights()
        self.notify("on_train_end", X=rows, y=None)
        self._restore_best()
        self._zero_grad_optimizer()  # gradients would be pickled with the weights
        return self.run.notify_end(self._context, self.stage)

    # -- what skorch is told differently ------------------------------------

    @property
    def _default_callbacks(self) -> list:
        return []

    def initialize_criterion(self) -> "StageNet":
        self.criterion_ = None
        return self

    def initialize_optimizer(self, triggered_directly: Any = None) -> "StageNet":
        """One optimiser a player: ``optimizer_``, ``optimizer_1_``, ..."""
        self._pairs = []
        for i, player in enumerate(self.stage.players):
            optimizer = player.optimizer(list(player.parameters))
            setattr(self, f"optimizer_{i}_" if i else "optimizer_", optimizer)
            self._pairs.append((player, optimizer))
        return self

    def get_dataset(self, X: Rows, y: None = None) -> Rows:
        return X

    def get_iterator(self, dataset: Rows, training: bool = False) -> Batches:
        return self.run.batches

    # -- one epoch ------------------------------------------------------------

    def notify(self, method_name: str, **kwargs: Any) -> None:
        """Notify, and leave skorch's epoch loop once the stage is over.

        A skorch callback asks for the end of training by KeyboardInterrupt, a
        scikit-learn callback by the answer of its hook. An interrupt from the
        keyboard reaches the training step instead, and is not caught.
        """
        if method_name == "on_epoch_end" and self.stage.judge is not None:
            self._check_finite()
            self._worth = self._judge(self.stage.judge)
        try:
            super().notify(method_name, **kwargs)
        except KeyboardInterrupt:
            self._done = True
        if method_name == "on_epoch_end":
            self._done |= self.run.notify_end(self._epoch_context, self.stage)
            if self._done:
                raise _StageDone

    def on_epoch_begin(self, net: Any, **kwargs: Any) -> None:
        super().on_epoch_begin(net, **kwargs)
        self._epoch_context = self._context.subcontext(task_name="epoch")
        self.run.notify_begin(self._epoch_context)
        if self.stage.decay:
            self._set_rates()
        self._started = time.perf_counter()

    def _set_rates(self) -> None:
        """Learning rates as warm-up and decay have them at this step.

        What a callback has made of a rate since the last time stays in it.
        """
        stage = self.stage
        factor = min(1.0, (self._step + 1) / max(1, stage.warmup))
        if stage.decay:
            factor *= 1 - (len(self.history) - 1) / stage.epochs
        for _, optimizer in self._pairs:
            for group in optimizer.param_groups:
                rate = group["lr"]
                full, left = group.get("full_lr", rate), group.get("left_lr", rate)
                if rate != left:
                    full *= rate / left
                rate = full * factor
                group |= {"full_lr": full, "left_lr": rate, "lr": rate}

    def run_single_epoch(
        self,
        iterator: Batches | None,
        training: bool,
        prefix: str,
        step_fn: Any,
        **fit_params: Any,
    ) -> None:
        """Step the players over the batches, refreshing when it is due."""
        if iterator is None:  # skorch's validation pass, which is switched off
            return
        self._set_training(True)
        self._sums: dict[str, tuple[Tensor | float, int]] = {}
        self._n_batches = 0
        for batch in iterator:
            if self._is_refresh_due():
                self._refresh()
            if self._done:
                break
            if self._step < self.stage.warmup:
                self._set_rates()
            if self.callbacks_:
                self.notify("on_batch_begin", batch=(batch.x, None), training=True)
            terms = step_fn(batch)
            for name, value in terms.items():
                total, count = self._sums.get(name, (0.0, 0))
                self._sums[name] = (total + value, count + 1)
            self._n_batches += 1
            self._step += 1
            if self.callbacks_:
                self.notify(
                    "on_batch_end",
                    batch=(batch.x, None),
                    training=True,
                    loss=terms["loss"],
                    y_pred=None,
                )
        if not self._n_batches:  # over before any step: there is no such epoch
            self.run.notify_end(self._epoch_context, self.stage)
            raise _StageDone

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

    def train_step(self, batch: Batch, **fit_params: Any) -> dict[str, Tensor]:
        """One step of each player that is due; its terms and their sum."""
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
            if self.callbacks_:
                self.notify(
                    "on_grad_computed",
                    named_parameters=list(self.module_.named_parameters()),
                    batch=(batch.x, None),
                    training=True,
                )
            if player.clip_norm is not None:
                torch.nn.utils.clip_grad_norm_(player.parameters, player.clip_norm)
            optimizer.step()
            if self._step % _FLUSH_INTERVAL == 0:
                flush_underflow(optimizer)
            if player.after_step is not None:
                player.after_step()
            prefix = f"{player.name}_" if player.name else ""
            for name, value in terms.items():
                recorded[prefix + name] = value.detach()
            total = loss.detach() if total is None else total + loss.detach()
        assert total is not None
        recorded["loss"] = total
        return recorded

    def on_epoch_end(self, net: Any, **kwargs: Any) -> None:
        """Write the epoch down; skorch's callbacks read it after this."""
        self._check_finite()
        means = {k: float(total) / n for k, (total, n) in self._sums.items()}
        if self.stage.judge is not None:
            means["objective"] = self._worth
        seconds = time.perf_counter() - self._started
        self.history.record("train_loss", means["loss"])
        self.history.record("train_loss_best", means["loss"] < self._smallest)
        self._smallest = min(self._smallest, means["loss"])
        for name, value in means.items():
            self.history.record(name, value)
        self.history.record("dur", seconds)
        self.run.record(self.stage, len(self.history), means, seconds)

    def _judge(self, judge: Callable[[], float]) -> float:
        """Keep the weights if they are the best so far; what they are worth."""
        self._set_training(False)
        with self.run.undisturbed():
            value = judge()
        if value < (math.inf if self._best is None else self._best[0]):
            self._best = value, [tensor.clone() for tensor in self._tensors()]
        return value

    def _restore_best(self) -> None:
        """End with the weights of the epoch that was judged best."""
        if self._best is not None:
            for tensor, best in zip(self._tensors(), self._best[1], strict=True):
                tensor.copy_(best)
            self.run.judged = True

    def _tensors(self) -> list[Tensor]:
        parameters = [p.detach() for p in self.module_.parameters()]
        return [*parameters, *self.module_.buffers()]

    def _check_finite(self) -> None:
        total = float(self._sums["loss"][0]) if self._sums else 0.0
        if not math.isfinite(total):
            self._diverged(f"The loss became {total}")

    def _check_weights(self) -> None:
        """The last step may have broken what no loss has looked at since."""
        if not all(p.isfinite().all() for p in self.module_.parameters()):
            self._diverged("The weights are no longer finite")

    def _diverged(self, what: str) -> NoReturn:
        raise FloatingPointError(
            f"{what} in stage {self.stage.name!r}, epoch {len(self.history)}. Lower "
            "learning_rate, check the input for extreme values (StandardScaler, "
            "RobustScaler), set precision='float32', or see that an augmentation or "
            "encoder of your own returns finite numbers."
        )
