"""Displays of fitted estimators, in the style of scikit-learn (need matplotlib)."""

from skdeepcluster.plotting.confidence import ConfidenceDisplay
from skdeepcluster.plotting.contingency import ContingencyDisplay
from skdeepcluster.plotting.embedding import EmbeddingDisplay
from skdeepcluster.plotting.history import HistoryDisplay
from skdeepcluster.plotting.label_features import LabelFeatureDisplay
from skdeepcluster.plotting.numbers import ClusterNumbersDisplay
from skdeepcluster.plotting.profile import ProfileDisplay
from skdeepcluster.plotting.view_agreement import ViewAgreementDisplay
from skdeepcluster.plotting.view_weights import ViewWeightsDisplay

__all__ = [
    "ClusterNumbersDisplay",
    "ConfidenceDisplay",
    "ContingencyDisplay",
    "EmbeddingDisplay",
    "HistoryDisplay",
    "LabelFeatureDisplay",
    "ProfileDisplay",
    "ViewAgreementDisplay",
    "ViewWeightsDisplay",
]
