"""Tables of kinds that the package reads and does not know."""

import scipy.sparse


class Slices:
    """A table that has shape, dtype and slices, and notes what is read."""

    def __init__(self, array, sparse=False):
        self._array = array
        self._sparse = sparse
        self.shape = array.shape
        self.dtype = array.dtype
        self.read = []

    def __getitem__(self, key):
        assert isinstance(key, slice)
        start, stop, _ = key.indices(len(self._array))
        self.read.append((start, stop))
        piece = self._array[start:stop]
        return scipy.sparse.csr_array(piece) if self._sparse else piece
