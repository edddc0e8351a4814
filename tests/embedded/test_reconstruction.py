"""Losses of pretraining, by hand."""

import pytest
import torch
from torch import nn

from skdeepcluster.augment import Dropout
from skdeepcluster.embedded.reconstruction import (
    LayerReconstruction,
    Reconstruction,
    SparsityPenalty,
    pretraining_stages,
)
from skdeepcluster.losses import kl_sparsity, l1_sparsity
from skdeepcluster.networks import MLP, AutoencoderNetwork
from skdeepcluster.training import Batch


def batch(x):
    generator = torch.Generator().manual_seed(0)
    return Batch(torch.tensor(x), torch.arange(len(x)), generator)


def halving(scale=1.0):
    net = AutoencoderNetwork(nn.Linear(2, 2), nn.Identity(), scale=scale)
    with torch.no_grad():
        net.encoder.weight.copy_(0.5 * torch.eye(2))
        net.encoder.bias.zero_()
    return net


def test_reconstruction_is_the_mean_square_in_the_networks_scale():
    terms = Reconstruction()(halving(), batch([[2.0, 4.0], [0.0, 0.0]]))
    assert terms["reconstruction"].item() == pytest.approx((1 + 4) / 4)
    terms = Reconstruction()(halving(scale=2.0), batch([[2.0, 4.0], [0.0, 0.0]]))
    assert terms["reconstruction"].item() == pytest.approx((1 + 4) / 16)


def test_target_is_augmented_but_not_corrupted():
    def double(x, generator):
        return 2 * x

    def silence(x, generator):
        return torch.zeros_like(x)

    loss = Reconstruction(augmentation=double, corruption=silence)
    terms = loss(halving(), batch([[1.0, 1.0]]))
    assert terms["reconstruction"].item() == pytest.approx(4)


@pytest.mark.parametrize("layers", ["hidden", "embedding", "all"])
def test_sparsity_is_a_weighted_sum_over_its_layers(layers):
    hidden, z = [torch.rand(5, 3), torch.rand(5, 4)], torch.rand(5, 2)
    watched = {"hidden": hidden, "embedding": [z], "all": [*hidden, z]}[layers]
    kl = SparsityPenalty("kl", 0.05, 0.3, layers)(hidden, z)
    l1 = SparsityPenalty("l1", 0.05, 0.3, layers)(hidden, z)
    expected = 0.3 * sum(kl_sparsity(h, 0.05).item() for h in watched)
    assert kl.item() == pytest.approx(expected, rel=1e-5)
    expected = 0.3 * sum(l1_sparsity(h).item() for h in watched)
    assert l1.item() == pytest.approx(expected, rel=1e-5)


def test_layer_pair_reconstructs_the_layer_below():
    encoder, decoder = MLP([3, 5, 4, 2]), MLP([2, 4, 5, 3])
    net = AutoencoderNetwork(encoder, decoder)
    x = torch.randn(6, 3)
    code = encoder.layers[0](x).relu()
    again = decoder.layers[1](encoder.layers[1](code).relu()).relu()
    expected = (again - code).square().mean().item()
    middle = LayerReconstruction(1, None, None)(net, batch(x.tolist()))
    assert middle["reconstruction"].item() == pytest.approx(expected, rel=1e-5)
    # The first mirror and the last encoder are linear.
    first = decoder.layers[2](encoder.layers[0](x).relu())
    expected = (first - x).square().mean().item()
    terms = LayerReconstruction(0, None, None)(net, batch(x.tolist()))
    assert terms["reconstruction"].item() == pytest.approx(expected, rel=1e-5)
    code = encoder.layers[1](code).relu()
    last = decoder.layers[0](encoder.layers[2](code)).relu()
    expected = (last - code).square().mean().item()
    terms = LayerReconstruction(2, None, None)(net, batch(x.tolist()))
    assert terms["reconstruction"].item() == pytest.approx(expected, rel=1e-5)


def test_stack_is_fine_tuned_without_corruption():
    def stages(layerwise):
        net = AutoencoderNetwork(MLP([3, 5, 2]), MLP([2, 5, 3]))
        return list(
            pretraining_stages(
                net,
                layerwise=layerwise,
                epochs=1,
                learning_rate=1e-3,
                augmentation=None,
                corruption=0.2,
                sparsity=None,
            )
        )

    noise = [stage.players[0].loss.corruption for stage in stages(layerwise=True)]
    assert noise == [Dropout(0.2), Dropout(0.2), None]
    assert stages(layerwise=False)[0].players[0].loss.corruption == Dropout(0.2)
