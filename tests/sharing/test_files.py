"""Saved estimators come back bit for bit; damaged files come to nothing."""

import copy
import json
import os
import stat
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV
from torch import nn

import skdeepcluster
from skdeepcluster import (
    DAC,
    DEC,
    DM2C,
    DSSEC,
    EAMC,
    IDEC,
    Autoencoder,
    ContrastiveClustering,
    NeighborClustering,
    load,
    save,
)
from skdeepcluster.sharing import files
from skdeepcluster.training.tensor_file import digest
from tests.instances import CHEAP, is_clusterer, on_each

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class Own(nn.Module):
    """A user's encoder."""

    def __init__(self, n_features, n_components):
        super().__init__()
        self.linear = nn.Linear(n_features, n_components)

    def forward(self, x):
        return self.linear(x)


@pytest.fixture(scope="module")
def X():
    return np.random.RandomState(0).normal(size=(60, 8)).astype(np.float32)


@pytest.fixture(scope="module")
def dec(X):
    params = {"hidden_layer_sizes": (8,), "pretrain_epochs": 2, "max_iter": 2}
    return DEC(3, random_state=0, **params).fit(X)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


def fitted(estimator, X):
    estimator = clone(estimator).set_params(random_state=0)
    if is_clusterer(estimator):
        estimator.set_params(n_clusters=3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # noise has no clusters to match
        return estimator.fit(X)


def rewrite(path, change):
    """Forge a file: change its JSON, and make the digest fit again."""
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    content = json.loads(header["__metadata__"]["skdeepcluster"][64:])
    tensors = load_file(path)
    change(content)
    text = json.dumps(content)
    save_file(tensors, path, {"skdeepcluster": digest(tensors, text) + text})


SKIPPING = [Autoencoder(max_iter=2), DSSEC(pretrain_epochs=2, max_iter=2)]


@on_each([*CHEAP, *SKIPPING])
def test_round_trip(estimator, X, path):
    estimator = fitted(estimator, X)
    save(estimator, path)
    back = load(path)
    assert repr(back) == repr(estimator)
    assert vars(back).keys() == vars(estimator).keys()
    np.testing.assert_array_equal(back.transform(X), estimator.transform(X))
    assert back.score(X) == estimator.score(X)
    assert back.history_ == estimator.history_
    if is_clusterer(estimator):
        np.testing.assert_array_equal(back.labels_, estimator.labels_)
        np.testing.assert_array_equal(back.predict_proba(X), estimator.predict_proba(X))
        np.testing.assert_array_equal(back.outlier_score(X), estimator.outlier_score(X))


def test_loaded_estimator_can_be_fitted_again(dec, X, path):
    save(dec, path)
    np.testing.assert_array_equal(load(path).fit(X).labels_, dec.labels_)


def test_saved_twice_gives_equal_files(dec, path, tmp_path):
    save(dec, path)
    save(load(path), tmp_path / "again")
    assert path.read_bytes() == (tmp_path / "again").read_bytes()


def test_default_dtype_does_not_matter(dec, X, path):
    save(dec, path)
    torch.set_default_dtype(torch.float64)
    try:
        labels = load(path).predict(X)
    finally:
        torch.set_default_dtype(torch.float32)
    np.testing.assert_array_equal(labels, dec.labels_)


def test_number_of_clusters_that_was_found(X, path):
    model = NeighborClustering(None, hidden_layer_sizes=(8,), max_iter=3).fit(X)
    save(model, path)
    back = load(path)
    assert back.n_clusters is None
    np.testing.assert_array_equal(back.predict(X), model.labels_)


def test_names_and_output_of_frames(X, path):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X, columns=[f"c{i}" for i in range(8)])
    model = Autoencoder(n_components=2, hidden_layer_sizes=(4,), max_iter=1)
    save(model.set_output(transform="pandas").fit(frame), path)
    embedding = load(path).transform(frame)
    assert embedding.columns.tolist() == ["autoencoder0", "autoencoder1"]


def test_views_and_matching(X, path):
    stacked = X.copy()
    stacked[:30, :3], stacked[30:, 3:] = np.nan, np.nan
    views = {"a": slice(0, 3), "b": np.arange(3, 8)}
    model = fitted(DM2C(3, views=views, hidden_layer_sizes=(8,), n_encoders=2), stacked)
    save(model, path)
    back = load(path)
    assert back.views["a"] == slice(0, 3)
    np.testing.assert_array_equal(back.views_["b"], model.views_["b"])
    np.testing.assert_equal(back.matching_confidence_, model.matching_confidence_)
    np.testing.assert_array_equal(
        back.translate(stacked, to="a"), model.translate(stacked, to="a")
    )


def test_own_encoder_is_given_again(X, path):
    model = IDEC(3, encoder=Own, n_components=4, pretrain_epochs=1, max_iter=1)
    save(model.fit(X), path)
    for encoder in (Own, Own(8, 4)):
        back = load(path, encoder=encoder)
        np.testing.assert_array_equal(back.transform(X), model.transform(X))
    with pytest.raises(ValueError, match=r"own module at 'module.encoder'.*encoder="):
        load(path)
    with pytest.raises(ValueError, match=r"has different weights .*linear.bias \(5,\)"):
        load(path, encoder=Own(8, 5))


def test_own_encoders_of_views_are_given_again(X, path):
    model = EAMC(3, views=[3, 5], encoder=Own, n_components=4, max_iter=1)
    save(model.fit(X), path)
    for encoder in (Own, {"view0": Own, "view1": Own(5, 4)}):
        back = load(path, encoder=encoder)
        np.testing.assert_array_equal(back.transform(X), model.transform(X))
    with pytest.raises(ValueError, match=r"own module at 'module.encoders.1'"):
        load(path, encoder={"view0": Own})


def test_own_part_of_an_encoder_is_given_again(X, path):
    encoder = nn.Sequential(nn.Linear(8, 6), Own(6, 6), nn.ReLU(), nn.Linear(6, 4))
    for own in (encoder, lambda n_features, n_components: encoder):
        model = IDEC(3, encoder=own, n_components=4, pretrain_epochs=1, max_iter=1)
        save(model.fit(X), path)
        back = load(path, encoder=own)
        np.testing.assert_array_equal(back.transform(X), model.transform(X))


def test_factory_draws_from_no_global_generator(X, path):
    model = IDEC(3, encoder=Own, n_components=4, pretrain_epochs=1, max_iter=1)
    save(model.fit(X), path)
    before = torch.get_rng_state()
    load(path, encoder=Own)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("encoder", ["conv", "resnet18"])
def test_image_encoders(encoder, path):
    X = np.random.RandomState(0).rand(20, 128).astype(np.float32)
    model = ContrastiveClustering(
        2, image_shape=(2, 8, 8), encoder=encoder, n_components=4, max_iter=1
    ).fit(X)
    save(model, path)
    np.testing.assert_array_equal(load(path).predict_proba(X), model.predict_proba(X))


def test_file_may_be_replaced_while_the_estimator_lives(dec, X, path, tmp_path):
    save(dec, path)
    back = load(path)
    path.write_bytes(b"")
    np.testing.assert_array_equal(back.predict(X), dec.labels_)


def test_where_a_fit_ran_does_not_come_with_a_file(X, path, tmp_path):
    params = {"hidden_layer_sizes": (4,), "pretrain_epochs": 1, "max_iter": 1}
    places = {name: str(tmp_path / name) for name in ("checkpoint", "memory")}
    places |= {"device": "cpu", "distributed": False}
    save(DEC(3, **places, **params).fit(X), path)
    named = "defaults: checkpoint, device, distributed, memory"
    with pytest.warns(UserWarning, match=named):
        loaded = load(path)
    for name in places:
        assert getattr(loaded, name) == getattr(DEC(), name)
    assert load(path, **places).get_params() == {**loaded.get_params(), **places}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("memory", "./cache"),
        ("checkpoint", "./c"),
        ("callbacks", []),
        ("device", "auto"),
        ("distributed", "sharded"),
    ],
)
def test_parameters_that_no_file_holds_are_refused(name, value, dec, path):
    save(dec, path)
    rewrite(path, lambda content: content["parameters"].update({name: value}))
    with pytest.raises(ValueError, match=f"never holds the parameter '{name}'"):
        load(path)


def test_parameter_that_the_file_has(dec, path):
    save(dec, path)
    with pytest.raises(ValueError, match="'n_clusters' is in the file"):
        load(path, n_clusters=7)


def test_attribute_that_is_no_data(dec, path):
    other = copy.copy(dec)
    other.note_ = object()
    with pytest.raises(TypeError, match="note_ cannot be saved: object is not data"):
        save(other, path)


def test_links_stay_links(dec, path, tmp_path):
    link = tmp_path / "link"
    path.touch()
    link.symlink_to(path)
    save(dec, link)
    assert link.is_symlink()
    load(path)


def test_threads_may_save_to_one_path(dec, path):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: save(dec, path), range(40)))
    load(path)


def test_pretrained_autoencoder_comes_with_the_file(X, path):
    pretrained = Autoencoder(n_components=2, hidden_layer_sizes=(4,), max_iter=1)
    model = IDEC(3, encoder=FrozenEstimator(pretrained.fit(X)), n_components=2)
    save(model.set_params(max_iter=1).fit(X), path)
    with pytest.warns(UserWarning, match="encoder"):
        back = load(path)
    np.testing.assert_array_equal(back.transform(X), model.transform(X))


def test_code_is_left_out_and_named(X, path):
    model = DAC(
        3,
        hidden_layer_sizes=(4,),
        augmentation=lambda x, generator: x,
        max_iter=1,
        random_state=np.random.RandomState(0),
    )
    save(model.fit(X), path)
    with pytest.warns(UserWarning, match="defaults: augmentation, random_state"):
        back = load(path)
    assert back.augmentation == "auto"
    augmentation = model.augmentation
    assert load(path, augmentation=augmentation, random_state=0).augmentation


def test_callbacks_of_scikit_learn_are_named(X, path):
    callback = pytest.importorskip("sklearn.callback")
    params = {"hidden_layer_sizes": (8,), "pretrain_epochs": 1, "max_iter": 1}
    model = DEC(3, **params).set_callbacks(callback.ScoringMonitor(scoring=None))
    save(model.fit(X), path)
    with pytest.warns(UserWarning, match="defaults: set_callbacks"):
        load(path)


def test_unknown_parameter(dec, path):
    save(dec, path)
    with pytest.raises(ValueError, match="DEC has no parameter 'gamma'"):
        load(path, gamma=0.1)


def test_other_estimators_are_refused(dec, path):
    class Mine(DEC):
        pass

    for other in (GridSearchCV(dec, {}), Mine(), "DEC"):
        with pytest.raises(TypeError, match=r"takes the estimators of skdeepcluster"):
            save(other, path)
    with pytest.raises(NotFittedError):
        save(DEC(), path)
    assert not path.exists()


def test_failed_write_leaves_the_old_file(dec, path, monkeypatch):
    save(dec, path)
    before = path.read_bytes()
    monkeypatch.setattr(files.os, "replace", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        save(dec, path)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_other_versions_warn(dec, path):
    save(dec, path)
    rewrite(path, lambda content: content["versions"].update(torch="1.0"))
    with pytest.warns(UserWarning, match=r"written with torch 1.0 \(here"):
        load(path)


@pytest.mark.parametrize(
    "change",
    [
        {"class": "Pipeline"},
        {"class": "save"},
        {"class": "__version__"},
        {"format": 2},
        {"module": {"kind": "Popen"}},
        {"module": None},
        {"attributes": {}},
        {"attributes": {"fit": 1}},
        {"module": {"foreign": "module"}},
        {"attributes": {"__class__": 1}},
        {"attributes": {"labels_": {"array": "array.99"}}},
        {"parameters": {"n_clusters": -1}},
        {"parameters": {"no_such": 1}},
        {"parameters": {"memory": "./cache"}},
        {"parameters": {"callbacks": []}},
        {"versions": None},
    ],
    ids=str,
)
def test_forged_file(change, dec, path):
    save(dec, path)
    rewrite(path, lambda content: content.update(change))
    with pytest.raises(ValueError, match="does not hold an estimator"):
        load(path)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_damaged_file(dec, path, data):
    save(dec, path)
    sound = path.read_bytes()
    where = data.draw(st.integers(0, len(sound) - 1))
    if data.draw(st.booleans(), label="truncate"):
        path.write_bytes(sound[:where])
    else:
        other = data.draw(st.integers(1, 255))
        path.write_bytes(
            sound[:where] + bytes([sound[where] ^ other]) + sound[where + 1 :]
        )
    with pytest.raises(ValueError, match="damaged|does not hold"):
        load(path)


def places_of(node, place=()):
    """All places in nested dicts and lists."""
    yield place
    items = node.items() if isinstance(node, dict) else ()
    items = enumerate(node) if isinstance(node, list) else items
    for key, inner in items:
        yield from places_of(inner, (*place, key))


def at(node, place):
    for key in place:
        node = node[key]
    return node


#: What may stand anywhere in a forged tree.
ODD: list = [None, True, 0, -1, 3, 10**30, 1e308, float("nan"), "", "x", "../x"]
ODD += ["__class__", [], {}, [[]], [1, 2], {"a": 1}, {"array": "array.0"}]


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_forged_tree(data, dec, X, path):
    """It is refused, or harmless: an estimator of this package, which predicts."""

    def forge(content):
        places = [place for place in places_of(content) if place]
        *before, last = data.draw(st.sampled_from(places), label="place")
        node = at(content, before)
        how = data.draw(st.sampled_from(["odd", "moved", "removed"]))
        if how == "odd":
            node[last] = copy.deepcopy(data.draw(st.sampled_from(ODD)))
        elif how == "moved":
            other = at(content, data.draw(st.sampled_from(places)))
            node[last] = copy.deepcopy(other)
        else:
            del node[last]

    save(dec, path)
    rewrite(path, forge)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            loaded = load(path)
        except ValueError:
            return
    assert type(loaded).__name__ in skdeepcluster.__all__
    assert len(loaded.predict(X)) == len(X)
    assert os.listdir(path.parent) == [path.name]


def test_forged_network(dec, path):
    save(dec, path)
    empty = {"settings": {"training": False}, "parameters": {}, "buffers": {}}
    identity = {"kind": "Identity", "children": {}, **empty}
    for module in (identity, {"kind": "Sequential", "children": {"a": None}, **empty}):
        rewrite(path, lambda content, m=module: content.update(module=m))
        with pytest.raises(ValueError, match="does not hold an estimator"):
            load(path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("outlier_unit_", 0.0),
        ("outlier_unit_", "1"),
        ("outlier_unit_", None),
        ("embedding_sample_", None),
        ("embedding_sample_", [[1.0]]),
        ("embedding_sample_", "labels_"),
    ],
    ids=str,
)
def test_forged_sample(name, value, dec, path):
    save(dec, path)

    def forge(content):
        attributes = content["attributes"]
        # Another attribute is an array, but of another shape.
        attributes[name] = attributes[value] if value == "labels_" else value

    rewrite(path, forge)
    with pytest.raises(ValueError, match="(embedding_sample_|outlier_unit_)"):
        load(path)


@pytest.mark.parametrize(
    "limits",
    [3, {"dict": [["reach", 1.0]]}, {"dict": [["views", [3]], ["reach", 1.0]]}],
)
def test_forged_limits(limits, dec, path):
    save(dec, path)
    rewrite(path, lambda content: content["attributes"].update(_limits=limits))
    with pytest.raises(ValueError, match="does not hold an estimator"):
        load(path)


def test_header_of_impossible_size(path):
    entry = {"dtype": "I64", "shape": [0, 2**63], "data_offsets": [0, 0]}
    header = json.dumps({"a": entry, "__metadata__": {"skdeepcluster": ""}}).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header)
    with pytest.raises(ValueError, match="damaged"):
        load(path)


def test_what_is_no_such_file(dec, tmp_path, path):
    with pytest.raises(FileNotFoundError, match="no folder"):
        save(dec, tmp_path / "none" / "model")
    with pytest.raises(FileNotFoundError):
        load(path)
    path.write_bytes(b"a,b\n1,2\n")
    with pytest.raises(ValueError, match="was not written by skdeepcluster"):
        load(path)
    save_file({"a": torch.ones(1)}, path)
    with pytest.raises(ValueError, match="was not written by skdeepcluster"):
        load(path)


def test_top_level_names():
    assert skdeepcluster.save is save
    assert skdeepcluster.load is load


# -- forged files that would do harm ---------------------------------------------------


def parts(tree):
    """All modules of a forged tree."""
    yield tree
    for child in tree.get("children", {}).values():
        if child is not None:
            yield from parts(child)


def pad(content):
    for tree in parts(content["module"]):
        if tree.get("kind") == "ConstantPad1d":
            tree["settings"]["padding"] = {"tuple": [0, 400_000_000]}


def widen(content):
    content["attributes"]["n_features_in_"] = 10**9


@pytest.mark.parametrize("change", [pad, widen])
def test_small_files_cannot_fill_the_memory(change, X, path):
    encoder = nn.Sequential(nn.Linear(8, 4), nn.ConstantPad1d((0, 0), 0.0))
    params = {"n_components": 4, "pretrain_epochs": 1, "max_iter": 1}
    save(IDEC(3, encoder=encoder, random_state=0, **params).fit(X), path)
    with pytest.warns(UserWarning, match="encoder"):
        load(path)
    rewrite(path, change)
    with pytest.raises(ValueError, match="too large for a model of this size"):
        load(path)


@pytest.mark.parametrize(
    ("estimator", "padding", "problem"),
    [
        (IDEC(3), 0, "network gives shapes"),
        (IDEC(3), 400_000_000, "too large for a model of this size"),
        (DM2C(3, views=2), 400_000_000, "too large for a model of this size"),
    ],
)
def test_decoders_give_rows(estimator, padding, problem, X, path):
    """They have no part in predictions, but in inverse_transform and translate."""
    few = {"hidden_layer_sizes": (4,), "n_components": 3, "random_state": 0}
    save(clone(estimator).set_params(pretrain_epochs=1, max_iter=1, **few).fit(X), path)
    layer = {
        "kind": "ConstantPad1d",
        "settings": {"padding": {"tuple": [0, padding]}, "value": 0.0},
        **{"parameters": {}, "buffers": {}, "children": {}},
    }

    def replace_decoders(content):
        for tree in parts(content["module"]):
            if "decoder" in tree["children"]:
                tree["children"]["decoder"] = layer

    rewrite(path, replace_decoders)
    with pytest.raises(ValueError, match=problem):
        load(path)


def test_training_mode_is_not_loaded(dec, X, path):
    save(dec, path)
    rewrite(path, lambda content: content["module"]["settings"].update(training=True))
    assert not load(path).module_.training


def test_control_characters_do_not_reach_the_terminal(dec, path):
    save(dec, path)
    code = "\x1b[2J"
    rewrite(path, lambda content: content["versions"].update(torch=code))
    with pytest.warns(UserWarning, match="written with") as caught:
        load(path)
    rewrite(path, lambda content: content["code"].append(code))
    with pytest.raises(ValueError, match="has no parameters") as error:
        load(path)
    for message in (*(str(w.message) for w in caught), str(error.value)):
        assert "\x1b" not in message


# -- what save writes, load reads ------------------------------------------------------


class Masked(Own):
    """With a buffer that holds an infinity."""

    def __init__(self, n_features, n_components):
        super().__init__(n_features, n_components)
        self.register_buffer("mask", torch.tensor([0.0, -torch.inf]))


def script(module):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecated, and still in use
        return torch.jit.script(module)


ENCODERS = {
    "mask": Masked(8, 4),
    "float64": Own(8, 4).double(),
    "script": script(nn.Sequential(nn.Linear(8, 4))),
    "script inside": nn.Sequential(script(nn.Linear(8, 4))),
}


@pytest.mark.filterwarnings("ignore:.*are not in the file", "ignore:.*torch.jit")
@pytest.mark.parametrize("encoder", ENCODERS.values(), ids=ENCODERS)
def test_unusual_encoders_come_back(encoder, X, path):
    params = {"n_components": 4, "pretrain_epochs": 1, "max_iter": 1}
    model = IDEC(3, encoder=encoder, random_state=0, **params).fit(X)
    save(model, path)
    back = load(path, encoder=encoder)
    np.testing.assert_array_equal(back.predict_proba(X), model.predict_proba(X))


def test_what_could_not_be_loaded_is_not_saved(dec, path):
    changed = copy.deepcopy(dec).set_params(n_clusters=5)
    with pytest.raises(ValueError, match="could not be loaded again.*fit again"):
        save(changed, path)
    assert not path.exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs POSIX")
def test_mode_follows_the_umask(dec, path):
    before = os.umask(0o027)
    try:
        save(dec, path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs POSIX")
def test_pipes_devices_and_folders_are_refused(dec, path, tmp_path):
    os.mkfifo(path)
    for place in (path, os.devnull, tmp_path):
        with pytest.raises(OSError, match="not a regular file"):
            save(dec, place)
        with pytest.raises(OSError, match="not a regular file"):
            load(place)
    assert os.listdir(tmp_path) == [path.name]


def test_full_disk_leaves_no_file(dec, path, tmp_path):
    """A limit on the size of files stands in for a full disk."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            save(dec, path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert os.listdir(tmp_path) == []
