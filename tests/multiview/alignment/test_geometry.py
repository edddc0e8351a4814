"""Geometry of clusters."""

import numpy as np
import pytest

from skdeepcluster.multiview.alignment.geometry import ClusterGeometry, Points
from tests.multiview.alignment.test_matching import K, blobs


def test_geometry_does_not_depend_on_rotation_and_numbering():
    (X, y), (Z, z), numbers = blobs()
    one = ClusterGeometry(Points(X / X.std()), y, K)
    other = ClusterGeometry(Points((Z - 7) / 3 / X.std()), z, K)
    order = np.ix_(range(len(one.relations)), numbers, numbers)
    np.testing.assert_allclose(other.relations[order], one.relations, atol=1e-6)
    np.testing.assert_allclose(other.descriptors[numbers], one.descriptors, atol=1e-5)


def test_relations_are_standardised():
    (X, y), _, _ = blobs()
    for table in ClusterGeometry(Points(X), y, K).relations:
        np.testing.assert_allclose(table, table.T)
        np.testing.assert_array_equal(np.diag(table), 0)
        assert table.sum() == pytest.approx(0, abs=1e-9)
        # Walks between clusters without a common neighbour tell nothing.
        assert np.linalg.norm(table) == pytest.approx(1 if table.any() else 0)
    assert table.any()


def test_empty_cluster_and_few_rows():
    X = np.random.RandomState(0).normal(size=(12, 2))
    geometry = ClusterGeometry(Points(X), np.arange(12) % 2, 3)
    assert np.isfinite(geometry.relations).all()
    assert np.isfinite(geometry.descriptors).all()
