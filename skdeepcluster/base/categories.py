"""Columns that code categories, as the other columns predict them."""

import numpy as np
from sklearn.linear_model import RidgeCV

#: Rows from which categories are predicted.
_ROWS = 2000

#: Penalties of the regression, of which leaving one row out chooses.
_PENALTIES = np.logspace(-1, 4, 6)

#: Share of an answer itself beside its prediction, which knows nothing of it, where
#: there is one category. Of several it is smaller: together they have the variance of
#: a quarter of a number for each of their columns, however many they are.
_OWN = 0.5

#: Share of the variance from which a category matters.
_SHARE = 0.001


def column_groups(sample: np.ndarray) -> list[list[int]]:
    """Positions of columns: those that code one category together, others alone.

    Adjacent columns of two values code one category where no row has the larger value
    in more than one of them. A constant column among them may be that of a value which
    the sample lacks.
    """
    groups: list[list[int]] = []
    constant: list[list[int]] = []
    taken = None
    for column, values in enumerate(sample.T):
        if (values == values[0]).all():
            constant.append([column])
            continue
        if not has_two_values(values):
            groups.append([column])
            taken = None
            continue
        larger = values == values.max()
        if taken is not None and not (taken & larger).any():
            groups[-1].append(column)
            taken |= larger
        else:
            groups.append([column])
            taken = larger
    return groups + constant


def predicted_categories(sample: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """A linear map that puts predictions in the place of categories.

    Another answer to a yes/no question is a large step, and a slightly different number
    a small one. So neighbours have the same answers, and a cluster falls into as many
    parts as there are combinations of them. A prediction of the answer by the other
    columns has no steps, and varies as far as the answer has to do with the rest. It is
    that of a ridge regression, after each column of a category was brought to the mean
    variance of the numbers, whatever its coding. Some of the answer itself is kept:
    half of it where there is no other category, and less the more there are.

    Parameters
    ----------
    sample : ndarray of shape (n_samples, n_features)
    columns : ndarray of bool of shape (n_features,)
        Those that are used.

    Returns
    -------
    weights : ndarray of shape (n_used_features, n_features)
        By which centred rows are multiplied; only a choice of columns where there are
        no categories.
    """
    if len(sample) > _ROWS:
        index = np.random.RandomState(0).choice(len(sample), _ROWS, replace=False)
        sample = sample[index]
    sample = np.asarray(sample, dtype=np.float64)
    weights = np.eye(len(columns))
    used = np.flatnonzero(columns)
    variance = sample.var(0)
    categories = [
        group
        for group in column_groups(sample)
        if has_two_values(sample[:, group[0]])
        and columns[group].all()
        and variance[group].sum() >= _SHARE * variance.sum()
    ]
    if not categories or len(categories[0]) == len(used):
        return weights[used]
    coding = [column for group in categories for column in group]
    numbers = np.setdiff1d(used[variance[used] > 0], coding)
    unit = np.sqrt(variance[numbers].mean()) if len(numbers) else 1.0
    scale = np.full(len(columns), 1 / unit)
    scale[coding] = 1 / np.sqrt(variance[coding])
    scaled = (sample - sample.mean(0)) * scale
    own = _OWN / np.sqrt(len(categories))
    for group in categories:
        others = np.setdiff1d(used, group)
        ridge = RidgeCV(_PENALTIES, fit_intercept=False)
        ridge.fit(scaled[:, others], scaled[:, group])
        weights[group] = 0
        coefficients = (1 - own) * ridge.coef_.reshape(len(group), -1)
        weights[np.ix_(np.array(group), others)] = unit * coefficients * scale[others]
        weights[group, group] = own * unit * scale[group]
    return weights[used]


def has_two_values(values: np.ndarray) -> bool:
    """Whether a column has exactly two values, as the answer to a yes/no question."""
    low, high = values.min(), values.max()
    return bool(low < high and ((values == low) | (values == high)).all())
