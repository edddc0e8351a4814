"""Published settings, as parameters.

The docstrings of the methods state the same, but for those of CIFAR-10.
"""

from skdeepcluster.augment import (
    Compose,
    RandomAffine,
    RandomHorizontalFlip,
    color_images,
)

DAC = {
    "init": None,
    "balance_weight": 0,
    "consistency_weight": 0,
    "final_relu": True,
    "augmentation": None,
    "batch_size": 128,
}

#: Of CIFAR-10, 32 x 32 pixels in [0, 1], as in the authors' code but that images keep
#: their size.
CIFAR = (3, 32, 32)
CONTRASTIVE_CIFAR = {
    "image_shape": CIFAR,
    "encoder": "resnet34",
    "n_components": 512,
    "augmentation": color_images(CIFAR, strength=0.5),
    "max_iter": 1000,
    "batch_size": 256,
    "learning_rate": 3e-4,
}
#: Thresholds and epochs of the paper; augmentation, consistency and batches of the
#: authors' code.
DAC_CIFAR = {
    "image_shape": CIFAR,
    "init": None,
    "balance_weight": 0,
    "augmentation": Compose(
        (
            RandomAffine(CIFAR, degrees=20, shift=0.18, zoom=0.15),
            RandomHorizontalFlip(CIFAR),
        )
    ),
    "batch_size": 32,
}

EAMC = {
    "pretrain_epochs": 0,
    "init": None,
    "batch_norm": False,
    "regularizer": "orthogonality",
    "attention_reduction": "sum",
    "adversarial_weight": 10,
    "n_components": 500,
    "batch_size": 100,
    "max_iter": 500,
    "learning_rate": 1e-5,
    "attention_learning_rate": 1e-4,
    "critic_learning_rate": 1e-3,
}
DM2C = {
    "pretrain": "reconstruction",
    "pretrain_epochs": 150,
    "alignment": None,
    "pair_weight": 0,
    "freeze_encoders": False,
    "unify_to": 0,
    "cycle_reconstruction_weight": 1,
    "adversarial_weight": 0.5,
    "lipschitz": "clip",
    "critic_interval": 5,
    "n_components": 128,
    "hidden_layer_sizes": (1024, 256),
    "translator_units": (128, 256, 128, 256, 128),
    "translator_batch_norm": True,
    "max_iter": 220,
    "batch_size": 128,
    "learning_rate": 1e-4,
    "translator_learning_rate": 5e-4,
    "critic_learning_rate": 5e-5,
}

#: Denoising layer by layer, as DEC was published; there with more epochs.
LAYERWISE = {"pretrain": "layerwise", "corruption": 0.2}
