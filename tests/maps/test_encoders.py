"""Encoders of views: their widths, and how views are compared."""

import numpy as np
import pytest

from skdeepcluster.maps import encoders


@pytest.mark.parametrize(("n_views", "width"), [(1, 256), (4, 256), (8, 128), (99, 32)])
def test_views_have_narrower_encoders_the_more_there_are(n_views, width):
    assert encoders.hidden_widths(n_views) == (width, width)


def test_what_looks_like_term_counts():
    counts = np.random.RandomState(0).poisson(0.2, (50, 30))
    assert encoders.is_like_counts(counts)
    assert encoders.is_like_counts(counts / counts.max())
    assert not encoders.is_like_counts(counts - counts.mean(0))
    assert not encoders.is_like_counts(counts + 1)
