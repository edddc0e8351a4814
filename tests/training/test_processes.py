"""Fits that several processes share."""

import json
import shutil
import textwrap

import numpy as np
import pytest

from tests.training.launched import launch, launch_code
from tests.training.together import estimators, main, table

QUICK = ["IDEC", "NeighborClustering"]
SLOW = ["Autoencoder", "DEC", "DSSEC", "ContrastiveClustering", "DAC", "DM2C"]
SLOW += ["EAMC", "CoMVC", "DAMC", "DCCA", "DCN", "DKM", "IIC", "PICA", "VaDE"]


@pytest.mark.parametrize(
    "names", [QUICK, pytest.param(SLOW, marks=pytest.mark.slow)], ids=["quick", "slow"]
)
def test_several_processes_give_the_result_of_one(names, tmp_path, monkeypatch):
    for output, code in launch("-m", "tests.training.together", str(tmp_path), *names):
        assert code == 0, output
    monkeypatch.setenv("RANK", "alone")
    main(str(tmp_path), *names)
    first, second, alone = (np.load(tmp_path / f"{r}.npz") for r in (0, 1, "alone"))
    for name in first:
        np.testing.assert_array_equal(first[name], second[name], name)
    # With batch normalisation, last digits grow; of those, see the first epochs.
    of_embeddings = {"Autoencoder", "DEC", "IDEC", "DSSEC", "DCN", "DKM", "VaDE"}
    for name in {*names} & of_embeddings:
        assert np.mean(first[f"{name} labels"] == alone[f"{name} labels"]) > 0.99
        np.testing.assert_allclose(first[name], alone[name], atol=1e-3, err_msg=name)


@pytest.mark.slow
def test_first_epochs_are_those_of_one_process():
    """Gradients are exact: losses after some steps differ in their last digits."""
    names = ["ContrastiveClustering", "IIC", "PICA", "DAC", "EAMC", "CoMVC", "DAMC"]
    names += ["DCCA", "DM2C"]
    code = """
        import json, warnings
        from tests.training.together import estimators, table
        warnings.simplefilter("ignore")
        for model in estimators(NAMES):
            fitted = model.set_params(max_iter=1).fit(table())
            print(json.dumps([row["loss"] for row in fitted.history_[:2]]))
    """
    outputs = [output for output, _ in launch_code(code.replace("NAMES", repr(names)))]
    found = [[json.loads(line) for line in each.splitlines()] for each in outputs]
    models = estimators(names)
    for model, first, second in zip(models, *found, strict=True):
        alone = model.set_params(max_iter=1).fit(table()).history_
        assert first == second
        expected = [row["loss"] for row in alone[:2]]
        np.testing.assert_allclose(first, expected, rtol=5e-3, atol=1e-4)


@pytest.mark.slow
def test_end_of_a_process_ends_the_others():
    code = """
        import os
        import torch.distributed as dist
        from skorch.callbacks import Callback
        from skdeepcluster import IDEC
        from tests.training.together import table

        class Dies(Callback):
            def on_epoch_end(self, net, **kwargs):
                if os.environ["RANK"] == "1":
                    os._exit(7)

        IDEC(3, hidden_layer_sizes=(8,), callbacks=[Dies()]).fit(table())
    """
    (output, code), (_, other) = launch_code(code)
    assert other == 7
    assert code == 1
    assert "RuntimeError: Process 0 has lost process 1 of this fit." in output


@pytest.mark.slow
def test_what_processes_agree_on():
    """One launch for all, because imports take longest."""
    code = """
        import hashlib, os
        from skorch.callbacks import Callback
        from torch import nn
        from skdeepcluster import IDEC
        from skdeepcluster.training.processes import Processes, on_first
        from tests.training.together import table

        second = os.environ["RANK"] == "1"
        changed = table()
        changed[0, 0] = 9
        few = {"max_iter": 1, "pretrain_epochs": 1, "hidden_layer_sizes": (8,)}

        def try_fit(X, **params):
            try:
                return IDEC(3, **{**few, **params}).fit(X)
            except ValueError as error:
                print(error)

        try_fit(table()[: 150 if second else 201])
        try_fit(changed if second else table())
        try_fit(table(), tol=0.1 if second else 0.2)
        try_fit(table(), compile=True)
        print(try_fit(table(), distributed=False).n_iter_)

        class Tracker(Callback):
            def on_epoch_end(self, net, **kwargs):
                raise RuntimeError("Connection to the tracker timed out (NCCL, gloo)")

        try:
            try_fit(table(), callbacks=[Tracker()])
        except RuntimeError as error:
            print(error)

        class Stops(Callback):
            def on_batch_end(self, net, **kwargs):
                if second:
                    raise KeyboardInterrupt

        # In one process, and at the end of the epoch in all.
        print(len(try_fit(table(), callbacks=[Stops()], max_iter=3).history_))
        with Processes().training(nn.Sequential(), False):
            print(on_first(os.getenv, "RANK"))
            try:
                on_first(int, "seven" if not second else 7)
            except ValueError as error:
                print(error)
        # Without a seed, and with weights and dropout that draw from torch's generator.
        layers = nn.Linear(6, 16), nn.Dropout(), nn.ReLU(), nn.Linear(16, 6)
        shared = try_fit(table(), encoder=nn.Sequential(*layers))
        print(hashlib.sha256(shared.transform(table()).tobytes()).hexdigest())
    """
    (first, code), (second, _) = launch_code(code)
    assert code == 0, first
    assert first.splitlines()[-1] == second.splitlines()[-1]
    for output in (first, second):
        messages = output.splitlines()
        assert "The shape of X is (201, 6) in process 0 and (150, 6) in" in messages[0]
        assert "The digest of the first rows of X is" in messages[1]
        assert "The parameter tol is 0.2 in process 0 and 0.1 in" in messages[2]
        assert "compile=True works in one process only, and 2 share this" in messages[3]
        assert messages[4] == "1"
        assert messages[5] == "Connection to the tracker timed out (NCCL, gloo)"
        assert messages[6] == "2"
        assert messages[7] == "0"
        assert "invalid literal for int() with base 10: 'seven'" in messages[8]


@pytest.mark.slow
def test_ended_fit_goes_on_in_two_processes_and_in_one(tmp_path):
    code = """
        import os, sys
        import numpy as np
        from skdeepcluster import IDEC
        from skdeepcluster.training.checkpoint_folder import CheckpointFolder
        from skdeepcluster.training.net import StageNet
        from tests.training.together import table

        folder, ends = sys.argv[1:]
        CheckpointFolder.is_due = True  # every epoch
        record = StageNet._record

        def end(net, epoch, *args):
            record(net, epoch, *args)
            if ends == "ends" and net.stage.name == "cluster" and epoch == 2:
                os._exit(7)

        StageNet._record = end
        model = IDEC(3, hidden_layer_sizes=(8,), pretrain_epochs=2, max_iter=4, tol=0,
                     checkpoint=folder, random_state=0).fit(table())
        name = os.environ["RANK"] + os.environ["WORLD_SIZE"] + ends
        np.save(folder + name, model.transform(table()))
    """
    path = str(tmp_path / "checkpoint")
    script = "-c", textwrap.dedent(code)
    launch(*script, path, "whole")
    (tmp_path / "checkpoint").rename(tmp_path / "finished")
    assert [code for _, code in launch(*script, path, "ends")] == [7, 7]
    copy = str(tmp_path / "copy")
    shutil.copytree(path, copy)
    for output, code in launch(*script, path, "on"):
        assert code == 0, output
    ((output, code),) = launch(*script, copy, "on", size=1)
    assert code == 0, output
    whole = np.load(f"{path}02whole.npy")
    for rank in (0, 1):
        np.testing.assert_array_equal(np.load(f"{path}{rank}2on.npy"), whole)
    np.testing.assert_allclose(np.load(f"{copy}01on.npy"), whole, atol=1e-3)


@pytest.mark.slow
def test_hints_are_heeded_by_all_and_must_be_the_same():
    code = """
        import os, warnings
        from skdeepcluster import IDEC
        from tests.training.together import table
        warnings.simplefilter("ignore")
        model = IDEC(3, hidden_layer_sizes=(8,), max_iter=2, random_state=0)
        model.fit(table(), must_link=[[0, 1]], cannot_link=[[0, 2], [3, 4]])
        print("hints", model.history_[-1]["hints"])
        try:
            model.fit(table(), must_link=[[0, 1 + int(os.environ["RANK"])]])
        except ValueError as error:
            print(error)
    """
    (first, _), (second, _) = launch_code(code)
    assert first.splitlines()[0] == second.splitlines()[0]
    assert first.startswith("hints")
    assert "The digest of the hints is" in first
