"""Stages and players: what a recipe is made of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from skdeepcluster.training.batches import Batch

#: Maps a network and a batch to the named terms whose sum is minimised.
Loss = Callable[[nn.Module, Batch], dict[str, Tensor]]


def adam(
    learning_rate: float, betas: tuple[float, float] = (0.9, 0.999)
) -> Callable[..., torch.optim.Optimizer]:
    """Adam, with the whole update of all parameters in one kernel."""
    return partial(torch.optim.Adam, lr=learning_rate, betas=betas, fused=True)


def rmsprop(
    learning_rate: float, alpha: float = 0.9
) -> Callable[..., torch.optim.Optimizer]:
    """RMSprop with the memory of 0.9 that papers of the Keras years leave unsaid."""
    return partial(torch.optim.RMSprop, lr=learning_rate, alpha=alpha)


@dataclass
class Player:
    """One loss and the parameters it moves.

    Parameters
    ----------
    loss : callable (network, batch) -> dict of named scalar terms
    parameters : sequence of nn.Parameter
    optimizer : callable (parameters) -> Optimizer
    name : str
        Prefix of the loss's terms in the history, for stages of several players.
    every : int
        Steps on every ``every``-th batch.
    clip_norm : float, optional
        Largest norm of the gradient of all ``parameters`` together.
    after_step : callable () -> None, optional
        For example weight clipping.
    compiles : bool
        Whether ``compile`` applies; not where gradients are differentiated again,
        which compiled code cannot do.
    """

    loss: Loss
    parameters: Sequence[nn.Parameter]
    optimizer: Callable[..., torch.optim.Optimizer]
    name: str = ""
    every: int = 1
    clip_norm: float | None = None
    after_step: Callable[[], None] | None = None
    compiles: bool = True


@dataclass
class Stage:
    """A part of a recipe in which the same players train for some epochs.

    Parameters
    ----------
    name : str
    players : sequence of Player
        They step one after the other on each batch.
    epochs : int
    refresh : callable () -> bool, optional
        Called before the first batch and then every ``refresh_interval`` batches,
        counted over epochs; a true result ends the stage.
    refresh_interval : int
    decay : bool
        Whether learning rates fall linearly to zero over the epochs.
    warmup : int
        Batches over which learning rates first rise linearly to their full value.
    cached : bool
        Whether ``memory`` may hold the result. Then the players' losses and
        optimisers must be picklable and decide the training, together with the
        network's weights, the rows and the generators.
    assigns : bool
        Whether the network's assignments mean something during this stage, so
        that callbacks may score them.
    settle : callable () -> None, optional
        Brings what predictions use, and training does not, up to date for callbacks.
    judge : callable () -> float, optional
        What the network is worth as it is, smaller is better. The stage then ends
        with the weights of its best epoch, not of its last.
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
    settle: Callable[[], None] | None = None
    judge: Callable[[], float] | None = None

    def signature(self) -> tuple:
        """What the stage does, as far as it can be pickled."""
        players = [
            (p.name, p.loss, p.optimizer, p.every, p.clip_norm) for p in self.players
        ]
        judged = self.judge is not None
        return (self.name, self.epochs, self.decay, self.warmup, judged, players)
