"""The network of deep adaptive clustering: an encoder with a clustering head."""

from typing import Any

import torch
from torch import Tensor, nn

from skdeepcluster.networks.reorder import reorder_outputs
from skdeepcluster.networks.scaled import ScaledEncoder


class AdaptiveNetwork(ScaledEncoder):
    """Encoder and the head of DAC: K values per row, one for each cluster.

    Two K x K layers are initialised as the identity, each with batch normalisation. If
    the encoder's output is not of width K, a normalised linear layer comes before them.

    Parameters
    ----------
    encoder : nn.Module
    n_components : int
        Width of the encoder's output.
    n_clusters : int
    final_relu : bool
        Whether a ReLU is applied before the softmax.
    **scaling
        ``center``, ``scale`` and ``input_shape`` of :class:`ScaledEncoder`.
    """

    def __init__(
        self,
        encoder: nn.Module,
        n_components: int,
        n_clusters: int,
        final_relu: bool,
        **scaling: Any,
    ) -> None:
        super().__init__(encoder, **scaling)
        k = n_clusters
        layers: list[nn.Module] = []
        if n_components != k:
            layers += [nn.Linear(n_components, k), nn.BatchNorm1d(k)]
        layers += [_identity(k), nn.BatchNorm1d(k), nn.ReLU()]
        layers += [_identity(k), nn.BatchNorm1d(k)]
        self.head = nn.Sequential(*layers, *([nn.ReLU()] if final_relu else []))

    def forward(self, x: Tensor) -> Tensor:
        """Compute the values a, the input of the constraint layer."""
        return self.head(self.encode(x)).float()

    def logits(self, x: Tensor) -> Tensor:
        """The values whose softmax is the assignment: a."""
        return self(x)

    def assign(self, x: Tensor) -> Tensor:
        """Soft assignment of rows given in the units of the data."""
        return self(x).softmax(1)

    def reorder_clusters(self, order: Tensor) -> None:
        """Let cluster ``i`` be what ``order[i]`` was."""
        last = [layer for layer in self.head if not isinstance(layer, nn.ReLU)][-2:]
        reorder_outputs(last, order)  # linear, and its normalisation


def _identity(width: int) -> nn.Linear:
    layer = nn.Linear(width, width)
    with torch.no_grad():
        nn.init.eye_(layer.weight)
        nn.init.zeros_(layer.bias)
    return layer
