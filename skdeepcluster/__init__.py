"""Deep clustering as scikit-learn estimators."""

from skdeepcluster._autoencoder import Autoencoder
from skdeepcluster._dec import DEC, IDEC
from skdeepcluster._dssec import DSSEC

__version__ = "0.1.0.dev0"

__all__ = ["DEC", "DSSEC", "IDEC", "Autoencoder"]
