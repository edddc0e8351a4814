"""Auto-encoders, and clusters in their embedding: DEC, IDEC, DSSEC, DCN, DKM, VaDE."""

from skdeepcluster.embedded.autoencoder import Autoencoder
from skdeepcluster.embedded.dcn import DCN
from skdeepcluster.embedded.dec import DEC, IDEC
from skdeepcluster.embedded.dkm import DKM
from skdeepcluster.embedded.dssec import DSSEC
from skdeepcluster.embedded.vade import VaDE

__all__ = ["DCN", "DEC", "DKM", "DSSEC", "IDEC", "Autoencoder", "VaDE"]
