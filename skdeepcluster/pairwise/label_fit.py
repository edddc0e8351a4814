"""The loss of the first stage: the labels of a plain clusterer."""

from collections.abc import Callable
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from skdeepcluster.augment import apply_augmentation
from skdeepcluster.networks import AdaptiveNetwork, ContrastiveNetwork
from skdeepcluster.training import Batch


@dataclass(frozen=True)
class LabelFit:
    """Cross-entropy with the labels of a plain clusterer."""

    labels: Tensor
    augmentation: Callable | None

    def __call__(
        self, network: AdaptiveNetwork | ContrastiveNetwork, batch: Batch
    ) -> dict[str, Tensor]:
        """The terms of the loss on a batch."""
        x = apply_augmentation(self.augmentation, batch.x, batch.generator)
        labels = self.labels[batch.index]
        total = F.cross_entropy(network.logits(x), labels, reduction="sum")
        # A batch may consist of noise only, whose labels are negative; it counts 0.
        return {"labels": total / (labels >= 0).sum().clamp(min=1)}
