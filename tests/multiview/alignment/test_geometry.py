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


def test_a_single_bridge_between_far_clusters_tells_little():
    """Clusters 0 and 1 touch, so do 2 and 3; one row of 0 lies between the pairs."""
    generator = np.random.RandomState(0)
    y = np.repeat(np.arange(4), 60)
    X = generator.normal(size=(240, 2)) + np.array([0, 3, 40, 43])[y][:, None]
    bridged = X.copy()
    bridged[0] = X[y < 2].mean(0) / 2 + X[y >= 2].mean(0) / 2
    plain, other = (ClusterGeometry(Points(t), y, 4).relations for t in (X, bridged))
    for walk, with_bridge in zip(plain[:2], other[:2], strict=True):
        assert (walk * with_bridge).sum() > 0.85  # they have norm one
