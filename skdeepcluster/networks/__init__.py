"""The networks inside the estimators."""

from skdeepcluster.networks.adaptive import AdaptiveNetwork
from skdeepcluster.networks.autoencoder import AutoencoderNetwork
from skdeepcluster.networks.contrastive import ContrastiveNetwork
from skdeepcluster.networks.convolutional import ConvNet
from skdeepcluster.networks.embedded import EmbeddedClusteringNetwork
from skdeepcluster.networks.mlp import MLP, NormalizedMLP
from skdeepcluster.networks.resnet import ResNet
from skdeepcluster.networks.scaled import ScaledEncoder

__all__ = [
    "MLP",
    "AdaptiveNetwork",
    "AutoencoderNetwork",
    "ContrastiveNetwork",
    "ConvNet",
    "EmbeddedClusteringNetwork",
    "NormalizedMLP",
    "ResNet",
    "ScaledEncoder",
]
