"""Maps on which near rows are near: their loss, the views' votes, their clusters."""

from skdeepcluster.maps.cut import Cut, cut_map
from skdeepcluster.maps.encoders import (
    embedding_network,
    hidden_widths,
    projected_views,
)
from skdeepcluster.maps.loss import MapLoss, projected_table
from skdeepcluster.maps.view_graph import draw_seed, elected_graph
from skdeepcluster.maps.view_support import supported_views

__all__ = [
    "Cut",
    "MapLoss",
    "cut_map",
    "draw_seed",
    "elected_graph",
    "embedding_network",
    "hidden_widths",
    "projected_table",
    "projected_views",
    "supported_views",
]
