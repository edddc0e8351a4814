"""Deep clustering as scikit-learn estimators."""

from skdeepcluster._version import __version__
from skdeepcluster.embedded import DCN, DEC, DKM, DSSEC, IDEC, Autoencoder, VaDE
from skdeepcluster.manifold import NeighborClustering
from skdeepcluster.multiview import DAMC, DCCA, DM2C, EAMC, CoMVC
from skdeepcluster.pairwise import DAC, IIC, PICA, ContrastiveClustering
from skdeepcluster.sharing import export, load, save

__all__ = [
    "DAC",
    "DAMC",
    "DCCA",
    "DCN",
    "DEC",
    "DKM",
    "DM2C",
    "DSSEC",
    "EAMC",
    "IDEC",
    "IIC",
    "PICA",
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
