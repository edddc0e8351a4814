"""A linear map that an MLP corrects."""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from skdeepcluster.networks.mlp import MLP

#: Numbers that a processor multiplies at once.
_VECTOR = 16


class SkipMLP(nn.Module):
    """The sum of a linear map and an MLP, which starts as the linear map.

    The last layer of the MLP starts at zero. Both parts are trained.

    Parameters
    ----------
    weight : ndarray of shape (n_out, n_in)
    bias : ndarray of shape (n_out,)
        Start of the linear map.
    hidden : sequence of int
        Widths of the hidden layers of the MLP.
    """

    def __init__(
        self, weight: np.ndarray, bias: np.ndarray, hidden: Sequence[int]
    ) -> None:
        super().__init__()
        n_out, n_in = weight.shape
        self.linear = nn.Linear(n_in, n_out)
        self.mlp = MLP([n_in, *hidden, n_out])
        last = self.mlp.layers[-1]
        with torch.no_grad():
            self.linear.weight.copy_(torch.as_tensor(weight))
            self.linear.bias.copy_(torch.as_tensor(bias))
            for parameter in last.parameters():
                parameter.zero_()

    def forward(self, x: Tensor) -> Tensor:
        return self.forward_with_hidden(x)[0]

    def forward_with_hidden(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Return the output and the activations of each hidden layer."""
        correction, hidden = self.mlp.forward_with_hidden(x)
        return self._linear(x) + correction, hidden

    def _linear(self, x: Tensor) -> Tensor:
        """The linear map; in predictions a row's result does not depend on others.

        Products for few inputs and outputs are computed in another way in odd rows than
        in even ones, if they have fewer outputs than a vector of the processor.
        """
        missing = _VECTOR - self.linear.out_features
        if self.training or missing <= 0:
            return self.linear(x)
        weight = F.pad(self.linear.weight, (0, 0, 0, missing))
        bias = F.pad(self.linear.bias, (0, missing))
        return F.linear(x, weight, bias)[:, :-missing]
