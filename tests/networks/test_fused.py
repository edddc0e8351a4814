"""Attention and fusion of latents."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from skdeepcluster.networks import (
    Attention,
    Critics,
    FusedNetwork,
    SharedWeights,
    ViewInput,
    mean_attention,
)


def network(n_views=2, temperature=10.0, width=3):
    torch.manual_seed(0)
    columns = {f"view{v}": np.array([v]) for v in range(n_views)}
    views = ViewInput(columns, np.zeros(n_views), np.ones(n_views))
    encoders = [nn.Linear(1, width) for _ in range(n_views)]
    shapes = [None] * n_views
    attention = Attention(n_views, width, temperature)
    return FusedNetwork(views, encoders, shapes, width, 4, 5, attention).eval()


@pytest.mark.parametrize("n_views", [1, 2, 3, 6])
def test_published_temperature_keeps_weights_close_to_equal(n_views):
    fused = network(n_views)
    h = 1e3 * torch.randn(8, n_views, 3)
    weights = fused.attend(h, torch.ones(8, n_views, dtype=torch.bool))
    bound = math.exp(0.1) / (math.exp(0.1) + n_views - 1)
    assert weights.sum().item() == pytest.approx(1, rel=1e-6)
    assert weights.max() <= bound + 1e-6


def test_attention_is_the_mean_over_rows():
    fused = network(temperature=0.1)
    h = torch.randn(8, 2, 3)
    observed = torch.ones(8, 2, dtype=torch.bool)
    affine = nn.Sequential(*fused.attention)
    expected = (affine(h.flatten(1)).sigmoid() / 0.1).softmax(1).mean(0)
    torch.testing.assert_close(fused.attend(h, observed), expected)


def test_shared_weights_do_not_depend_on_the_rows():
    fused = network(3)
    fused.attention = SharedWeights(3)
    h, observed = torch.randn(8, 3, 3), torch.rand(8, 3) < 0.7
    observed[0] = True
    torch.testing.assert_close(fused.attend(h, observed), torch.full((3,), 1 / 3))
    with torch.no_grad():
        fused.attention.logits.copy_(torch.tensor([1.0, 2.0, 4.0]).log())
    weights = torch.tensor([1.0, 2.0, 4.0]) / 7
    torch.testing.assert_close(fused.attend(h, observed), weights)
    fused.weigh(np.array([1.0, 0.0, 1.0]))  # a view without a vote
    weights = torch.tensor([0.2, 0.0, 0.8])
    torch.testing.assert_close(fused.attend(h, observed), weights)


def test_infinite_temperature_switches_attention_off():
    fused = network(3, temperature=math.inf)
    weights = fused.attend(torch.randn(4, 3, 3), torch.ones(4, 3, dtype=torch.bool))
    torch.testing.assert_close(weights, torch.full((3,), 1 / 3))


def test_rows_count_for_the_views_that_they_have():
    total = torch.tensor([1.0, 0.9])  # two rows at .5, three rows at .3
    weights = mean_attention(total, torch.tensor([2, 3]))
    torch.testing.assert_close(weights, torch.tensor([0.625, 0.375]))


def test_fusion_over_the_observed_views():
    fused = network()
    h = torch.tensor([[[1.0], [3.0]], [[1.0], [0.0]], [[0.0], [3.0]]])
    observed = torch.tensor([[True, True], [True, False], [False, True]])
    weights = torch.tensor([0.25, 0.75])
    expected = torch.tensor([[2.5], [1.0], [3.0]])
    torch.testing.assert_close(fused.fuse(h, observed, weights), expected)


def test_missing_views_have_no_latent():
    fused = network()
    x = torch.tensor([[1.0, float("nan")], [1.0, 1.0]])
    tables, observed = fused.views(x)
    h = fused.latents(tables, observed)
    assert (h[0, 1] == 0).all()
    torch.testing.assert_close(fused.encode(x)[0], h[0, 0])
    assert fused.assign(x).isfinite().all()


def test_inertia_by_hand():
    fused = network()
    with torch.no_grad():
        fused.output.weight.zero_()  # all rows go to the largest bias
        fused.output.bias.copy_(torch.tensor([0.0, 9.0, 0.0, 0.0]))
        fused.cluster_means[1] = torch.tensor([1.0, -1.0])
        x = torch.tensor([[3.0, -1.0], [3.0, float("nan")]])
        torch.testing.assert_close(fused.inertia(x), torch.tensor([2.0, 4.0]))


def test_critics_give_a_logit_a_row():
    critics = Critics(2, 3)
    assert len(critics) == 2
    for n in (1, 4):
        assert critics[0](torch.randn(n, 3)).shape == (n,)
    widths = [m.out_features for m in critics[0] if isinstance(m, nn.Linear)]
    assert widths == [256, 256, 128, 1]
