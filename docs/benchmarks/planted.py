"""Tables with planted clusters, by name and seed."""

import numpy as np
from sklearn.compose import make_column_transformer
from sklearn.datasets import make_circles, make_moons
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def _gaussians(rs, sizes, n_columns, spread=2.0):
    """Unit Gaussians around centres whose coordinates have this spread."""
    centers = rs.normal(size=(len(sizes), n_columns)) * spread
    y = np.repeat(np.arange(len(sizes)), sizes)
    return centers[y] + rs.normal(size=(len(y), n_columns)), y


def three_sizes(rs):
    """540, 45 and 15 rows."""
    return _gaussians(rs, [540, 45, 15], 8)


def five_sizes(rs):
    """400, 100, 50, 30 and 20 rows."""
    return _gaussians(rs, [400, 100, 50, 30, 20], 8)


def unlike_spreads(rs):
    """Six Gaussians of 40 to 800 rows, whose standard deviations are .5 to 1.6."""
    X, y = _gaussians(rs, [800, 400, 200, 100, 60, 40], 10, 2.5)
    means = np.stack([X[y == c].mean(0) for c in range(6)])
    return means[y] + (X - means[y]) * rs.uniform(0.5, 1.6, 6)[y, None], y


def anisotropic(rs):
    """Four Gaussians, each longer in some directions than in others."""
    centers = rs.normal(size=(4, 6)) * 3
    y = np.repeat(np.arange(4), [300, 300, 200, 200])
    X = np.empty((len(y), 6))
    for c in range(4):
        axes = np.linalg.qr(rs.normal(size=(6, 6)))[0]
        noise = rs.normal(size=((y == c).sum(), 6)) * np.exp(rs.uniform(-1, 0.7, 6))
        X[y == c] = centers[c] + noise @ axes.T
    return X, y


def customers(rs):
    """Five segments of customers: numbers of several scales, and categories.

    14 numbers, most of them skewed, become standard scores; three categories become
    12 columns of zeros and ones.
    """
    y = np.repeat(np.arange(5), [900, 500, 300, 200, 100])
    scores = rs.normal(size=(5, 14))[y] * 1.1 + rs.normal(size=(len(y), 14))
    units = 10.0 ** rs.randint(0, 5, 14)
    numbers = units * np.where(np.arange(14) % 2, np.exp(scores / 2), scores)
    columns = [numbers]
    for n_values in (3, 4, 5):
        chances = rs.dirichlet(np.full(n_values, 0.5), size=5)
        draws = rs.uniform(size=(len(y), 1)) > chances.cumsum(1)[y]
        values = np.minimum(draws.sum(1), n_values - 1)
        values[:n_values] = np.arange(n_values)  # each occurs
        columns.append(values[:, None])
    coder = make_column_transformer(
        (StandardScaler(), slice(0, 14)),
        (OneHotEncoder(sparse_output=False), slice(14, 17)),
    )
    return coder.fit_transform(np.hstack(columns)), y


def answers(rs):
    """Four segments: numbers, answers to yes/no questions, and categories.

    Three of the six answers have nothing to do with the segments. All 19 columns are
    standard scores, as a scaler over the whole table leaves them.
    """
    y = np.repeat(np.arange(4), [300, 250, 150, 100])
    numbers = rs.normal(size=(4, 6))[y] * 1.3 + rs.normal(size=(len(y), 6))
    chances = np.hstack([rs.beta(0.5, 0.5, size=(4, 3)), np.full((4, 3), 0.5)])
    columns = [numbers, rs.uniform(size=(len(y), 6)) < chances[y]]
    for n_values in (3, 4):
        chances = rs.dirichlet(np.full(n_values, 0.5), size=4)
        draws = rs.uniform(size=(len(y), 1)) > chances.cumsum(1)[y]
        values = np.minimum(draws.sum(1), n_values - 1)
        columns.append(np.eye(n_values)[values])
    return StandardScaler().fit_transform(np.hstack(columns)), y


def questions(rs):
    """Three groups of people and ten yes/no questions; many rows are equal."""
    y = rs.choice(3, 1500, p=[0.5, 0.3, 0.2])
    chances = rs.choice([0.15, 0.85], (3, 10))
    return (rs.uniform(size=(1500, 10)) < chances[y]) - 0.5, y


def ratings(rs):
    """Four groups of people who answer eight questions by 1 to 5."""
    y = rs.choice(4, 1000, p=[0.4, 0.3, 0.2, 0.1])
    opinions = rs.uniform(1, 5, (4, 8))[y]
    return np.clip(np.round(opinions + 0.9 * rs.normal(size=(1000, 8))), 1, 5), y


def noise_columns(rs):
    """Six Gaussians in 8 columns, and 30 columns of noise."""
    X, y = _gaussians(rs, [150] * 6, 8)
    return np.hstack([X, rs.normal(size=(len(y), 30))]), y


def wide(rs):
    """150 rows of 1000 columns; each of five clusters differs in 60 of them."""
    y = np.repeat(np.arange(5), 30)
    centers = np.zeros((5, 1000))
    for center in centers:
        center[rs.permutation(1000)[:60]] = rs.normal(size=60) * 1.5
    return centers[y] + rs.normal(size=(150, 1000)), y


def moons_and_rings(rs):
    """Two moons and two rings in a plane, in 20 columns with noise."""
    seed = rs.randint(2**31)
    moons, of_moons = make_moons(600, noise=0.05, random_state=seed)
    rings, of_rings = make_circles(600, noise=0.04, factor=0.4, random_state=seed)
    plane = np.vstack([moons, rings + np.array([4, 0])])
    axes = np.linalg.qr(rs.normal(size=(20, 2)))[0]
    X = plane @ axes.T + rs.normal(size=(1200, 20)) * 0.03
    return X, np.r_[of_moons, of_rings + 2]


def curved(rs):
    """Six Gaussians in 4 dimensions, bent into 40 columns."""
    Z, y = _gaussians(rs, [400, 300, 200, 150, 100, 50], 4, 3.0)
    bent = np.tanh(Z @ rs.normal(size=(4, 40)) / 6 + rs.normal(size=40) / 2)
    return bent + rs.normal(size=bent.shape) * 0.05, y


MAKERS = {
    maker.__name__: maker
    for maker in (
        three_sizes,
        five_sizes,
        unlike_spreads,
        anisotropic,
        customers,
        answers,
        questions,
        ratings,
        noise_columns,
        wide,
        moons_and_rings,
        curved,
    )
}


def planted(name, seed):
    """Rows as float32, and labels."""
    X, y = MAKERS[name](np.random.RandomState(seed))
    return X.astype(np.float32), y
