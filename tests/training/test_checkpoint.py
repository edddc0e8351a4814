"""A fit that goes on from checkpoints equals one that was not interrupted."""

import shutil
import threading
import warnings

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch.callbacks import Callback, EarlyStopping, LRScheduler
from torch import nn

import skdeepcluster
from skdeepcluster import DAC, DEC, IDEC, Autoencoder, ContrastiveClustering
from skdeepcluster.training import file_lock, identity
from skdeepcluster.training.checkpoint_folder import CheckpointFolder
from tests.instances import many_seeds, name_of, on_each
from tests.training.interrupted import (
    SMALL,
    assert_equal_fits,
    fit_counted,
    save_every_epoch,
    stop_after,
)

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:.*:UserWarning:skdeepcluster"),
]

IDEC_SMALL = next(e for e in SMALL if type(e) is IDEC)


@pytest.fixture(autouse=True)
def _save_every_epoch(monkeypatch):
    save_every_epoch(monkeypatch)


@pytest.fixture(scope="module")
def X(blobs):
    return blobs[0].astype(np.float32)


def unfinished(folder):
    """Names of the files of a folder, without those of the fit and its ends."""
    return sorted(p.name for p in folder.rglob("*") if "epoch" in p.name)


# -- going on --------------------------------------------------------------------------


@on_each(SMALL)
@pytest.mark.parametrize("which", many_seeds(7, 1))
def test_goes_on_wherever_it_was_interrupted(estimator, which, X, tmp_path):
    """In each stage, and where one ends and the next begins."""
    expected, epochs = fit_counted(estimator, X)
    starts = [i for i, (_, epoch) in enumerate(epochs) if epoch == 1]
    quick = {starts[-1] + 1, len(epochs) - 1}  # first epoch of a stage, within it
    for stop in sorted(quick) if which == 0 else [which]:
        saved = clone(estimator).set_params(checkpoint=tmp_path / str(stop))
        _, trained = fit_counted(saved, X, stop)
        assert trained == epochs[:stop]
        fitted, trained = fit_counted(saved, X)
        assert trained == epochs[stop - 1 :]  # the last one was not saved
        assert_equal_fits(fitted, expected)


@on_each(SMALL, quick=IDEC)
def test_restarts(estimator, X, tmp_path):
    estimator = clone(estimator).set_params(n_init=3, random_state=1)
    expected, epochs = fit_counted(estimator, X)
    saved = clone(estimator).set_params(checkpoint=tmp_path)
    stop = 2 * len(epochs) // 3 + 2  # in the third, once the others are finished
    fit_counted(saved, X, stop)
    fitted, trained = fit_counted(saved, X)
    assert trained == epochs[stop - 1 :]
    assert_equal_fits(fitted, expected)


def test_many_interrupts(X, tmp_path):
    expected, epochs = fit_counted(IDEC_SMALL, X)
    saved = clone(IDEC_SMALL).set_params(checkpoint=tmp_path)
    for _ in epochs[1:]:
        _, trained = fit_counted(saved, X, 2)
        assert len(trained) == 2
    fitted, trained = fit_counted(saved, X, 2)
    assert_equal_fits(fitted, expected)


def test_same_call_again_returns_at_once(X, tmp_path):
    saved = clone(IDEC_SMALL).set_params(checkpoint=tmp_path, n_init=2)
    first, _ = fit_counted(saved, X)
    again, trained = fit_counted(saved, X)
    assert trained == []
    assert_equal_fits(again, first)
    assert not unfinished(tmp_path)
    (folder,) = tmp_path.iterdir()
    stages = {p.name[:8] for p in folder.glob("*-stage-*")}
    assert len(stages) == 1  # of the best restart only


class Noisy(nn.Module):
    """An encoder that draws from the global generator."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(6, 3), nn.Dropout(0.2))
        self.register_buffer("seen", torch.zeros(()), persistent=False)

    def forward(self, x):
        if self.training:
            self.seen += 1
        return self.layers(x)


CASES = {
    "own encoder": DEC(3, encoder=Noisy(), n_components=3, pretrain_epochs=3),
    "images": ContrastiveClustering(3, image_shape=(1, 2, 3), n_components=8),
    "best epoch": IDEC(3, restore_best=True, learning_rate=0.05, pretrain_epochs=2),
    # The best epoch is the first one.
    "best of pairs": DAC(3, restore_best=True, learning_rate=1.0, pretrain_epochs=2),
    # A target is used beyond the end of an epoch.
    "targets": IDEC(3, update_interval=3, pretrain_epochs=2, tol=0),
    # The labels of the first update are compared with those of the seventh.
    "converged": DEC(3, update_interval=5, pretrain_epochs=2, tol=0.9),
    "layers": IDEC(
        3,
        pretrain="layerwise",
        pretrain_epochs=2,
        hidden_layer_sizes=(8,),
        corruption=0.2,
    ),
    "neighbours": IDEC(3, pretrain="neighbors", pretrain_epochs=2, n_components=2),
    "clusterer": DEC(3, init=KMeans(3, n_init=2, random_state=0), pretrain_epochs=2),
    "published": skdeepcluster.DM2C.published(
        3, hidden_layer_sizes=(8,), translator_units=(8,), pretrain_epochs=2
    ),
    "adversarial": skdeepcluster.EAMC(3, hidden_layer_sizes=(8,), pretrain_epochs=2),
}


@pytest.mark.parametrize("case", CASES)
def test_settings(case, X, tmp_path):
    estimator = clone(CASES[case]).set_params(
        max_iter=12 if case == "converged" else 4, batch_size=32, random_state=0
    )
    expected, epochs = fit_counted(estimator, X)
    saved = clone(estimator).set_params(checkpoint=tmp_path)
    for stop in (2, len(epochs) - 3):
        fit_counted(saved, X, stop)
    fitted, trained = fit_counted(saved, X)
    assert len(trained) == 3
    assert_equal_fits(fitted, expected)


def test_memory_map_in_blocks(X, tmp_path, monkeypatch):
    monkeypatch.setattr("skdeepcluster.training.batches._WINDOW", 2000)
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    expected, _ = fit_counted(IDEC_SMALL, mapped)
    saved = clone(IDEC_SMALL).set_params(checkpoint=tmp_path / "c")
    for stop in (2, 3):
        fit_counted(saved, mapped, stop)
    assert_equal_fits(saved.fit(mapped), expected)


def test_memory_beside_checkpoints(X, tmp_path):
    expected, epochs = fit_counted(IDEC_SMALL, X)
    saved = clone(IDEC_SMALL).set_params(checkpoint=tmp_path / "c")
    saved.set_params(memory=str(tmp_path / "m"))
    for stop in (2, 3):  # within the stage that is kept, and after it
        fit_counted(saved, X, stop)
    assert_equal_fits(fit_counted(saved, X)[0], expected)
    shutil.rmtree(tmp_path / "c")
    again, trained = fit_counted(saved, X)
    assert len(trained) == len(epochs) - 3  # pretraining came from memory
    assert_equal_fits(again, expected)


class Memory(Callback):
    """Counts across stages, and slows training down by what it has counted."""

    def __init__(self):
        self.count = 0

    def on_epoch_end(self, net, **kwargs):
        self.count += 1
        for group in net.optimizer_.param_groups:
            group["lr"] *= 1 / self.count

    def on_train_begin(self, net, **kwargs):
        self.seen_ = []


def callbacks():
    scheduler = LRScheduler(torch.optim.lr_scheduler.StepLR, step_size=1, gamma=0.5)
    stopping = EarlyStopping("train_loss", patience=2, threshold=0.2)
    return [("scheduler", scheduler), stopping, Memory()]


@pytest.mark.parametrize("n_init", [1, 2])
def test_callbacks_with_state(n_init, X, tmp_path):
    base = clone(IDEC_SMALL).set_params(max_iter=9, n_init=n_init)
    expected = clone(base).set_params(callbacks=callbacks())
    with stop_after(None) as epochs:
        expected.fit(X)
    assert len(epochs) < 12 * n_init  # stopped early
    for _ in range(len(epochs) // 3):
        saved = clone(base).set_params(checkpoint=tmp_path, callbacks=callbacks())
        with stop_after(3):
            saved.fit(X)
    fitted = clone(base).set_params(checkpoint=tmp_path, callbacks=callbacks())
    assert_equal_fits(fitted.fit(X), expected)
    assert fitted.callbacks[-1].count == expected.callbacks[-1].count


# -- more epochs -----------------------------------------------------------------------

#: Those whose schedules depend on the number of epochs.
OF_FIXED_LENGTH = ("Autoencoder", "VaDE", "DAC", "NeighborClustering")


@on_each(SMALL)
def test_more_epochs_after_a_finished_fit(estimator, X, tmp_path):
    longer = clone(estimator).set_params(max_iter=6)
    expected, epochs = fit_counted(longer, X)
    fit_counted(clone(estimator).set_params(checkpoint=tmp_path), X)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("error", "This fit begins anew")
        fitted, trained = fit_counted(longer.set_params(checkpoint=tmp_path), X)
    assert_equal_fits(fitted, expected)
    anew = name_of(estimator) in OF_FIXED_LENGTH
    assert trained == (epochs if anew else epochs[-2:])


def test_more_epochs_that_are_interrupted(X, tmp_path):
    saved = clone(IDEC_SMALL).set_params(checkpoint=tmp_path)
    fit_counted(saved, X)
    longer = clone(saved).set_params(max_iter=8)
    expected, _ = fit_counted(clone(longer).set_params(checkpoint=None), X)
    fit_counted(longer, X, 2)
    fitted, trained = fit_counted(longer, X)
    assert trained == [("cluster", epoch) for epoch in (6, 7, 8)]
    assert_equal_fits(fitted, expected)
    # On with the longest of those that this one contains.
    fitted, trained = fit_counted(clone(saved).set_params(max_iter=7), X)
    assert trained == [("cluster", epoch) for epoch in (5, 6, 7)]
    fitted, trained = fit_counted(clone(saved).set_params(max_iter=9), X)
    assert trained == [("cluster", 9)]


@pytest.mark.parametrize("n_init", [1, 2])
def test_more_epochs_of_the_best_one(n_init, X, tmp_path):
    """Each fit ends with the weights of its best epoch, and goes on from its last."""
    base = IDEC(3, restore_best=True, learning_rate=0.05, pretrain_epochs=2)
    base.set_params(batch_size=32, n_init=n_init, random_state=0, max_iter=3)
    fit_counted(clone(base).set_params(checkpoint=tmp_path), X)
    base.set_params(max_iter=6)
    expected, epochs = fit_counted(base, X)
    fitted, trained = fit_counted(base.set_params(checkpoint=tmp_path), X)
    # Only the best restart has kept what it takes.
    assert len(trained) == 3 + len(epochs) // n_init * (n_init - 1)
    assert_equal_fits(fitted, expected)


def test_more_epochs_of_what_has_converged(X, tmp_path):
    base = clone(CASES["converged"]).set_params(
        max_iter=40, batch_size=32, random_state=0
    )
    expected, epochs = fit_counted(base, X)
    n_epochs = len(epochs) - 2
    assert 5 < n_epochs < 40
    saved = clone(base).set_params(checkpoint=tmp_path)
    fit_counted(saved, X)
    fitted, trained = fit_counted(saved.set_params(max_iter=50), X)
    assert trained == []
    assert_equal_fits(fitted, expected)
    # Their last epoch is, or is before, the one in which the long fit has ended.
    for max_iter in (n_epochs - 1, n_epochs):
        saved.set_params(max_iter=max_iter)
        expected, _ = fit_counted(clone(saved).set_params(checkpoint=None), X)
        assert_equal_fits(fit_counted(saved, X)[0], expected)


def test_more_epochs_of_another_fit_are_its_own(X, tmp_path):
    """All else has to be equal."""
    fit_counted(clone(IDEC_SMALL).set_params(checkpoint=tmp_path), X)
    for other in ({"gamma": 0.2}, {"random_state": 1}, {"n_init": 2}):
        longer = clone(IDEC_SMALL).set_params(max_iter=5, **other)
        expected, epochs = fit_counted(longer, X)
        fitted, trained = fit_counted(longer.set_params(checkpoint=tmp_path), X)
        assert trained == epochs
        assert_equal_fits(fitted, expected)


# -- seeds -----------------------------------------------------------------------------


def test_without_seed_goes_on_with_the_drawn_one_and_leaves_nothing(X, tmp_path):
    saved = clone(IDEC_SMALL).set_params(checkpoint=tmp_path, random_state=None)
    _, before = fit_counted(saved, X, 4)
    fitted, after = fit_counted(saved, X)
    assert after == [before[-1], *after[1:]]
    assert len(before) + len(after) == 1 + 7
    assert not [*tmp_path.rglob("*")]
    other, trained = fit_counted(saved, X)
    assert len(trained) == 7
    assert other.objective_ != fitted.objective_


def test_generator_as_random_state(X, tmp_path):
    saved = clone(IDEC_SMALL).set_params(checkpoint=tmp_path)
    expected = clone(IDEC_SMALL).set_params(random_state=np.random.RandomState(3))
    expected.fit(X)
    saved.set_params(random_state=np.random.RandomState(3))
    with stop_after(4):
        saved.fit(X)
    saved.set_params(random_state=np.random.RandomState(3))
    with stop_after(None) as trained:
        saved.fit(X)
    assert len(trained) == 4
    assert_equal_fits(saved, expected)


def test_own_code_leaves_nothing(X, tmp_path):
    """It may be another the next time, which only its name would not show."""
    dec = DEC(3, encoder=Noisy(), n_components=3, pretrain_epochs=2, max_iter=2)
    dec.set_params(checkpoint=tmp_path).fit(X)
    assert not [*tmp_path.rglob("*")]


# -- other fits ------------------------------------------------------------------------

OTHERS = {
    "gamma": lambda e, X: (e.set_params(gamma=0.2), X),
    "max_iter": lambda e, X: (e.set_params(max_iter=5), X),
    "random_state": lambda e, X: (e.set_params(random_state=1), X),
    "n_init": lambda e, X: (e.set_params(n_init=2), X),
    "init": lambda e, X: (e.set_params(init=KMeans(3)), X),
    "values of X": lambda e, X: (e, X + np.float32(1e-4)),
    "shape of X": lambda e, X: (e, X[:-1]),
    "dtype of X": lambda e, X: (e, X.astype(np.float64)),
}


@pytest.mark.parametrize("other", OTHERS)
def test_other_fit_begins_anew_and_says_why(other, X, tmp_path):
    saved = clone(IDEC_SMALL).set_params(checkpoint=tmp_path)
    fit_counted(saved, X, 4)
    changed, X_changed = OTHERS[other](clone(saved), X)
    expected = clone(changed).set_params(checkpoint=None).fit(X_changed)
    with pytest.warns(UserWarning, match=rf"begins anew.*differs: {other} \("):
        fitted, trained = fit_counted(changed, X_changed)
    assert len(trained) >= 7
    assert_equal_fits(fitted, expected)
    _, trained = fit_counted(saved, X)  # as the warning advises
    assert len(trained) == 4


@pytest.mark.parametrize("same", ["memory", "verbose", "checkpoint"])
def test_what_does_not_matter(same, X, tmp_path, capsys):
    place = tmp_path / "c"
    saved = clone(IDEC_SMALL).set_params(checkpoint=str(place))
    fit_counted(saved, X, 4)
    value = {"memory": str(tmp_path), "verbose": 1, "checkpoint": place}[same]
    _, trained = fit_counted(saved.set_params(**{same: value}), X)
    assert len(trained) == 4


def test_other_versions_are_an_error(X, tmp_path, monkeypatch):
    saved = clone(IDEC_SMALL).set_params(checkpoint=tmp_path)
    fit_counted(saved, X, 4)
    here = identity.versions()
    monkeypatch.setattr(identity, "versions", lambda: {**here, "torch": "9.9"})
    with pytest.raises(ValueError, match=r"torch \(.* there, 9\.9 here\).*or delete"):
        saved.fit(X)
    for folder in tmp_path.iterdir():
        shutil.rmtree(folder)
    _, trained = fit_counted(saved, X)
    assert len(trained) == 7


def test_finished_fits_are_not_mentioned(X, tmp_path):
    saved = clone(IDEC_SMALL).set_params(checkpoint=tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        saved.fit(X)
        clone(saved).set_params(gamma=0.2).fit(X)
        clone(saved).fit(X)


def test_equal_fits_at_once_without_locks(X, tmp_path, monkeypatch):
    """Each takes what the other has saved, or nothing, and is as good."""
    for system in ("fcntl", "msvcrt"):
        monkeypatch.setattr(file_lock, system, None)
    expected, _ = fit_counted(IDEC_SMALL, X)
    fits = [clone(IDEC_SMALL).set_params(checkpoint=tmp_path) for _ in range(3)]
    threads = [threading.Thread(target=fit.fit, args=(X,)) for fit in fits]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for fit in fits:
        assert_equal_fits(fit, expected)


def test_equal_fits_at_once(X, tmp_path):
    """The second has no checkpoints, says so, and is as good."""
    saved = clone(IDEC_SMALL).set_params(checkpoint=tmp_path)
    began, go_on = threading.Event(), threading.Event()

    def fit_first():
        record = CheckpointFolder.write_epoch

        def waiting(folder, *args):
            began.set()
            go_on.wait(30)
            record(folder, *args)

        CheckpointFolder.write_epoch = waiting
        try:
            first.fit(X)
        finally:
            CheckpointFolder.write_epoch = record

    first, second = clone(saved), clone(saved)
    thread = threading.Thread(target=fit_first)
    thread.start()
    assert began.wait(30)
    with pytest.warns(UserWarning, match="An equal fit is running"):
        second.fit(X)
    go_on.set()
    thread.join()
    assert_equal_fits(first, second)
    assert not [*tmp_path.rglob("lock")]


def test_search_goes_on(X, tmp_path):
    """Finished candidates return at once, the one that was killed goes on."""
    pipe = make_pipeline(
        StandardScaler(), clone(IDEC_SMALL).set_params(checkpoint=tmp_path)
    )
    search = GridSearchCV(
        pipe, {"idec__gamma": [0.05, 0.1]}, cv=2, refit=False, error_score="raise"
    )
    with stop_after(None) as trained:
        expected = clone(search)
        expected.estimator[-1].set_params(checkpoint=None)
        expected.fit(X)
    assert len(trained) == 4 * 7
    with stop_after(2 * 7 + 4):  # in the third of four fits
        search.fit(X)
    with stop_after(None) as trained:
        search.fit(X)
    assert len(trained) == 4 + 7
    for name, values in expected.cv_results_.items():
        if "test_score" in name:
            np.testing.assert_array_equal(search.cv_results_[name], values)


# -- damage ----------------------------------------------------------------------------


def test_damaged_files_are_passed_over(X, tmp_path):
    expected, _ = fit_counted(IDEC_SMALL, X)
    saved = clone(IDEC_SMALL).set_params(checkpoint=tmp_path)
    # The last epoch, both epochs, also the end of the stage before, everything.
    for n_damaged, n_left in enumerate([3, 4, 7, 7], 1):
        shutil.rmtree(tmp_path, ignore_errors=True)
        fit_counted(saved, X, 6)
        files = sorted(tmp_path.rglob("*.safetensors"), reverse=True)
        assert len(files) == 4
        for file in files[:n_damaged]:
            content = bytearray(file.read_bytes())
            content[-1] ^= 1
            file.write_bytes(content)
        with pytest.warns(UserWarning, match="passed over.*is damaged") as given:
            fitted, trained = fit_counted(saved, X)
        messages = " ".join(str(warning.message) for warning in given)
        assert files[n_damaged - 1].name in messages
        assert len(trained) == n_left, n_damaged
        assert_equal_fits(fitted, expected)


def test_checkpoint_of_another_fit_is_passed_over(X, tmp_path):
    saved = clone(IDEC_SMALL).set_params(checkpoint=tmp_path)
    fit_counted(saved, X, 6)
    files = {p.name: p for p in tmp_path.rglob("*epoch*")}
    other = clone(saved).set_params(random_state=1, checkpoint=tmp_path / "other")
    fit_counted(other, X, 6)
    for path in (tmp_path / "other").rglob("*epoch*"):
        path.write_bytes(files[path.name].read_bytes())
    with pytest.warns(UserWarning, match="is of another fit"):
        fitted, _ = fit_counted(other, X)
    assert_equal_fits(fitted, other.set_params(checkpoint=None).fit(X))


# -- places ----------------------------------------------------------------------------


def test_disk_that_is_full_ends_no_fit(X, tmp_path, monkeypatch):
    expected, _ = fit_counted(IDEC_SMALL, X)

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("skdeepcluster.training.tensor_file.os.fsync", full)
    saved = clone(IDEC_SMALL).set_params(checkpoint=tmp_path)
    with pytest.warns(UserWarning, match="No space left on device") as given:
        fitted, _ = fit_counted(saved, X)
    assert sum("No space" in str(w.message) for w in given) == 1
    assert_equal_fits(fitted, expected)
    assert not [*tmp_path.rglob("*")]


def test_folder_that_vanishes_is_made_again(X, tmp_path):
    expected, _ = fit_counted(IDEC_SMALL, X)
    saved = clone(IDEC_SMALL).set_params(checkpoint=tmp_path / "c")
    record = CheckpointFolder.write_epoch

    def vanishing(folder, name, *args):
        if name.endswith("2"):
            shutil.rmtree(tmp_path / "c")
        record(folder, name, *args)

    try:
        CheckpointFolder.write_epoch = vanishing
        assert_equal_fits(fit_counted(saved, X)[0], expected)
    finally:
        CheckpointFolder.write_epoch = record


def test_folder_that_cannot_be_made(X, tmp_path):
    (tmp_path / "file").write_text("")
    expected, _ = fit_counted(IDEC_SMALL, X)
    saved = clone(IDEC_SMALL).set_params(checkpoint=tmp_path / "file" / "c")
    with pytest.warns(UserWarning, match="cannot be written to .*Not a directory"):
        fitted, _ = fit_counted(saved, X)
    assert_equal_fits(fitted, expected)
    saved.set_params(checkpoint=str(tmp_path / "file"))
    with pytest.raises(ValueError, match="is a file. It should be a folder"):
        saved.fit(X)


def test_failed_fit_without_checkpoints_leaves_nothing(X, tmp_path):
    saved = clone(IDEC_SMALL).set_params(checkpoint=tmp_path)
    fit_counted(saved, X, 1)  # the first epoch was not saved
    assert not [*tmp_path.rglob("*")]


def test_needs_safetensors(X, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "safetensors", None)
    with pytest.raises(ImportError, match="checkpoints need safetensors: pip install"):
        Autoencoder(max_iter=1, checkpoint=tmp_path).fit(X)


def test_interrupted_fit_leaves_the_one_before(X, tmp_path):
    saved = clone(IDEC_SMALL).set_params(checkpoint=tmp_path).fit(X)
    labels = saved.labels_
    with stop_after(3):
        saved.set_params(gamma=0.2).fit(X)
    assert saved.labels_ is labels
