"""Pretraining by neighbours."""

import numpy as np
import pytest
import torch
from sklearn.metrics import adjusted_rand_score
from torch import nn

from skdeepcluster import DEC, DSSEC, IDEC
from skdeepcluster.embedded.neighborhood import NeighborReconstruction
from skdeepcluster.embedded.reconstruction import Reconstruction
from skdeepcluster.losses import student_t_contrast
from skdeepcluster.neighbors import NeighborGraph
from skdeepcluster.networks import AutoencoderNetwork
from skdeepcluster.training import Batch, Rows

methods = pytest.mark.parametrize("method", [DEC, IDEC, DSSEC])


def small(method, **params):
    settings = {"pretrain": "neighbors", "hidden_layer_sizes": (32,)}
    settings |= {"n_clusters": 3, "random_state": 0}
    return method(**{**settings, **params})


def test_loss_is_contrast_plus_reconstruction_of_both():
    X = np.random.RandomState(0).normal(size=(6, 2)).astype(np.float32)
    rows = Rows(X, torch.device("cpu"))
    graph = NeighborGraph(torch.tensor([3, 4, 5, 0, 1, 2])[:, None], torch.ones(6, 1))
    decoder = nn.Linear(2, 2)
    nn.init.zeros_(decoder.weight)
    nn.init.zeros_(decoder.bias)
    network = AutoencoderNetwork(nn.Identity(), decoder)
    index = torch.tensor([4, 0])
    batch = Batch(rows.take(index), index, torch.Generator())
    terms = NeighborReconstruction(rows, graph, Reconstruction())(network, batch)
    x = torch.from_numpy(X)
    contrast = student_t_contrast(x[[4, 0]], x[[1, 3]])
    assert terms["contrast"].item() == pytest.approx(contrast.item())
    expected = x[[4, 0, 1, 3]].square().mean()
    assert terms["reconstruction"].item() == pytest.approx(expected.item())


@methods
def test_near_rows_come_to_lie_together(method, blobs):
    X, y = blobs
    model = small(method, pretrain_epochs=60, max_iter=0).fit(X)
    contrast = [row["contrast"] for row in model.history_]
    assert contrast[-1] < contrast[0] - 0.5
    assert adjusted_rand_score(y, model.labels_) > 0.9
    assert {row["stage"] for row in model.history_} == {"pretrain"}


@methods
def test_length_follows_from_the_rows(method, blobs):
    X = blobs[0]  # 120 rows, which are one batch
    model = small(method, max_iter=0).fit(X)
    assert len(model.history_) == int(np.ceil(6 * 120 ** (2 / 3)))


def test_number_of_neighbours_matters(blobs):
    X = blobs[0]
    few, many = (
        small(IDEC, n_neighbors=k, pretrain_epochs=5).fit(X).transform(X)
        for k in (1, 30)
    )
    assert not np.allclose(few, many)


def test_a_single_row_has_no_neighbour():
    with pytest.raises(ValueError, match="pretrain='neighbors' needs at least 2 rows"):
        IDEC(1, pretrain="neighbors").fit([[1.0, 2.0]])


@pytest.mark.filterwarnings("ignore:.*clusters are empty")
@pytest.mark.filterwarnings("ignore:Number of distinct clusters")
def test_equal_rows_and_two_rows():
    for X in (np.ones((12, 3)), np.eye(2)):
        model = small(IDEC, n_clusters=2, pretrain_epochs=2, max_iter=1).fit(X)
        assert np.isfinite(model.transform(X)).all()


def test_memory_trains_the_map_once(blobs, tmp_path):
    X = blobs[0]
    maps = [
        small(IDEC, n_clusters=k, pretrain_epochs=3, max_iter=0, memory=str(tmp_path))
        .fit(X)
        .transform(X)
        for k in (2, 3)
    ]
    np.testing.assert_array_equal(*maps)
