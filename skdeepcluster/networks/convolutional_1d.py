"""All-convolutional encoder of windows of series."""

from torch import Tensor, nn

#: Channels and width of the kernels of each block.
_BLOCKS = ((32, 7), (64, 5), (128, 3))

#: Up to this length, a block does not halve the window.
_SHORT = 8

#: Variance, as a share of that of the table, below which a channel counts as constant.
_EPS = 1e-8


class ConvNet1d(nn.Module):
    """Three blocks of a convolution over time, then one channel per output, averaged.

    Kernels of 7, 5 and 3 steps, 32, 64 and 128 channels, each followed by batch
    normalisation and ReLU. Kernels move by two steps for as long as the window has more
    than 8. The average over the whole window hardly depends on where in the window
    something happens. Channels are normalised first, because they may have units of
    their own.

    Parameters
    ----------
    window_shape : tuple (channels, length)
    n_outputs : int
    """

    def __init__(self, window_shape: tuple[int, int], n_outputs: int) -> None:
        super().__init__()
        n_channels, length = window_shape
        norm = nn.BatchNorm1d(n_channels, eps=_EPS, affine=False)
        layers: list[nn.Module] = [norm]
        for n_out, width in _BLOCKS:
            stride = 2 if length > _SHORT else 1
            layers += [
                nn.Conv1d(
                    n_channels, n_out, width, stride, padding=width // 2, bias=False
                ),
                nn.BatchNorm1d(n_out),
                nn.ReLU(),
            ]
            n_channels, length = n_out, -(-length // stride)
        self.body = nn.Sequential(*layers)
        self.tail = nn.Sequential(
            nn.Conv1d(n_channels, n_outputs, 1, bias=False),
            nn.BatchNorm1d(n_outputs),
            nn.ReLU(),
            nn.AdaptiveAvgPool1d(1),
            nn.Flatten(),
            nn.BatchNorm1d(n_outputs),
        )
        for module in self.modules():
            if isinstance(module, nn.Conv1d):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        return self.tail(self.body(x))
