"""Versions of the libraries that results depend on."""

import numpy as np
import sklearn
import torch

from skdeepcluster import _version


def versions() -> dict[str, str]:
    """Versions of this package, torch, scikit-learn and NumPy."""
    return {
        "skdeepcluster": _version.__version__,
        "torch": torch.__version__.partition("+")[0],
        "scikit-learn": sklearn.__version__,
        "numpy": np.__version__,
    }
