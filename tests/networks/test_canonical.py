"""Latents of views and their variates."""

import numpy as np
import torch
from torch import nn

from skdeepcluster.networks import CanonicalNetwork, ViewInput


def network():
    torch.manual_seed(0)
    columns = {"a": np.array([0, 1]), "b": np.array([2, 3])}
    views = ViewInput(columns, np.zeros(4), np.ones(2))
    encoders = [nn.Linear(2, 3), nn.Linear(2, 3)]
    canonical = CanonicalNetwork(views, encoders, [None, None], 3).eval()
    canonical.center.copy_(torch.randn(2, 3))
    canonical.maps.copy_(torch.randn(2, 3, 3))
    return canonical


def test_variates_are_linear_maps_of_centred_latents():
    canonical, x = network(), torch.randn(5, 4)
    z, observed = canonical.variates(x)
    assert observed.all()
    for v, encoder in enumerate(canonical.encoders):
        latent = encoder(x[:, 2 * v : 2 * v + 2])
        expected = (latent - canonical.center[v]) @ canonical.maps[v]
        torch.testing.assert_close(z[:, v], expected)
    torch.testing.assert_close(canonical.encode(x), z.mean(1))


def test_rows_are_embedded_by_the_views_that_they_have():
    canonical, x = network(), torch.randn(3, 4)
    complete, _ = canonical.variates(x)
    x[0, :2] = x[1, 3] = torch.nan
    z, observed = canonical.variates(x)
    assert observed.tolist() == [[False, True], [True, False], [True, True]]
    assert not z[~observed].any()
    expected = torch.stack([complete[0, 1], complete[1, 0], complete[2].mean(0)])
    torch.testing.assert_close(canonical.encode(x), expected)
