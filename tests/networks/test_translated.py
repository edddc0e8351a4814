"""Latents of modalities and their translation to a hub."""

import numpy as np
import pytest
import torch
from torch import nn

from skdeepcluster.networks import LeakyMLP, Modality, TranslationNetwork, ViewInput


def network(n_views=2, n_candidates=1, width=3, hub=0):
    torch.manual_seed(0)
    columns = {f"view{v}": np.array([2 * v, 2 * v + 1]) for v in range(n_views)}
    views = ViewInput(columns, np.arange(2.0 * n_views), np.full(n_views, 2.0))
    candidates = [
        [
            Modality(nn.Linear(2, width), nn.Linear(width, 2), None, width, 4)
            for _ in range(n_candidates)
        ]
        for _ in range(n_views)
    ]
    built = TranslationNetwork(views, candidates, width, 4, (5,), batch_norm=False)
    built.select([n_candidates - 1] * n_views, hub)
    return built.eval()


def table(n_views=2, missing=()):
    x = torch.randn(6, 2 * n_views, generator=torch.Generator().manual_seed(1))
    for row, view in missing:
        x[row, 2 * view : 2 * view + 2] = float("nan")
    return x


def test_select_keeps_the_chosen_candidates():
    torch.manual_seed(0)
    selected = network(n_candidates=1)
    assert len(selected.candidates) == 0
    assert selected.modality(0).cluster_head is None
    three = network(n_candidates=3)
    assert len(three.modalities) == 2
    assert isinstance(three.to_hub[0], nn.Identity)
    assert isinstance(three.from_hub[0], nn.Identity)
    assert not isinstance(three.to_hub[1], nn.Identity)
    assert three.others == [1]


@pytest.mark.parametrize("hub", [0, 1, 2])
def test_rows_are_united_in_the_hub(hub):
    built = network(3, hub=hub)
    x = table(3, missing=[(0, 1), (0, 2), (1, 0), (1, 2), (2, 1)])
    z = built.encode(x)
    latents, _ = built.latents(x)
    in_hub = [built.to_hub[v](latents[v]) for v in range(3)]
    torch.testing.assert_close(z[0], in_hub[0][0])
    torch.testing.assert_close(z[1], in_hub[1][1])
    torch.testing.assert_close(z[2], (in_hub[0][2] + in_hub[2][2]) / 2)
    torch.testing.assert_close(z[3], sum(u[3] for u in in_hub) / 3)


def test_what_a_row_lacks_does_not_matter():
    built = network()
    x = table(missing=[(0, 1)])
    other = x.clone()
    other[0, 2] = 7.0  # half of a view is none
    torch.testing.assert_close(built.encode(x), built.encode(other), rtol=0, atol=0)


def test_assignments_follow_the_nearest_center():
    built = network()
    built.centers.copy_(torch.randn(4, 3))
    x = table()
    nearest = torch.cdist(built.encode(x), built.centers).argmin(1)
    q = built.assign(x)
    torch.testing.assert_close(q.sum(1), torch.ones(6))
    assert q.argmax(1).tolist() == nearest.tolist()


def test_translations_are_in_the_units_of_the_data():
    built = network(3)
    x = table(3, missing=[(0, 1), (0, 2), (1, 0), (1, 2)])
    translated = built.translate(x, 1)
    latents, _ = built.latents(x)
    modality = built.modality(1)

    def decoded(z):
        return modality.decode(z) * 2 + torch.tensor([2.0, 3.0])

    torch.testing.assert_close(translated[0], decoded(built.from_hub[1](latents[0]))[0])
    # A row that has nothing else is reconstructed, not sent to the hub and back.
    torch.testing.assert_close(translated[1], decoded(latents[1])[1])
    others = (latents[0] + built.to_hub[2](latents[2])) / 2
    torch.testing.assert_close(translated[3], decoded(built.from_hub[1](others))[3])


def test_standardised_latents():
    modality = network().modality(0)
    rows = torch.randn(50, 2)
    modality.standardise(modality.encode(rows))
    z = modality.encode(rows)
    torch.testing.assert_close(z.mean(0), torch.zeros(3), rtol=0, atol=1e-5)
    torch.testing.assert_close(z.std(0, correction=0), torch.ones(3))
    constant = network().modality(0)
    constant.standardise(constant.encode(torch.ones(4, 2)))
    assert constant.encode(rows).isfinite().all()


def test_forward_measures_every_statistic():
    torch.manual_seed(0)
    views = ViewInput({"a": np.array([0]), "b": np.array([1])}, np.zeros(2), np.ones(2))
    candidates = [
        [Modality(LeakyMLP([1, 4, 3], normalize=True), nn.Linear(3, 1), None, 3, 2)]
        for _ in range(2)
    ]
    built = TranslationNetwork(views, candidates, 3, 2, (5,), batch_norm=True)
    x = torch.randn(8, 2)
    x[:4, 0], x[4:, 1] = float("nan"), float("nan")

    def untouched():
        norms = [m for m in built.modules() if isinstance(m, nn.BatchNorm1d)]
        return [n for n in norms if n.num_batches_tracked == 0]

    built.train()(x)
    assert len(untouched()) == 4  # those of the translators, which wait for the hub
    built.select([0, 0], 0)
    built(x)
    assert not untouched()
    assert all(b.isfinite().all() for b in built.buffers())


def test_critics_are_nearly_linear_under_clipping():
    """With weights up to .05 a 128-32-1 critic has a slope of at most .9051."""
    critic = LeakyMLP([128, 32, 1])
    with torch.no_grad():
        for parameter in critic.parameters():
            parameter.fill_(0.05)
    x = torch.ones(1, 128, requires_grad=True)
    critic(x).sum().backward()
    assert x.grad.norm().item() == pytest.approx(32 * 0.05 * 0.05 * 128**0.5, rel=1e-5)
