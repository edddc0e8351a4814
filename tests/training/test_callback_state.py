"""Callbacks get back what they remembered, and keep their parameters."""

import numpy as np
import torch
from skorch.callbacks import Callback, EarlyStopping

from skdeepcluster.training.callback_state import callback_states, restore_callbacks


class Counting(Callback):
    def __init__(self, limit=1):
        self.limit = limit
        self.count = 0
        self.kept_ = None
        self.code_ = None


class WithStateDict(Callback):
    def __init__(self):
        self.hidden = 1

    def state_dict(self):
        return {"hidden": self.hidden, "code": print}

    def load_state_dict(self, state):
        self.hidden = state["hidden"]


def test_attributes():
    used, fresh = Counting(3), Counting(5)
    used.count, used.code_ = 7, print
    used.kept_ = {"w": torch.ones(2), "a": np.arange(3)}
    restore_callbacks([("name", fresh)], callback_states([used]))
    assert (fresh.count, fresh.limit, fresh.code_) == (7, 5, None)
    assert (fresh.kept_["w"] == 1).all()
    assert fresh.kept_["a"].tolist() == [0, 1, 2]


def test_scheduler_in_an_attribute():
    def make():
        callback = Callback()
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1)
        callback.scheduler_ = torch.optim.lr_scheduler.StepLR(optimizer, 2)
        return callback

    used, fresh = make(), make()
    used.scheduler_.optimizer.step()
    used.scheduler_.step()
    restore_callbacks([fresh], callback_states([used]))
    assert fresh.scheduler_.last_epoch == 1
    assert fresh.scheduler_.optimizer is not used.scheduler_.optimizer


def test_state_dict():
    used, fresh = WithStateDict(), WithStateDict()
    used.hidden = 4
    restore_callbacks([fresh], callback_states([used]))
    assert fresh.hidden == 4


def test_skorch():
    used, fresh = EarlyStopping(patience=3), EarlyStopping(patience=4)
    used.misses_ = 2
    restore_callbacks([fresh], callback_states([used]))
    assert (fresh.misses_, fresh.patience) == (2, 4)
