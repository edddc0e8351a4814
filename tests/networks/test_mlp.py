"""The fully connected network."""

import torch

from skdeepcluster.networks import MLP, LeakyMLP, NormalizedMLP


def test_shapes_and_hidden_activations():
    net = MLP([4, 7, 5, 2])
    x = torch.randn(3, 4)
    output, hidden = net.forward_with_hidden(x)
    assert output.shape == (3, 2)
    assert [h.shape[1] for h in hidden] == [7, 5]
    assert all((h >= 0).all() for h in hidden)
    assert (output < 0).any() or (MLP([4, 7, 5, 2])(x) < 0).any()  # linear at the end
    torch.testing.assert_close(net(x), output)


def test_by_hand():
    net = MLP([1, 1, 1])
    with torch.no_grad():
        for layer, weight in zip(net.layers, (-2.0, 3.0), strict=True):
            layer.weight.fill_(weight)
            layer.bias.fill_(1.0)
    torch.testing.assert_close(
        net(torch.tensor([[0.25], [5.0]])), torch.tensor([[2.5], [1.0]])
    )


def test_no_hidden_layer_is_linear():
    net = MLP([3, 2])
    x = torch.randn(2, 3)
    torch.testing.assert_close(net(2 * x) + net(0 * x), 2 * net(x))


def test_normalized_blocks():
    net = NormalizedMLP([4, 8, 3])
    x = torch.randn(50, 4, generator=torch.Generator().manual_seed(0))
    assert net(x).min() == 0  # ends with ReLU
    linear = NormalizedMLP([4, 8, 3], final_relu=False)(x)
    torch.testing.assert_close(linear.mean(0), torch.zeros(3), atol=1e-5, rtol=0)
    torch.testing.assert_close(
        linear.std(0, correction=0), torch.ones(3), atol=1e-2, rtol=0
    )


def test_leaky_mlp():
    layers = [type(m).__name__ for m in LeakyMLP([4, 3, 2, 1])]
    assert layers == ["Linear", "LeakyReLU", "Linear", "LeakyReLU", "Linear"]
    layers = [type(m).__name__ for m in LeakyMLP([4, 3, 1], normalize=True)]
    assert layers == ["Linear", "LeakyReLU", "BatchNorm1d", "Linear"]
    assert LeakyMLP([4, 3, 1])[1].negative_slope == 0.2
