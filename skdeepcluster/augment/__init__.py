"""Augmentations: callables ``(x, generator) -> x`` on a batch of rows."""

from skdeepcluster.augment.apply import apply_augmentation
from skdeepcluster.augment.colors import ColorJitter, GaussianBlur, RandomGrayscale
from skdeepcluster.augment.images import (
    RandomAffine,
    RandomHorizontalFlip,
    RandomResizedCrop,
)
from skdeepcluster.augment.presets import (
    Compose,
    color_images,
    digit_images,
    handwriting_images,
    sensor_windows,
)
from skdeepcluster.augment.rows import Dropout, GaussianNoise, Mask, Swap
from skdeepcluster.augment.windows import RandomShift, RandomStrength

__all__ = [
    "ColorJitter",
    "Compose",
    "Dropout",
    "GaussianBlur",
    "GaussianNoise",
    "Mask",
    "RandomAffine",
    "RandomGrayscale",
    "RandomHorizontalFlip",
    "RandomResizedCrop",
    "RandomShift",
    "RandomStrength",
    "Swap",
    "apply_augmentation",
    "color_images",
    "digit_images",
    "handwriting_images",
    "sensor_windows",
]
