"""Raw frames as numbers that a clusterer takes."""

from skdeepcluster.compose.encoder import one_hot_groups, table_encoder

__all__ = ["one_hot_groups", "table_encoder"]
