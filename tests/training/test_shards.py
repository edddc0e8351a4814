"""Rows of which each process has a part."""

import json

import pytest

from tests.training.launched import launch_code
from tests.training.together import estimators, table


@pytest.mark.slow
@pytest.mark.parametrize(
    "names",
    [["IDEC"], ["NeighborClustering", "DAC", "DM2C"]],
    ids=["kinds of tables", "methods"],
)
def test_rows_of_several_processes_are_one_table(names, tmp_path):
    code = f"""
        import json, os, shutil, tempfile
        from pathlib import Path
        from types import SimpleNamespace
        import numpy as np
        import pandas as pd
        from scipy.sparse import csr_matrix
        from sklearn.base import clone
        from tests.training import together
        from skdeepcluster.training import sources

        names = {names!r}
        tempfile.tempdir = {str(tmp_path)!r}
        second = os.environ["RANK"] == "1"
        own = slice(150, 201) if second else slice(0, 150)
        table = together.table()

        def full_disk(path):
            return SimpleNamespace(free=9)

        def memory_map(X):
            path = f"{{tempfile.tempdir}}/{{second}}.npy"
            np.save(path, X)
            return np.load(path, mmap_mode="r")

        def check(model, kind, kind_of_whole=None):
            whole = clone(model).fit((kind_of_whole or kind)(table))
            X = kind(table[own])
            sharded = clone(model).set_params(distributed="sharded")
            assert (sharded.fit_predict(X) == whole.labels_[own]).all()
            for name in ("view_labels_", "embedding_sample_", "outlier_unit_"):
                expected = getattr(whole, name, None)
                if name == "view_labels_" and expected is not None:
                    expected = expected[own]
                np.testing.assert_array_equal(getattr(sharded, name, None), expected)
            assert (sharded.transform(X) == whole.transform(X)).all()
            assert (sharded.outlier_score(X) == whole.outlier_score(X)).all()
            assert (sharded.fit_transform(X) == whole.transform(X)).all()

        for model in together.estimators(names):
            check(model, np.asarray)
        if names == ["IDEC"]:
            check(model, np.float64)
            check(model, csr_matrix)
            sources.LARGE_FILE = 0  # read in blocks
            check(model, np.asarray, memory_map)
            errors = []
            sharded = clone(model).set_params(distributed="sharded")

            def fails(X, **params):
                try:
                    clone(sharded).set_params(**params).fit(X)
                except Exception as error:
                    errors.append(str(error))

            broken = table.copy()
            broken[160] = np.nan
            columns = list("abcdef")
            fails(broken[own])
            usage, shutil.disk_usage = shutil.disk_usage, full_disk
            fails(table[own])
            shutil.disk_usage = usage
            fails(table[own, : 5 if second else 6])
            fails(table[own].astype(float if second else np.float32))
            fails(csr_matrix(table[own]) if second else table[own])
            columns = columns[:: -1 if second else 1]
            fails(pd.DataFrame(table[own], columns=columns))
            fails(table[own], distributed="auto" if second else "sharded")
            print(json.dumps(errors))
        assert [*Path(tempfile.tempdir).glob("tmp*")] == []
    """
    results = launch_code(code)
    for output, code in results:
        assert code == 0, output
    if names != ["IDEC"]:
        return
    first, second = (json.loads(output.splitlines()[-1]) for output, _ in results)
    assert second[0].startswith("Input X contains NaN in columns 0, 1, 2, 3, 4, ...,")
    assert first[0] == f"In process 1: {second[0]}"
    assert first[1].startswith("The rows of all processes take 4824 bytes, and /")
    assert second[1] == f"In process 0: {first[1]}"
    assert first[2:] == second[2:]
    for text, start in zip(
        first[2:],
        [
            "The number of columns of X is 6 in process 0 and 5 in process 1.",
            "The dtype of X is float32 in process 0 and float64 in process 1.",
            "The kind of X is dense in process 0 and sparse in process 1.",
            "The names of the columns of X is ['a', 'b', 'c', 'd', 'e', 'f'] in pro",
            "The parameter distributed is 'sharded' in process 0 and 'auto' in pro",
        ],
        strict=True,
    ):
        assert text.startswith(start)


def test_rows_of_a_process_that_is_alone():
    model = estimators(["IDEC"])[0].set_params(distributed="sharded")
    with pytest.raises(ValueError, match="this fit is alone: start the script with"):
        model.fit(table())
