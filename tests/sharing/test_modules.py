"""Networks come back from their description, foreign parts from the caller."""

import json

import pytest
import torch
from torch import nn

from skdeepcluster.networks import MLP, ConvNet, ResNet
from skdeepcluster.sharing.modules import from_tree, to_tree
from skdeepcluster.training.plain import Tensors


class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 2)

    def forward(self, x):
        return self.linear(x)


def refuse(path):
    raise AssertionError(f"{path} should be known")


def there_and_back(module, foreign=refuse):
    tensors = Tensors()
    tree = json.loads(json.dumps(to_tree(module, "module", tensors)))
    return from_tree(tree, tensors, foreign)


@pytest.mark.parametrize(
    ("module", "shape"),
    [
        (MLP([4, 8, 3]), (5, 4)),
        (ConvNet((1, 8, 8), 6), (2, 1, 8, 8)),
        (ResNet((3, 16, 16), 8, 18), (2, 3, 16, 16)),
        (nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(4, 2)), (3, 2, 2)),
        (nn.Sequential(nn.Conv2d(1, 2, 3, padding="same"), nn.Mish()), (2, 1, 5, 5)),
        (nn.BatchNorm1d(4, affine=False, track_running_stats=False), (6, 4)),
        (nn.Linear(4, 2, bias=False), (3, 4)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_same_output(module, shape):
    x = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    back = there_and_back(module.eval())
    assert not any(m.training for m in back.modules())
    torch.testing.assert_close(back(x), module(x), rtol=0, atol=0)


def test_what_does_not_move_stays_still():
    module = nn.Linear(2, 2)
    module.bias.requires_grad_(False)
    back = there_and_back(module)
    assert back.weight.requires_grad
    assert not back.bias.requires_grad


def test_weights_are_copied():
    module = nn.Linear(2, 2)
    back = there_and_back(module)
    with torch.no_grad():
        module.weight.zero_()
    assert back.weight.abs().sum() > 0


def test_foreign_module_takes_its_weights_from_the_file():
    network, fresh = nn.Sequential(Own(), nn.ReLU()), Own()
    before = fresh.linear.weight.clone()
    asked = []
    back = there_and_back(network, lambda path: asked.append(path) or fresh)
    assert asked == ["module.0"]
    x = torch.ones(1, 4)
    torch.testing.assert_close(back(x), network(x), rtol=0, atol=0)
    torch.testing.assert_close(fresh.linear.weight, before)  # a copy was filled


@pytest.mark.parametrize("module", [ConvNet((2, 8, 8), 6), ResNet((3, 8, 8), 4, 18)])
def test_order_of_memory_is_kept(module):
    back = there_and_back(module.eval())
    for (name, one), other in zip(
        module.named_parameters(), back.parameters(), strict=True
    ):
        assert one.stride() == other.stride(), name


def test_transposed_weights():
    module = nn.Linear(3, 3)
    module.weight = nn.Parameter(torch.randn(3, 3).T)
    assert there_and_back(module).weight.stride() == (1, 3)


def test_strides_that_do_not_fill_their_memory():
    tensors = Tensors()
    tree = to_tree(nn.Linear(2, 2), "module", tensors)
    for strides in ([0, 0], [2**40, 1], [-2, 1], [1, 1]):
        tree["parameters"]["weight"][0] = strides
        with pytest.raises(ValueError, match="does not fill its memory"):
            from_tree(tree, tensors, refuse)


def test_buffers_that_a_state_dict_leaves_out():
    module, fresh = Own(), Own()
    for each, value in ((module, 3.0), (fresh, 0.0)):
        each.register_buffer("mean", torch.tensor(value), persistent=False)
    assert there_and_back(module, lambda path: fresh).mean == 3


def test_state_that_is_no_tensor():
    class Counting(Own):
        def get_extra_state(self):
            return {"n": 1}

    with pytest.raises(
        TypeError, match="Counting at module. has state that is not a ten"
    ):
        to_tree(Counting(), "module", Tensors())


def test_module_with_a_hook_is_foreign():
    module = nn.Linear(2, 2)
    module.register_forward_hook(lambda *_: None)
    assert to_tree(module, "module", Tensors()) == {"foreign": "module"}


def test_module_that_holds_a_function_is_foreign():
    module = nn.TransformerEncoderLayer(4, 2)  # its activation is a function
    assert "foreign" in to_tree(module, "module", Tensors())


def test_own_class_of_a_known_name_is_foreign():
    linear = type("Linear", (nn.Linear,), {})(2, 2)
    assert "foreign" in to_tree(linear, "module", Tensors())


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"kind": "os.system"}, KeyError),
        ({"kind": "Own"}, KeyError),
        ({"settings": {"forward": "print"}}, ValueError),
        ({"settings": {"_forward_hooks": {"dict": []}}}, ValueError),
        ({"settings": {"__class__": "str"}}, ValueError),
    ],
)
def test_forged_description(change, error):
    tensors = Tensors()
    tree = to_tree(nn.Linear(2, 2), "module", tensors)
    with pytest.raises(error):
        from_tree(tree | change, tensors, refuse)
