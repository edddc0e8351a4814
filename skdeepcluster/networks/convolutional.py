"""All-convolutional encoders, chosen by the size of the image."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn


class ConvNet(nn.Module):
    """Blocks of 3 x 3 convolutions, then one channel per output, averaged.

    The networks of "Deep adaptive image clustering" (Chang et al., 2017):

    ============  ==========================  =================
    image side    convolutions per block      channels
    ============  ==========================  =================
    96 and more   3, 3, 3                     64, 128, 256
    24 to 95      3, 3                        64, 128
    up to 23      2, 2                        64, 128
    ============  ==========================  =================

    Convolutions are not padded (except below 16 pixels, where nothing would be left),
    and are followed by batch normalisation and ReLU; a block ends with 2 x 2 max
    pooling and batch normalisation. The final average is over the whole image. The
    smallest network is this library's; the others are published.

    Parameters
    ----------
    image_shape : tuple (channels, height, width)
    n_outputs : int
    """

    def __init__(self, image_shape: tuple[int, int, int], n_outputs: int) -> None:
        super().__init__()
        n_channels, height, width = image_shape
        side = min(height, width)
        padding = 1 if side < 16 else 0
        layers: list[nn.Module] = []
        for n_convolutions, n_out in _blocks(side):
            for _ in range(n_convolutions):
                layers += [
                    nn.Conv2d(n_channels, n_out, 3, padding=padding, bias=False),
                    nn.BatchNorm2d(n_out),
                    nn.ReLU(),
                ]
                n_channels = n_out
            if side >= 2:  # a single pixel cannot be pooled
                layers += [nn.MaxPool2d(2), nn.BatchNorm2d(n_out)]
                side //= 2
        self.body = nn.Sequential(*layers)
        self.tail = nn.Sequential(
            nn.Conv2d(n_channels, n_outputs, 1, bias=False),
            nn.BatchNorm2d(n_outputs),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.BatchNorm1d(n_outputs),
        )
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        # A quarter faster on CPUs, and the format that tensor cores read.
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, x: Tensor) -> Tensor:
        return self.tail(self.body(x))


def _blocks(side: int) -> Iterator[tuple[int, int]]:
    """Number of convolutions and of channels of each block."""
    if side >= 96:
        yield from [(3, 64), (3, 128), (3, 256)]
    elif side >= 24:
        yield from [(3, 64), (3, 128)]
    else:
        yield from [(2, 64), (2, 128)]
