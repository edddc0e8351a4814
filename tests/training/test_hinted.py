"""The term that heeds hints, and the numbers of clusters."""

import numpy as np
import torch
from torch import nn

from skdeepcluster.training import Batch, Hints, Player, Rows, Stage, number_by_hints
from skdeepcluster.training.hinted import HintedLoss, with_hints
from tests.training.engine import make_run

X = np.eye(4, dtype=np.float32)


class Assigns(nn.Module):
    """Memberships are the first columns; remembers what it was asked."""

    def __init__(self, *layers):
        super().__init__()
        self.layers = nn.Sequential(*layers)
        self.order = torch.arange(3)
        self.asked = []

    def assign(self, x):
        self.asked.append(x)
        return self.layers(x)[:, :3].softmax(1)[:, self.order]

    def reorder_clusters(self, order):
        self.order = self.order[order]


def hinted_rows(**given):
    rows = Rows(X, torch.device("cpu"))
    rows.hints = Hints.of(4, 3, **given)
    return rows


def batch():
    index = torch.arange(2)
    return Batch(torch.from_numpy(X)[index], index, torch.Generator().manual_seed(0))


def nothing(network, batch):
    return {"own": torch.zeros(())}


def test_a_labelled_partner_is_certain():
    rows = hinted_rows(partial_labels=[2, -1, -1, -1])
    network = Assigns()
    terms = HintedLoss(nothing, rows.hints, rows)(network, batch())
    expected = -np.log(1 / (np.e + 2))  # e / (e + 2) belongs to cluster 0
    # Of one row with hints; 64 would have the full weight.
    np.testing.assert_allclose(terms["hints"].item(), expected / 64, rtol=1e-5)
    assert [*terms] == ["own", "hints"]


def test_rows_of_the_batch_share_statistics_of_normalisation():
    rows = hinted_rows(must_link=[[0, 1]])
    plain, normalised = Assigns(), Assigns(nn.BatchNorm1d(4))
    for network in (plain, normalised):
        HintedLoss(nothing, rows.hints, rows)(network, batch())
    assert len(normalised.asked[0]) == len(plain.asked[0]) + 2


def test_only_stages_with_clusters_heed_them():
    run = make_run()
    run.rows.hints = Hints.of(len(run.rows), 2, must_link=[[0, 1]])
    player = Player(nothing, [], torch.optim.SGD)
    before, after = (
        Stage("some", [player, player], 1, assigns=assigns) for assigns in (False, True)
    )
    assert with_hints(before, run) is before
    first, second = with_hints(after, run).players
    assert isinstance(first.loss, HintedLoss)
    assert second is player
    run.rows.hints = None
    assert with_hints(after, run) is after


def test_clusters_are_renumbered():
    rows = hinted_rows(partial_labels=[1, 2, 0, -1])
    network = Assigns()
    number_by_hints(network, rows)
    found = network.assign(torch.from_numpy(X)).argmax(1)
    assert found[:3].tolist() == [1, 2, 0]
