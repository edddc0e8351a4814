"""Hashes of objects by their content."""

from typing import Any

import torch
from joblib.hashing import NumpyHasher


class Hasher(NumpyHasher):
    """joblib's hasher, extended so that equal tensors have equal hashes."""

    def save(self, obj: Any) -> None:
        if isinstance(obj, torch.Tensor):
            obj = obj.detach().cpu().numpy()
        super().save(obj)
