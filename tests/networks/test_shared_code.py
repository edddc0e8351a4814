"""One code of several views."""

import numpy as np
import torch
from torch import nn

from skdeepcluster.losses import soft_assignment
from skdeepcluster.networks import SharedCodeNetwork, ViewInput


def network():
    torch.manual_seed(0)
    columns = {"a": np.array([0, 1]), "b": np.array([2, 3, 4])}
    views = ViewInput(columns, np.zeros(5), np.ones(2))
    encoders = [nn.Linear(2, 3), nn.Linear(3, 3)]
    return SharedCodeNetwork(views, encoders, [None, None], 3, 2, (4,)).eval()


def test_the_code_is_the_mean_over_views_that_a_row_has():
    net, x = network(), torch.randn(3, 5)
    h = [net.encoders[0](x[:, :2]), net.encoders[1](x[:, 2:])]
    x[0, :2] = x[1, 3] = torch.nan
    expected = torch.stack([h[1][0], h[0][1], (h[0][2] + h[1][2]) / 2])
    torch.testing.assert_close(net.encode(x), expected)
    torch.testing.assert_close(net(x), expected)


def test_the_code_is_decoded_to_each_view_and_assigned():
    net, x = network(), torch.randn(6, 5)
    z = net.encode(x)
    assert [table.shape for table in net.decode(z)] == [(6, 2), (6, 3)]
    assert net.centers is None
    centers = torch.randn(2, 3)
    net.set_centers(centers.numpy())
    torch.testing.assert_close(net.assign(x), soft_assignment(z, centers))
