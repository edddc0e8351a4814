"""The networks inside the estimators."""

from skdeepcluster.networks.adaptive import AdaptiveNetwork
from skdeepcluster.networks.autoencoder import AutoencoderNetwork
from skdeepcluster.networks.canonical import CanonicalNetwork
from skdeepcluster.networks.centered import CenteredModule
from skdeepcluster.networks.contrastive import ContrastiveNetwork
from skdeepcluster.networks.convolutional import ConvNet
from skdeepcluster.networks.convolutional_1d import ConvNet1d
from skdeepcluster.networks.embedded import EmbeddedClusteringNetwork
from skdeepcluster.networks.fused import (
    Attention,
    Critics,
    FusedNetwork,
    SharedWeights,
    he_normal,
    mean_attention,
)
from skdeepcluster.networks.mixture import MixtureNetwork
from skdeepcluster.networks.mlp import MLP, LeakyMLP, NormalizedMLP, RectifiedMLP
from skdeepcluster.networks.one_hot import OneHotColumns
from skdeepcluster.networks.overclustering import OverclusteringNetwork
from skdeepcluster.networks.partitioned import PartitionedNetwork
from skdeepcluster.networks.principal import PrincipalComponents
from skdeepcluster.networks.projected_views import ProjectedViews, observed_tables
from skdeepcluster.networks.protocols import (
    CenteredNetwork,
    ClusteringNetwork,
    EmbeddingNetwork,
)
from skdeepcluster.networks.reorder import reorder_outputs
from skdeepcluster.networks.resnet import ResNet
from skdeepcluster.networks.scaled import ScaledEncoder
from skdeepcluster.networks.shared_code import SharedCodeNetwork
from skdeepcluster.networks.skip import SkipMLP
from skdeepcluster.networks.translated import Modality, TranslationNetwork
from skdeepcluster.networks.view_encoder import ViewEncoder
from skdeepcluster.networks.views import (
    TablesOfViews,
    ViewInput,
    ViewNetwork,
    encode_views,
)

__all__ = [
    "MLP",
    "AdaptiveNetwork",
    "Attention",
    "AutoencoderNetwork",
    "CanonicalNetwork",
    "CenteredModule",
    "CenteredNetwork",
    "ClusteringNetwork",
    "ContrastiveNetwork",
    "ConvNet",
    "ConvNet1d",
    "Critics",
    "EmbeddedClusteringNetwork",
    "EmbeddingNetwork",
    "FusedNetwork",
    "LeakyMLP",
    "MixtureNetwork",
    "Modality",
    "NormalizedMLP",
    "OneHotColumns",
    "OverclusteringNetwork",
    "PartitionedNetwork",
    "PrincipalComponents",
    "ProjectedViews",
    "RectifiedMLP",
    "ResNet",
    "ScaledEncoder",
    "SharedCodeNetwork",
    "SharedWeights",
    "SkipMLP",
    "TablesOfViews",
    "TranslationNetwork",
    "ViewEncoder",
    "ViewInput",
    "ViewNetwork",
    "encode_views",
    "he_normal",
    "mean_attention",
    "observed_tables",
    "reorder_outputs",
]
