"""The networks inside the estimators."""

from skdeepcluster.networks.adaptive import AdaptiveNetwork
from skdeepcluster.networks.autoencoder import AutoencoderNetwork
from skdeepcluster.networks.contrastive import ContrastiveNetwork
from skdeepcluster.networks.convolutional import ConvNet
from skdeepcluster.networks.embedded import EmbeddedClusteringNetwork
from skdeepcluster.networks.fused import (
    Critics,
    FusedNetwork,
    he_normal,
    mean_attention,
)
from skdeepcluster.networks.mlp import MLP, NormalizedMLP, RectifiedMLP
from skdeepcluster.networks.resnet import ResNet
from skdeepcluster.networks.scaled import ScaledEncoder
from skdeepcluster.networks.views import ViewInput

__all__ = [
    "MLP",
    "AdaptiveNetwork",
    "AutoencoderNetwork",
    "ContrastiveNetwork",
    "ConvNet",
    "Critics",
    "EmbeddedClusteringNetwork",
    "FusedNetwork",
    "NormalizedMLP",
    "RectifiedMLP",
    "ResNet",
    "ScaledEncoder",
    "ViewInput",
    "he_normal",
    "mean_attention",
]
