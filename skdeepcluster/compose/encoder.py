"""The encoder of raw frames, put together from scikit-learn's transformers."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice
from numbers import Real
from typing import Any

from sklearn.compose import ColumnTransformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    RobustScaler,
    StandardScaler,
)
from sklearn.utils.validation import check_is_fitted

from skdeepcluster.compose.columns import ColumnsOf
from skdeepcluster.compose.values import (
    DATE_PARTS,
    as_days,
    as_floats,
    as_numbers,
    as_text,
    clipped,
    date_part_names,
    date_parts_of,
)


def table_encoder(
    *,
    categories: Sequence[str] = (),
    dates: Sequence[str] = (),
    date_parts: Sequence[str] = (),
    drop: Sequence[str] = (),
    min_frequency: float = 0.01,
) -> ColumnTransformer:
    """Make a transformer of raw frames, after which distances are meaningful.

    The result is scikit-learn's :class:`~sklearn.compose.ColumnTransformer`, to be put
    before a clusterer in a Pipeline. What each column is, is decided in ``fit`` from
    its dtype and values; frames that come later may have new categories, holes in other
    columns, and other columns beside these.

    - *Numbers* are brought to unit variance after values farther than three standard
      deviations from the median (estimated from the quartiles, unless these are equal)
      are moved there, so that a few extreme ones do not matter.
    - *Dates* become days, and are then numbers. ``date_parts`` adds places in the year,
      week or day, of which December and January are neighbours.
    - *Categories* (text, truth values, columns of dtype category) become one column
      of zeros and another value per category. A hole is a category. Rare ones share a
      column; new ones in later frames go there too, or are zero in all.
    - *Holes* in numbers and dates are filled with the median; a column of zeros and
      ones says where they were.
    - *Left out* are columns with a single value, text of which more than half of the
      values are different (identifiers, remarks), and running numbers: whole numbers of
      which at least 95 % are different, and that fill half of their range.

    All columns of the raw table weigh about the same: two rows of different categories
    are as far apart as any two rows are, on average, in a number.

    Parameters
    ----------
    categories : sequence of str, default=()
        Columns that are categories though they hold numbers, such as postal codes, or
        though most of their values are different.
    dates : sequence of str, default=()
        Columns of text that are dates, as in a CSV file; ``fit`` warns of text that
        looks like dates and is not named here. What cannot be read as a date is a hole.
    date_parts : sequence of {"month", "weekday", "hour"}, default=()
        Parts of each date to add, as sine and cosine.
    drop : sequence of str, default=()
        Further columns to leave out.
    min_frequency : float, default=0.01
        Categories with a smaller share of the rows are rare. It bounds the number of
        columns; 0 keeps all categories.

    Returns
    -------
    encoder : ColumnTransformer
        Its steps are ``numbers``, ``numbers_missing``, ``dates``, ``dates_missing``,
        ``date_parts`` (if there are any) and ``categories``; a parameter for grids is
        ``categories__onehot__min_frequency``. ``transformers_`` says which columns each
        has.

    See Also
    --------
    one_hot_groups : Names of the columns that come from one category.
    skdeepcluster.profile.cluster_profile : What the clusters of a raw frame are.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from skdeepcluster import NeighborClustering
    >>> from skdeepcluster.compose import table_encoder
    >>> from skdeepcluster.datasets import make_mixed_table
    >>> frame, _ = make_mixed_table(200, n_clusters=3, random_state=0)
    >>> pipe = make_pipeline(table_encoder(), NeighborClustering(3, random_state=0))
    >>> pipe.fit_predict(frame).shape
    (200,)
    >>> pipe[0].get_feature_names_out()[:3].tolist()
    ['age', 'income', 'orders']
    """
    if not isinstance(min_frequency, Real) or not 0 <= min_frequency < 1:
        raise ValueError(f"min_frequency={min_frequency!r} should be in [0, 1).")
    unknown = sorted(set(_names("date_parts", date_parts)) - DATE_PARTS.keys())
    if unknown:
        raise ValueError(
            f"date_parts holds {unknown}, which is not in {[*DATE_PARTS]}."
        )
    kinds = partial(
        ColumnsOf,
        categories=_names("categories", categories),
        dates=_names("dates", dates),
        drop=_names("drop", drop),
    )
    encoder = ColumnTransformer(
        [
            ("numbers", _scaled(as_numbers), kinds("number")),
            ("numbers_missing", _holes(as_numbers), kinds("number")),
            ("dates", _scaled(as_days), kinds("date")),
            ("dates_missing", _holes(as_days), kinds("date")),
            ("categories", _coded(min_frequency), kinds("category")),
        ],
        verbose_feature_names_out=False,
    )
    if len(date_parts):
        split = _split(tuple(date_parts))
        encoder.transformers.insert(3, ("date_parts", split, kinds("date")))
    return encoder


def one_hot_groups(encoder: ColumnTransformer) -> list[list[str]]:
    """Names of the columns that a fitted encoder makes of each category.

    They are what ``feature_groups`` of :class:`~skdeepcluster.ContrastiveClustering`,
    :class:`~skdeepcluster.DAC` and :class:`~skdeepcluster.IDEC` takes, if the encoder
    passes on frames.

    Parameters
    ----------
    encoder : ColumnTransformer
        Made by :func:`table_encoder`, and fitted.

    Returns
    -------
    groups : list of list of str
        One list per category, in the order of the frame.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from skdeepcluster import DAC
    >>> from skdeepcluster.compose import one_hot_groups, table_encoder
    >>> from skdeepcluster.datasets import make_mixed_table
    >>> frame, _ = make_mixed_table(200, n_clusters=3, random_state=0)
    >>> encoder = table_encoder().set_output(transform="pandas").fit(frame)
    >>> groups = one_hot_groups(encoder)
    >>> groups[2]
    ['plan_basic', 'plan_plus', 'plan_premium', 'plan_nan']
    >>> dac = DAC(3, augmentation="swap", feature_groups=groups, random_state=0)
    >>> make_pipeline(encoder, dac).fit_predict(frame).shape
    (200,)
    """
    check_is_fitted(encoder)
    step = getattr(encoder, "named_transformers_", {}).get("categories")
    if not isinstance(step, Pipeline):  # "drop", where there is no category
        return []
    onehot = step["onehot"]
    if not hasattr(onehot, "categories_"):
        return []
    names = iter(onehot.get_feature_names_out())
    # Those that are rare share a column; there is no attribute where none may be.
    rare = getattr(onehot, "infrequent_categories_", [None] * len(onehot.categories_))
    return [
        [*islice(names, len(values) - (0 if few is None else len(few) - 1))]
        for values, few in zip(onehot.categories_, rare, strict=True)
    ]


# -- steps of the encoder --------------------------------------------------------------


def _scaled(read: Callable[[Any], Any]) -> Pipeline:
    return Pipeline(
        [
            ("read", _function(read)),
            ("impute", SimpleImputer(strategy="median")),
            # Remains where quartiles are equal, which RobustScaler does not scale.
            ("unit", StandardScaler()),
            ("scale", RobustScaler(unit_variance=True)),
            ("clip", _function(clipped)),
            ("standardize", StandardScaler()),
        ]
    )


def _holes(read: Callable[[Any], Any]) -> Pipeline:
    indicator = MissingIndicator(error_on_new=False)
    return Pipeline(
        [
            ("read", _function(read)),
            ("mark", indicator),
            ("number", _function(as_floats)),
        ]
    )


def _coded(min_frequency: float) -> Pipeline:
    onehot = OneHotEncoder(
        min_frequency=min_frequency or None,
        handle_unknown="infrequent_if_exist",
        sparse_output=False,
    )
    return Pipeline([("read", _function(as_text)), ("onehot", onehot)])


def _split(parts: tuple[str, ...]) -> Pipeline:
    split = FunctionTransformer(
        date_parts_of,
        feature_names_out=date_part_names,
        kw_args={"parts": parts},
    )
    impute = SimpleImputer(keep_empty_features=True)
    return Pipeline([("split", split), ("impute", impute)])


def _function(function: Callable[[Any], Any]) -> FunctionTransformer:
    return FunctionTransformer(function, feature_names_out="one-to-one")


def _names(parameter: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        raise TypeError(f"{parameter} should be a list of names: [{value!r}].")
    return tuple(value)
