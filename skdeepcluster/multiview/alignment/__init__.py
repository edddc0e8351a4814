"""Matching the clusters of different modalities, with few pairs or none."""

from skdeepcluster.multiview.alignment.alignment import Alignment, align_modalities
from skdeepcluster.multiview.alignment.modalities import ModalityTable, encode_modality

__all__ = ["Alignment", "ModalityTable", "align_modalities", "encode_modality"]
