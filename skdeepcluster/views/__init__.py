"""Which columns of a table are which view.

A *view* is a group of columns from one source: pixels, sensor readings, word counts.
Estimators for several views take one table and a parameter ``views``; the functions
here translate between that and one table per view. A view that a row lacks is NaN over
all its columns.
"""

from skdeepcluster.views.tables import (
    ViewImputer,
    resolve_views,
    split_views,
    stack_modalities,
    stack_views,
)

__all__ = [
    "ViewImputer",
    "resolve_views",
    "split_views",
    "stack_modalities",
    "stack_views",
]
