"""Auto-encoders, and clusters in their embedding: DEC, IDEC, DSSEC, DCN, VaDE."""

from skdeepcluster.embedded.autoencoder import Autoencoder
from skdeepcluster.embedded.dcn import DCN
from skdeepcluster.embedded.dec import DEC, IDEC
from skdeepcluster.embedded.dssec import DSSEC
from skdeepcluster.embedded.vade import VaDE

__all__ = ["DCN", "DEC", "DSSEC", "IDEC", "Autoencoder", "VaDE"]
