"""Deep clustering as scikit-learn estimators."""

from skdeepcluster._version import __version__
from skdeepcluster.embedded import DEC, DSSEC, IDEC, Autoencoder
from skdeepcluster.manifold import NeighborClustering
from skdeepcluster.multiview import DCCA, DM2C, EAMC, CoMVC
from skdeepcluster.pairwise import DAC, ContrastiveClustering
from skdeepcluster.sharing import export, load, save

__all__ = [
    "DAC",
    "DCCA",
    "DEC",
    "DM2C",
    "DSSEC",
    "EAMC",
    "IDEC",
    "Autoencoder",
    "CoMVC",
    "ContrastiveClustering",
    "NeighborClustering",
    "__version__",
    "export",
    "load",
    "save",
]
