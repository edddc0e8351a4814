"""The networks inside the estimators."""

from skdeepcluster.networks.autoencoder import AutoencoderNetwork
from skdeepcluster.networks.embedded import EmbeddedClusteringNetwork
from skdeepcluster.networks.mlp import MLP

__all__ = ["MLP", "AutoencoderNetwork", "EmbeddedClusteringNetwork"]
