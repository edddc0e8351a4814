"""Deep clustering as scikit-learn estimators."""

from skdeepcluster._autoencoder import Autoencoder
from skdeepcluster._contrastive import ContrastiveClustering
from skdeepcluster._dac import DAC
from skdeepcluster._dec import DEC, IDEC
from skdeepcluster._dm2c import DM2C
from skdeepcluster._dssec import DSSEC
from skdeepcluster._eamc import EAMC
from skdeepcluster.sharing import load, save

__version__ = "0.1.0.dev0"

__all__ = [
    "DAC",
    "DEC",
    "DM2C",
    "DSSEC",
    "EAMC",
    "IDEC",
    "Autoencoder",
    "ContrastiveClustering",
    "load",
    "save",
]
