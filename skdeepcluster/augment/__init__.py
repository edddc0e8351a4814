"""Augmentations: callables ``(x, generator) -> x`` on a batch of rows."""

from skdeepcluster.augment.apply import apply_augmentation
from skdeepcluster.augment.images import RandomAffine
from skdeepcluster.augment.rows import Dropout, GaussianNoise

__all__ = ["Dropout", "GaussianNoise", "RandomAffine", "apply_augmentation"]
