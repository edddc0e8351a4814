"""Deep clustering as scikit-learn estimators."""

from skdeepcluster._version import __version__
from skdeepcluster.embedded import DCN, DEC, DSSEC, IDEC, Autoencoder, VaDE
from skdeepcluster.manifold import NeighborClustering
from skdeepcluster.multiview import DCCA, DM2C, EAMC, CoMVC
from skdeepcluster.pairwise import DAC, IIC, ContrastiveClustering
from skdeepcluster.sharing import export, load, save

__all__ = [
    "DAC",
    "DCCA",
    "DCN",
    "DEC",
    "DM2C",
    "DSSEC",
    "EAMC",
    "IDEC",
    "IIC",
    "Autoencoder",
    "CoMVC",
    "ContrastiveClustering",
    "NeighborClustering",
    "VaDE",
    "__version__",
    "export",
    "load",
    "save",
]
