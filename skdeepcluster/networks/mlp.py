"""Fully connected networks."""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn


class MLP(nn.Module):
    """Linear layers with ReLU between them; the last layer is linear.

    Weights and biases are initialised uniformly in +-1/sqrt(fan_in).

    Parameters
    ----------
    widths : sequence of int
        Input width, hidden widths, output width.
    """

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(widths))

    def forward(self, x: Tensor) -> Tensor:
        return self.forward_with_hidden(x)[0]

    def forward_with_hidden(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Return the output and the activations of each hidden layer."""
        hidden = []
        for layer in self.layers[:-1]:
            x = layer(x).relu()
            hidden.append(x)
        return self.layers[-1](x), hidden


class NormalizedMLP(nn.Sequential):
    """Blocks of linear layer, batch normalisation and ReLU.

    Parameters
    ----------
    widths : sequence of int
        Input width, hidden widths, output width.
    final_relu : bool, default=True
        Whether the last block ends with ReLU.
    """

    def __init__(self, widths: Sequence[int], final_relu: bool = True) -> None:
        layers: list[nn.Module] = []
        for n_in, n_out in pairwise(widths):
            # The normalisation subtracts the mean, and would cancel a bias.
            layers += [nn.Linear(n_in, n_out, bias=False), nn.BatchNorm1d(n_out)]
            layers += [nn.ReLU()]
        super().__init__(*layers if final_relu else layers[:-1])


class RectifiedMLP(nn.Sequential):
    """Linear layers, ReLU after each (the last too), then batch normalisation.

    Parameters
    ----------
    widths : sequence of int
        Input width, hidden widths, output width.
    normalize : bool
        Whether there is batch normalisation.
    """

    def __init__(self, widths: Sequence[int], normalize: bool) -> None:
        layers: list[nn.Module] = []
        for n_in, n_out in pairwise(widths):
            layers += [nn.Linear(n_in, n_out), nn.ReLU()]
            if normalize:
                layers += [nn.BatchNorm1d(n_out)]
        super().__init__(*layers)


class LeakyMLP(nn.Sequential):
    """Linear layers with LeakyReLU(0.2) between them, then batch normalisation.

    The last layer is linear.

    Parameters
    ----------
    widths : sequence of int
        Input width, hidden widths, output width.
    normalize : bool, default=False
        Whether there is batch normalisation after each LeakyReLU.
    """

    def __init__(self, widths: Sequence[int], normalize: bool = False) -> None:
        layers: list[nn.Module] = []
        for n_in, n_out in pairwise(widths[:-1]):
            layers += [nn.Linear(n_in, n_out), nn.LeakyReLU(0.2)]
            if normalize:
                layers += [nn.BatchNorm1d(n_out)]
        super().__init__(*layers, nn.Linear(widths[-2], widths[-1]))
