"""skorch's callbacks: which are taken, and what a pickle keeps of them."""

import pytest
import skorch

from skdeepcluster.training import check_callbacks, untrained_callback


def test_callbacks_and_named_callbacks():
    check_callbacks([])
    check_callbacks([skorch.callbacks.EarlyStopping("train_loss")])
    check_callbacks([("stop", skorch.callbacks.EarlyStopping("train_loss"))])


def test_what_is_no_callback():
    with pytest.raises(TypeError, match="set_callbacks"):
        check_callbacks([print])


def test_there_is_no_validation_loss():
    with pytest.raises(ValueError, match="monitor='train_loss'"):
        check_callbacks([skorch.callbacks.EarlyStopping("valid_loss")])


def test_traces_of_training_are_left_out():
    callback = skorch.callbacks.EarlyStopping("train_loss", patience=3)
    callback.misses_ = 2
    copy = untrained_callback(callback)
    assert not hasattr(copy, "misses_")
    assert copy.patience == 3
    assert callback.misses_ == 2
    assert untrained_callback(skorch.callbacks.Callback) is skorch.callbacks.Callback


def test_a_class_is_no_callback():
    with pytest.raises(TypeError, match=r"instances: EarlyStopping\(...\)"):
        check_callbacks([skorch.callbacks.EarlyStopping])


@pytest.mark.parametrize(
    ("callback", "instead"),
    [
        (skorch.callbacks.InputShapeSetter(), "leave it out"),
        (
            skorch.callbacks.LoadInitState(skorch.callbacks.Checkpoint()),
            "a fitted Autoencoder as encoder",
        ),
    ],
)
def test_callbacks_for_nets_of_another_making(callback, instead):
    with pytest.raises(TypeError, match=f"cannot hold .*{instead}"):
        check_callbacks([("named", callback)])
