"""Rows that belong nowhere, which take no part in a map."""

import numpy as np

from skdeepcluster.networks import PartitionedNetwork
from skdeepcluster.training import Rows

#: Rows to which distances are measured.
_KNOWN_ROWS = 2000

#: More than the last digits of a distance, as a share of it and of the table's scale.
_TINY = 1e-6


def without_isolated(
    network: PartitionedNetwork, table: Rows, contamination: float
) -> Rows:
    """The table without its most isolated rows; the network learns which these are.

    Noise among the rows of training has a place on the map, often a cluster of its own,
    so that only distances in the table tell it from others.

    Parameters
    ----------
    network : PartitionedNetwork
    table : Rows
        After the fixed map of the network.
    contamination : float
        Share of the rows that are left out; fewer, if several are equally isolated.

    Returns
    -------
    table : Rows
    """
    sample = table.subsample(_KNOWN_ROWS, np.random.RandomState(0))
    network.known = sample.map(lambda x: x)
    isolation = table.map(network.isolation)
    n_left = len(table) - round(contamination * len(table))
    # Between two rows: last digits depend on the batch in which a row is predicted.
    between = isolation.sort().values[n_left - 1 : n_left + 1].mean()
    network.reach = between + _TINY * (between + network.known.std(correction=0))
    kept = (isolation <= network.reach).nonzero()[:, 0]
    return table.subset(kept.cpu().numpy())
