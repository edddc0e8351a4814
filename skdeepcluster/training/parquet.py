"""Parquet files as one table that is read by slices of rows."""

from bisect import bisect_right
from itertools import accumulate
from typing import Any

import numpy as np


def is_dataset(X: Any) -> bool:
    """Whether ``X`` is a dataset of pyarrow's: files that are read as one table."""
    return hasattr(X, "get_fragments") and hasattr(X, "schema")


class ParquetTable:
    """The files of a dataset, with ``shape``, ``dtype`` and slices.

    Files consist of groups of rows, which are compressed. A group is unpacked as a
    whole, and kept until the next one is.

    Parameters
    ----------
    dataset : pyarrow.dataset.Dataset
        Of Parquet files.

    Attributes
    ----------
    shape : tuple of int
    dtype : dtype
        float32, or float64 if columns have more digits.
    groups : list of range
        The rows of each group.

    Raises
    ------
    ValueError
        If a column is not numeric, or if there are no rows.
    TypeError
        If the files are not Parquet.
    """

    def __init__(self, dataset: Any) -> None:
        self.schema = dataset.schema
        self.dtype = _common_dtype(self.schema)
        fragments = [*dataset.get_fragments()]
        if not all(hasattr(fragment, "split_by_row_group") for fragment in fragments):
            raise TypeError(
                "X is a dataset of files that are not Parquet. Write it as Parquet: "
                "pyarrow.dataset.write_dataset(X, 'folder', format='parquet')."
            )
        self._parts = [
            part for fragment in fragments for part in fragment.split_by_row_group()
        ]
        counts = [
            sum(group.num_rows for group in part.row_groups) for part in self._parts
        ]
        self._ends = [*accumulate(counts)]
        self.groups = [
            range(end - n, end) for n, end in zip(counts, self._ends, strict=True)
        ]
        self.shape = sum(counts), len(self.schema)
        if not self.shape[0]:
            raise ValueError("X is a dataset without rows.")
        self._held = -1, np.empty((0, 0))

    def __getitem__(self, rows: slice) -> np.ndarray:
        start, stop, _ = rows.indices(self.shape[0])
        result = np.empty((max(0, stop - start), self.shape[1]), self.dtype)
        filled = 0
        number = bisect_right(self._ends, start)
        while filled < len(result):
            inside = start + filled - self.groups[number].start
            piece = self._group(number)[inside : inside + len(result) - filled]
            result[filled : filled + len(piece)] = piece
            filled += len(piece)
            number += 1
        return result

    def without_rows(self) -> Any:
        """A table of pyarrow's with the same columns."""
        return self.schema.empty_table()

    def _group(self, number: int) -> np.ndarray:
        held, rows = self._held
        if held != number:
            # Columns that a file lacks are missing values.
            part = self._parts[number].to_table(schema=self.schema)
            rows = np.empty((part.num_rows, part.num_columns), self.dtype)
            for j, column in enumerate(part.columns):
                rows[:, j] = column.to_numpy()
            self._held = number, rows
        return rows


def _common_dtype(schema: Any) -> np.dtype:
    dtypes, wrong = [np.dtype(np.float32)], []
    for field in schema:
        try:
            dtype = np.dtype(field.type.to_pandas_dtype())
        except NotImplementedError:
            dtype = np.dtype(object)
        dtypes.append(dtype)
        if dtype.kind not in "biuf":
            wrong.append(field.name)
    if wrong:
        raise ValueError(
            f"Columns {', '.join(map(repr, wrong))} of X are not numeric. Leave them "
            "out: X.replace_schema(pyarrow.schema([X.schema.field(name) for name in "
            "names]))."
        )
    return np.result_type(*dtypes)
