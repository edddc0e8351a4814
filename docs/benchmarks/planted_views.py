"""Planted tables of several views, for ``multiview.py``.

Each maker takes a seed and returns one table per view, and labels.
"""

import numpy as np


def gaussians(seed, n=1500, k=6):
    """Clusters that overlap in each of three views, and less in all together."""
    rng = np.random.RandomState(seed)
    y = rng.randint(k, size=n)
    return [_around(rng, y, width, 0.6) for width in (15, 25, 10)], y


def unequal(seed, sizes=(540, 45, 15)):
    """Clusters of unequal size that lie apart in two views."""
    rng = np.random.RandomState(seed)
    y = np.repeat(np.arange(len(sizes)), sizes)
    return [_around(rng, y, width, 2.0) for width in (8, 12)], y


def counts(seed, n=600, k=5, vocabularies=(800, 500), n_words=60):
    """Term counts of two vocabularies: Zipf's law, and words that a topic prefers."""
    rng = np.random.RandomState(seed)
    y = rng.randint(k, size=n)
    tables = []
    for width in vocabularies:
        shares = np.tile(1 / np.arange(1, width + 1), (k, 1))
        for topic in shares:
            topic[rng.choice(width, width // 12, replace=False)] *= 12
        shares /= shares.sum(1, keepdims=True)
        lengths = rng.poisson(n_words, n) + 5
        rows = [rng.multinomial(n, shares[c]) for n, c in zip(lengths, y, strict=True)]
        tables.append(np.array(rows, float))
    return tables, y


def few_rows(seed, k=30, n_rows=8):
    """Thirty clusters of eight rows in three views."""
    rng = np.random.RandomState(seed)
    y = np.repeat(np.arange(k), n_rows)
    return [_around(rng, y, width, 0.9) for width in (30, 40, 25)], y


def one_good_view(seed, n=1000, k=5):
    """Clusters in the first of three views; the others are noise."""
    rng = np.random.RandomState(seed)
    y = rng.randint(k, size=n)
    noise = [rng.normal(size=(n, width)) for width in (20, 6)]
    return [_around(rng, y, 10, 1.6), *noise], y


def noise_view(seed, n=1500, k=6):
    """The views of ``gaussians``, the last one replaced by noise."""
    tables, y = gaussians(seed, n, k)
    return [*tables[:2], np.random.RandomState(seed + 1).normal(size=(n, 50))], y


def weak_view(seed, n=1500, k=6):
    """A view in which clusters lie apart, and one in which they overlap."""
    rng = np.random.RandomState(seed)
    y = rng.randint(k, size=n)
    return [_around(rng, y, 20, 1.0), _around(rng, y, 10, 0.4)], y


def many_views(seed, n=1000, k=5, n_views=30):
    """Thirty views of three columns, each of which tells little."""
    rng = np.random.RandomState(seed)
    y = rng.randint(k, size=n)
    return [_around(rng, y, 3, 0.5) for _ in range(n_views)], y


def _around(rng, y, width, spread):
    """Rows with unit noise around centres that spread as given."""
    centers = spread * rng.normal(size=(y.max() + 1, width))
    return centers[y] + rng.normal(size=(len(y), width))


MAKERS = {
    make.__name__: make
    for make in (
        gaussians,
        unequal,
        counts,
        few_rows,
        one_good_view,
        noise_view,
        weak_view,
        many_views,
    )
}
