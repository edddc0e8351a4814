"""Matching the clusters of different modalities, with few pairs or none."""

from skdeepcluster.multiview.alignment.alignment import Alignment, align_modalities
from skdeepcluster.multiview.alignment.modalities import encode_modality

__all__ = ["Alignment", "align_modalities", "encode_modality"]
