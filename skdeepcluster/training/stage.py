"""Stages and players, the building blocks of a recipe."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from skdeepcluster.training.batches import Batch

#: Maps a network and a batch to the named terms whose sum is minimised.
Loss = Callable[[Any, Batch], dict[str, Tensor]]


def adam(
    learning_rate: float, betas: tuple[float, float] = (0.9, 0.999)
) -> Callable[..., torch.optim.Optimizer]:
    """Adam, with the update of all parameters fused into one kernel."""
    return partial(torch.optim.Adam, lr=learning_rate, betas=betas, fused=True)


def rmsprop(
    learning_rate: float, alpha: float = 0.9
) -> Callable[..., torch.optim.Optimizer]:
    """RMSprop with Keras's default decay of 0.9, which papers do not mention."""
    return partial(torch.optim.RMSprop, lr=learning_rate, alpha=alpha)


@dataclass
class Player:
    """A loss and the parameters that it trains.

    Parameters
    ----------
    loss : callable (network, batch) -> dict of named scalar terms
    parameters : sequence of nn.Parameter
    optimizer : callable (parameters) -> Optimizer
    learning_rates : sequence of (sequence of nn.Parameter, float)
        Groups of ``parameters`` with different learning rates.
    name : str
        Prefix of the loss's terms in the history, for stages with several players.
    every : int
        The player takes a step on every ``every``-th batch.
    clip_norm : float, optional
        Largest norm of the gradient of all ``parameters`` together.
    after_step : callable () -> None, optional
        Called after each step, for example to clip weights.
    compiles : bool
        Whether ``compile`` applies; it must be False if gradients are differentiated
        again, which compiled code does not support.
    """

    loss: Loss
    parameters: Sequence[nn.Parameter]
    optimizer: Callable[..., torch.optim.Optimizer]
    learning_rates: Sequence[tuple[Sequence[nn.Parameter], float]] = ()
    name: str = ""
    every: int = 1
    clip_norm: float | None = None
    after_step: Callable[[], None] | None = None
    compiles: bool = True

    def make_optimizer(self) -> torch.optim.Optimizer:
        """An optimiser of the parameters, in one group per learning rate."""
        special = {id(p) for group, _ in self.learning_rates for p in group}
        groups: list[dict[str, Any]] = [
            {"params": [p for p in self.parameters if id(p) not in special]},
            *({"params": [*group], "lr": rate} for group, rate in self.learning_rates),
        ]
        return self.optimizer([group for group in groups if group["params"]])


@dataclass
class Stage:
    """A part of a recipe in which the same players train for a number of epochs.

    Parameters
    ----------
    name : str
    players : sequence of Player
        They take turns on each batch.
    epochs : int
    refresh : callable () -> bool, optional
        Called before the first batch and then every ``refresh_interval`` batches,
        counted across epochs; a true result ends the stage.
    refresh_interval : int
    decay : bool
        Whether learning rates fall linearly to zero over the epochs.
    warmup : int
        Batches over which learning rates first rise linearly to their full value.
    cached : bool
        Whether the result may be cached in ``memory``. The players' losses and
        optimisers must then be picklable and, together with the network's weights, the
        rows and the generators, determine the training.
    assigns : bool
        Whether the network's assignments are meaningful during this stage, so
        that callbacks can score them.
    prepare_scoring : callable () -> None, optional
        Updates what only predictions use, before callbacks score.
    objective : callable () -> float, optional
        The current objective of the network. The stage then ends with the weights of
        the epoch in which it was smallest, not with those of the last epoch.
    state : object with ``state_dict`` and ``load_state_dict``, optional
        What the losses and ``refresh`` remember from one batch to the next; saved in
        checkpoints.
    extendable : bool
        Whether a fit with more epochs of this stage begins as one with fewer: it is the
        last stage, and nothing in the recipe depends on the number of its epochs. A
        finished fit with a checkpoint can then go on with more of them.
    """

    name: str
    players: Sequence[Player]
    epochs: int
    refresh: Callable[[], bool] | None = None
    refresh_interval: int = 1
    decay: bool = False
    warmup: int = 0
    cached: bool = False
    assigns: bool = True
    prepare_scoring: Callable[[], None] | None = None
    objective: Callable[[], float] | None = None
    state: Any = None
    extendable: bool = False

    def signature(self) -> tuple:
        """Description of the stage, as far as it can be pickled."""
        players = [
            (
                p.name,
                p.loss,
                p.optimizer,
                [rate for _, rate in p.learning_rates],
                p.every,
                p.clip_norm,
            )
            for p in self.players
        ]
        restores = self.objective is not None
        return (self.name, self.epochs, self.decay, self.warmup, restores, players)


def resolve_epochs(
    epochs: int | None, default: int, min_batches: int, n_batches: int
) -> int:
    """Number of epochs: as given, or the default raised to a minimum of batches.

    Parameters
    ----------
    epochs : int or None
        The parameter; None asks for the default.
    default : int
    min_batches : int
    n_batches : int
        Batches of one epoch.
    """
    if epochs is not None:
        return epochs
    return max(default, math.ceil(min_batches / n_batches))
