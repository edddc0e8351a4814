"""The loss on the labels of a plain clusterer."""

from types import SimpleNamespace

import torch

from skdeepcluster.pairwise.label_fit import LabelFit
from skdeepcluster.training import Batch


def test_batch_of_nothing_but_noise_teaches_nothing():
    labels = torch.tensor([0, -100, -100, 1])
    a = torch.randn(4, 2, generator=torch.Generator().manual_seed(0)).requires_grad_()
    start = LabelFit(labels, None)
    network = SimpleNamespace(logits=lambda x: x)
    noise = torch.tensor([1, 2])
    loss = start(network, Batch(a[noise], noise, torch.Generator()))["labels"]
    loss.backward()
    assert loss == 0
    assert torch.equal(a.grad, torch.zeros(4, 2))
    every = start(network, Batch(a, torch.arange(4), torch.Generator()))["labels"]
    known = torch.nn.functional.cross_entropy(a[[0, 3]], labels[[0, 3]])
    torch.testing.assert_close(every, known)
