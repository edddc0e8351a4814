"""Images per second of each augmentation, compared with kornia.

    python docs/benchmarks/augmentations.py

writes ``results/augmentations.md``. Arms take turns; each figure is the best of its
rounds. Both libraries change an image with the same probability; kornia draws the order
of the jitter's steps once per batch.
"""

import argparse
import time
from pathlib import Path

import kornia
import kornia.augmentation as K
import torch

from skdeepcluster.augment import (
    ColorJitter,
    GaussianBlur,
    RandomAffine,
    RandomGrayscale,
    RandomHorizontalFlip,
    RandomResizedCrop,
    color_images,
)

SHAPE = (3, 32, 32)
N = 256
JITTER = {"brightness": 0.4, "contrast": 0.4, "saturation": 0.4, "hue": 0.1}


def pairs():
    """Name -> ours and kornia's, as similar as possible."""
    size = SHAPE[1:]
    yield (
        "RandomAffine",
        RandomAffine(SHAPE),
        K.RandomAffine(10, (0.1, 0.1), (0.9, 1.1), p=1.0),
    )
    yield "RandomResizedCrop", RandomResizedCrop(SHAPE), K.RandomResizedCrop(size)
    yield (
        "RandomHorizontalFlip",
        RandomHorizontalFlip(SHAPE),
        K.RandomHorizontalFlip(p=0.5),
    )
    yield (
        "ColorJitter",
        ColorJitter(SHAPE, **JITTER, p=1.0),
        K.ColorJiggle(*JITTER.values(), p=1.0),
    )
    yield "RandomGrayscale", RandomGrayscale(SHAPE, p=0.2), K.RandomGrayscale(p=0.2)
    yield (
        "GaussianBlur",
        GaussianBlur(SHAPE, kernel_size=3, p=1.0),
        K.RandomGaussianBlur((3, 3), (0.1, 2.0), p=1.0),
    )
    yield (
        "color_images (the whole preset)",
        color_images(SHAPE),
        K.AugmentationSequential(
            K.RandomResizedCrop(size, scale=(0.08, 1.0)),
            K.RandomHorizontalFlip(p=0.5),
            K.ColorJiggle(*JITTER.values(), p=0.8),
            K.RandomGrayscale(p=0.2),
        ),
    )


def best(arms, rounds):
    """Most images per second of each arm over rounds in which they take turns."""
    rates = [0.0] * len(arms)
    for _ in range(rounds):
        for i, arm in enumerate(arms):
            started = time.perf_counter()
            arm()
            rates[i] = max(rates[i], N / (time.perf_counter() - started))
    return rates


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    args = parser.parse_args()
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(N, SHAPE[0] * SHAPE[1] * SHAPE[2], generator=generator)
    images = x.reshape(N, *SHAPE)
    lines = [
        "# Augmentations",
        "",
        f"Images of 3 x 32 x 32 a second, in batches of {N}; torch "
        f"{torch.__version__}, kornia {kornia.__version__}, "
        f"{torch.get_num_threads()} threads.",
        "",
        "| augmentation | ours | kornia | ratio |",
        "|---|---|---|---|",
    ]
    for name, ours, theirs in pairs():
        rates = best(
            [lambda f=ours: f(x, generator), lambda f=theirs: f(images)], args.rounds
        )
        ratio = rates[0] / rates[1]
        lines.append(f"| {name} | {rates[0]:.0f} | {rates[1]:.0f} | {ratio:.1f} |")
        print(lines[-1], flush=True)
    path = Path(__file__).parent / "results" / "augmentations.md"
    path.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
