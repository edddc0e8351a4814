"""The loss of the map draws partners from the graph."""

import numpy as np
import pytest
import torch
from torch import nn

from skdeepcluster.losses import student_t_contrast
from skdeepcluster.maps.loss import MapLoss
from skdeepcluster.neighbors import NeighborGraph
from skdeepcluster.networks import PartitionedNetwork
from skdeepcluster.training import Batch, Rows


def test_rows_are_contrasted_with_their_partners():
    X = np.random.RandomState(0).normal(size=(6, 2)).astype(np.float32)
    rows = Rows(X, torch.device("cpu"))
    partner = torch.tensor([3, 4, 5, 0, 1, 2])
    graph = NeighborGraph(partner[:, None], torch.ones(6, 1))
    batch = Batch(rows.take(torch.tensor([4, 0, 2])), torch.tensor([4, 0, 2]), None)
    batch.generator = torch.Generator()
    network = PartitionedNetwork(nn.Identity())
    terms = MapLoss(rows, graph)(network, batch)
    x = torch.from_numpy(X)
    expected = student_t_contrast(x[[4, 0, 2]], x[[1, 3, 5]])
    assert terms["contrast"].item() == pytest.approx(expected.item())
