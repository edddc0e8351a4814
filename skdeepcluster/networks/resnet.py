"""Residual networks of 18 and 34 layers."""

import torch
from torch import Tensor, nn

#: Blocks in each of the four stages.
_DEPTHS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3)}

#: Channels of the last stage.
RESNET_WIDTH = 512


class BasicBlock(nn.Module):
    """Two 3 x 3 convolutions beside a shortcut."""

    def __init__(self, n_in: int, n_out: int, stride: int) -> None:
        super().__init__()
        self.residual = nn.Sequential(
            nn.Conv2d(n_in, n_out, 3, stride, padding=1, bias=False),
            nn.BatchNorm2d(n_out),
            nn.ReLU(),
            nn.Conv2d(n_out, n_out, 3, padding=1, bias=False),
            nn.BatchNorm2d(n_out),
        )
        self.shortcut: nn.Module = nn.Identity()
        if stride > 1 or n_in != n_out:
            self.shortcut = nn.Sequential(
                nn.Conv2d(n_in, n_out, 1, stride, bias=False), nn.BatchNorm2d(n_out)
            )

    def forward(self, x: Tensor) -> Tensor:
        return (self.residual(x) + self.shortcut(x)).relu()


class ResNet(nn.Module):
    """ResNet-18 or ResNet-34 without its classifier: 512 averaged channels.

    Images of 64 pixels and more enter through the stem made for ImageNet (7 x 7
    convolution with stride 2, max pooling), smaller ones through the stem made for
    CIFAR (one 3 x 3 convolution).

    Parameters
    ----------
    image_shape : tuple (channels, height, width)
    n_outputs : int
        512 ends with the average; any other width adds a linear layer.
    depth : {18, 34}

    References
    ----------
    He, Zhang, Ren, Sun, "Deep residual learning for image recognition", CVPR 2016.
    """

    def __init__(
        self, image_shape: tuple[int, int, int], n_outputs: int, depth: int
    ) -> None:
        super().__init__()
        n_channels, height, width = image_shape
        if min(height, width) >= 64:
            stem: list[nn.Module] = [
                nn.Conv2d(n_channels, 64, 7, 2, padding=3, bias=False),
                nn.BatchNorm2d(64),
                nn.ReLU(),
                nn.MaxPool2d(3, 2, padding=1),
            ]
        else:
            stem = [
                nn.Conv2d(n_channels, 64, 3, padding=1, bias=False),
                nn.BatchNorm2d(64),
                nn.ReLU(),
            ]
        stages, n_in = [], 64
        for n_blocks, n_out in zip(_DEPTHS[depth], (64, 128, 256, 512), strict=True):
            for i in range(n_blocks):
                stride = 2 if i == 0 and n_out > 64 else 1
                stages.append(BasicBlock(n_in, n_out, stride))
                n_in = n_out
        self.stem = nn.Sequential(*stem)
        self.stages = nn.Sequential(*stages)
        self.pool = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.project: nn.Module = nn.Identity()
        if n_outputs != RESNET_WIDTH:
            self.project = nn.Linear(RESNET_WIDTH, n_outputs)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(
                    module.weight, mode="fan_out", nonlinearity="relu"
                )
        # A quarter faster on CPUs, and the format that tensor cores read.
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, x: Tensor) -> Tensor:
        return self.project(self.pool(self.stages(self.stem(x))))
