"""Auto-encoders, and clusters in their embedding: DEC, IDEC, DSSEC."""

from skdeepcluster.embedded.autoencoder import Autoencoder
from skdeepcluster.embedded.dec import DEC, IDEC
from skdeepcluster.embedded.dssec import DSSEC

__all__ = ["DEC", "DSSEC", "IDEC", "Autoencoder"]
