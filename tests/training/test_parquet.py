"""Parquet files as tables."""

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.base import clone

from skdeepcluster import IDEC, NeighborClustering
from skdeepcluster.training import batches as batches_module
from skdeepcluster.training import sources
from skdeepcluster.training.batches import GroupedBatches, batches_of
from skdeepcluster.training.parquet import ParquetTable
from skdeepcluster.training.rows import Rows

pa = pytest.importorskip("pyarrow", reason="needs pyarrow")
from pyarrow import dataset, parquet  # noqa: E402

NAMES = list("abc")
CPU = torch.device("cpu")


def array(n=600):
    centers = np.arange(n)[:, None] % 3 * [5.0, -5.0, 0.0]
    noise = np.random.RandomState(0).normal(size=(n, 3))
    return (centers + noise).astype(np.float32)


def write(folder, X=None, files=3, group=70, names=NAMES):
    """A folder of several files, whose last groups are shorter."""
    X = array() if X is None else X
    for number, part in enumerate(np.array_split(X, files)):
        table = pa.table(dict(zip(names, part.T.copy(), strict=True)))
        path = folder / f"{number}.parquet"
        parquet.write_table(table, path, row_group_size=group)
    return dataset.dataset(folder)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write(tmp_path_factory.mktemp("parquet"))


@given(st.integers(0, 600), st.integers(0, 610))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_slices(files, start, stop):
    table = ParquetTable(files)
    assert (table.shape, table.dtype) == ((600, 3), np.float32)
    np.testing.assert_array_equal(table[start:stop], array()[start:stop])


def test_groups_are_unpacked_once(files, monkeypatch):
    table = ParquetTable(files)
    unpacked = []
    group = ParquetTable._group

    def counted(self, number):
        if self._held[0] != number:
            unpacked.append(number)
        return group(self, number)

    monkeypatch.setattr(ParquetTable, "_group", counted)
    for start in range(0, 600, 7):
        table[start : start + 7]
    assert unpacked == [*range(9)]
    source = sources.source_of(table)
    index = np.random.RandomState(0).permutation(600)
    np.testing.assert_array_equal(source.pick(index), array()[index])
    assert len(unpacked) == 18


@given(
    batch_size=st.integers(1, 300),
    groups=st.lists(st.integers(1, 90), min_size=1, max_size=9),
    held=st.integers(1, 300),
)
@settings(deadline=None)
def test_batches_of_groups_cover_every_row_once(batch_size, groups, held):
    n = sum(groups)

    class Table:
        shape, dtype = (n, 1), np.dtype(np.float32)
        ends = np.cumsum(groups)

        def __getitem__(self, rows):
            assert rows.start in {0, *self.ends}  # whole groups
            return np.arange(n, dtype=np.float32)[rows, None]

    Table.groups = [
        range(end - size, end) for end, size in zip(Table.ends, groups, strict=True)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches_module, "_WINDOW_OF_GROUPS", 4 * held)
        rows = Rows(Table(), CPU)
        found = GroupedBatches(rows, batch_size, torch.Generator(), torch.Generator())
        seen = list(found)
    index = torch.cat([batch.index for batch in seen])
    assert sorted(index.tolist()) == list(range(n))
    assert len(seen) == len(found)
    for batch in seen:
        assert batch.x[:, 0].tolist() == batch.index.tolist()
    assert all(len(batch.x) == batch_size for batch in seen[:-1])


def test_fit_of_a_folder(files, monkeypatch):
    model = IDEC(3, hidden_layer_sizes=(8,), random_state=0)
    frame = pd.DataFrame(array(), columns=NAMES)
    expected = clone(model).fit(frame)
    small = clone(model).fit(files)  # read at once
    np.testing.assert_array_equal(small.labels_, expected.labels_)
    assert small.feature_names_in_.tolist() == NAMES

    monkeypatch.setattr(sources, "LARGE_FILE", 0)
    large = clone(model).fit(files)
    for method in ("predict", "transform", "score", "outlier_score"):
        found = getattr(large, method)(files)
        np.testing.assert_array_equal(found, getattr(large, method)(frame))
    agreement = np.mean(large.labels_[::3] == large.labels_[0])
    assert agreement > 0.95
    assert isinstance(
        batches_of(
            Rows(ParquetTable(files), CPU),
            64,
            torch.Generator(),
            torch.Generator(),
            None,
        ),
        GroupedBatches,
    )
    views = NeighborClustering(3, views=[2, 1], max_iter=1, random_state=0)
    assert len(views.fit(files).labels_) == 600
    with pytest.raises(ValueError, match="feature names"):
        large.predict(files.replace_schema(files.schema.remove(0)))


def test_columns_and_missing_values(tmp_path):
    frame = {
        "number": pa.array([1, 2, None], pa.int16()),
        "truth": [True, False, None],
        "wide": [0.5, 1.5, 2.5],
        "text": list("xyz"),
        "day": pa.array([1, 2, 3], pa.date32()),
        "kind": pa.array(list("xyz")).dictionary_encode(),
    }
    parquet.write_table(pa.table(frame), tmp_path / "0.parquet")
    files = dataset.dataset(tmp_path)
    with pytest.raises(ValueError, match="Columns 'text', 'day', 'kind' of X are not"):
        ParquetTable(files)
    names = ["wide", "truth", "number"]
    files = files.replace_schema(pa.schema([files.schema.field(n) for n in names]))
    table = ParquetTable(files)
    assert table.dtype == np.float64
    expected = [[0.5, 1, 1], [1.5, 0, 2], [2.5, np.nan, np.nan]]
    np.testing.assert_array_equal(table[:], expected)
    with pytest.raises(ValueError, match="NaN in columns 'truth', 'number', first in"):
        IDEC(2).fit(files)


def test_other_datasets(tmp_path):
    table = pa.table({"a": [1.0, 2.0]})
    dataset.write_dataset(table, tmp_path / "csv", format="csv")
    with pytest.raises(TypeError, match="not Parquet. Write it as Parquet"):
        IDEC(2).fit(dataset.dataset(tmp_path / "csv", format="csv"))
    parquet.write_table(table[:0], tmp_path / "empty.parquet")
    with pytest.raises(ValueError, match="without rows"):
        IDEC(2).fit(dataset.dataset(tmp_path / "empty.parquet"))
