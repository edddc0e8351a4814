"""Base class of methods that learn from two copies of each row."""

import math
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from skdeepcluster.augment import apply_augmentation
from skdeepcluster.base.parameters import COUNT, POSITIVE
from skdeepcluster.neighbors import default_epochs
from skdeepcluster.pairwise.base import PairwiseClusterer
from skdeepcluster.pairwise.neighbors import Neighbors
from skdeepcluster.training import (
    Batch,
    Loss,
    Player,
    Rows,
    Run,
    Stage,
    adam,
    renew_batch_norm,
)

#: Rows on which the objective is measured.
_OBJECTIVE_ROWS = 1024

#: Default epochs on images.
_IMAGE_EPOCHS = 200


@dataclass(eq=False, repr=False, kw_only=True)
class CopiesClusterer(PairwiseClusterer):
    """The labels of ``init``, then a stage on two copies of each row of a batch.

    The second copy is one of the nearest rows, or both are augmented.
    """

    n_components: Annotated[int, POSITIVE] = 128
    hidden_layer_sizes: Annotated[Sequence[int], "array-like"] = (128,)
    max_iter: Annotated[int | None, None, COUNT] = None

    #: Name of the second stage.
    _stage: ClassVar[str]

    @abstractmethod
    def _copies_loss(
        self, augmentation: Callable | None, neighbors: Neighbors | None
    ) -> Loss:
        """The loss of the second stage."""

    def _stages(self, network: Any, run: Run) -> Iterator[Stage]:
        augmentation = self._augmentation(run.rows, run.random_state)
        neighbors = self._neighbors(run.rows)
        yield from self._pretraining(network, run, augmentation, neighbors)
        loss = self._copies_loss(augmentation, neighbors)
        yield Stage(
            self._stage,
            [self._player(network, loss)],
            epochs=self._epochs(run),
            warmup=self._warmup(run),
            cached=True,
            objective=self._objective_of_epochs(network, run, renew_batch_norm),
            extendable=True,
        )
        if not run.restored_best:
            renew_batch_norm(network, run)

    def _player(self, network: Any, loss: Loss) -> Player:
        return Player(loss, [*network.parameters()], adam(self.learning_rate))

    def _epochs(self, run: Run) -> int:
        if self.max_iter is not None:
            return self.max_iter
        if self.image_shape is not None:
            return _IMAGE_EPOCHS
        return default_epochs(run)

    def _n_neighbors(self, rows: Rows) -> int | None:
        # Who sets an augmentation asks for augmented copies.
        auto = isinstance(self.n_neighbors, str)
        if auto and self.augmentation is not None and not self._auto_augmentation():
            return None
        return super()._n_neighbors(rows)

    def _augmentation(
        self, rows: Rows, random_state: np.random.RandomState
    ) -> Callable | None:
        if self._auto_augmentation() and self._n_neighbors(rows) is not None:
            return None  # a neighbour is a changed copy already
        return super()._augmentation(rows, random_state)

    def _auto_augmentation(self) -> bool:
        return isinstance(self.augmentation, str) and self.augmentation == "auto"

    @torch.no_grad()
    def _objective(self, network: Any, rows: Rows) -> float:
        measured = self._measured(rows)
        if measured is None:  # score says so
            return math.nan
        loss, batch = measured
        return float(sum(loss(network, batch).values()))

    def _measured(self, rows: Rows) -> tuple[Loss, Batch] | None:
        """The loss, and rows on which it is measured; None if not all are finite."""
        random_state = np.random.RandomState(0)
        x = rows.sample(_OBJECTIVE_ROWS, random_state)
        if not x.isfinite().all():
            return None
        generator = torch.Generator(device=rows.device).manual_seed(0)
        sample = Rows(x.cpu().numpy(), rows.device)
        loss = self._copies_loss(
            self._augmentation(rows, random_state), self._neighbors(sample)
        )
        index = torch.arange(len(x), device=rows.device)
        return loss, Batch(x, index, generator)


def copies(
    batch: Batch, augmentation: Callable | None, neighbors: Neighbors | None
) -> Tensor:
    """Both copies of the rows of a batch, one after the other.

    With ``neighbors``, the second copy of a row is one of its neighbours. Both copies
    are augmented.
    """
    second = batch.x if neighbors is None else neighbors.of(batch)
    return torch.cat(
        [
            apply_augmentation(augmentation, x, batch.generator)
            for x in (batch.x, second)
        ]
    )
