"""
What augmentations do
=====================

Contrastive clustering and DAC learn from random transformations of the rows: clusters
become invariant to what the augmentation changes. All rows of a batch are transformed
at once, each differently, with random numbers from a given generator.
"""

import matplotlib.pyplot as plt
import torch
from sklearn.datasets import load_digits, load_sample_images

from skdeepcluster.augment import (
    ColorJitter,
    GaussianBlur,
    RandomAffine,
    RandomGrayscale,
    RandomHorizontalFlip,
    RandomResizedCrop,
    color_images,
    digit_images,
    handwriting_images,
)

# %%
# Images are flat rows with a shape: (channels, height, width).

photograph = torch.from_numpy(load_sample_images().images[0][:420:7, 100:520:7].copy())
colors = (3, 60, 60)
row = photograph.permute(2, 0, 1).reshape(1, -1) / 255
digit = torch.tensor(load_digits().data[5:6] / 16, dtype=torch.float32)
cases = {
    "crop": (RandomResizedCrop(colors), row, colors),
    "flip": (RandomHorizontalFlip(colors), row, colors),
    "colours": (ColorJitter(colors), row, colors),
    "grayscale": (RandomGrayscale(colors), row, colors),
    "blur": (GaussianBlur(colors), row, colors),
    'the preset "colors"': (color_images(colors), row, colors),
    "rotation, shift, zoom": (RandomAffine((1, 8, 8)), digit, (1, 8, 8)),
    'the preset "digits"': (digit_images((1, 8, 8)), digit, (1, 8, 8)),
    'the preset "handwriting"': (handwriting_images((1, 8, 8)), digit, (1, 8, 8)),
}

# %%
# The original, and six augmented copies.

figure, axes = plt.subplots(len(cases), 7, figsize=(8, 9), layout="constrained")
for (name, (augmentation, x, shape)), line in zip(cases.items(), axes, strict=True):
    changed = augmentation(x.repeat(6, 1), torch.Generator().manual_seed(1))
    for picture, ax in zip(torch.cat([x, changed]), line, strict=True):
        pixels = picture.reshape(shape).permute(1, 2, 0).clamp(0, 1)
        ax.imshow(pixels.squeeze(2), cmap="gray_r", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])
    line[0].set_ylabel(name, rotation=0, ha="right", va="center")
axes[0, 0].set_title("original", fontsize=9)
plt.show()
