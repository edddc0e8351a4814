"""Each method and the bare loop that does the same work."""

from functools import partial

import numpy as np
import torch
from bare import HIDDEN, Embedded, adapt, contrast, fuse, translate
from sklearn.cluster import KMeans

from skdeepcluster import (
    DAC,
    DEC,
    DM2C,
    DSSEC,
    EAMC,
    IDEC,
    Autoencoder,
    ContrastiveClustering,
)
from skdeepcluster.training import Rows
from skdeepcluster.views import stack_modalities

K = 10
CLASSES = {
    "Autoencoder": Autoencoder,
    "DEC": DEC,
    "IDEC": IDEC,
    "DSSEC": DSSEC,
    "ContrastiveClustering": ContrastiveClustering,
    "DAC": DAC,
    "EAMC": EAMC,
    "DM2C": DM2C,
}
METHODS = list(CLASSES)
FAMILY = ("DEC", "IDEC", "DSSEC")


def table(method, n, d):
    """Rows in [0, 1]; for DM2C, each has one of two modalities."""
    X = np.random.default_rng(0).random((n, d), dtype=np.float32)
    if method == "DM2C":
        return stack_modalities([X[: n // 2, : d // 2], X[n // 2 :, d // 2 :]])[0]
    return X


def contest(method, n, d, device, whole=0):
    """The estimator, the name of the stage, the loop and the rows.

    The estimator trains the stage for ``max_iter`` epochs and does nothing before it;
    the loop takes a number of epochs and whether to use bfloat16. With ``whole``,
    the DEC family and its loop are pretrained for that many epochs.
    """
    X = table(method, n, d)
    rows = torch.from_numpy(X).to(device)
    shared = {"device": device, "random_state": 0}
    if method in ("Autoencoder", *FAMILY):
        return _embedded(method, X, rows, whole, shared)
    name, _, images = method.partition(", ")
    ours = CLASSES[name](K, max_iter=whole or 1, **shared)
    if name in ("ContrastiveClustering", "DAC"):
        side = round(d**0.5)
        balance = "balance_weight" if name == "DAC" else "entropy_weight"
        ours.set_params(init=None, n_neighbors=None, **{balance: 1.0})
        if images:
            ours.set_params(image_shape=(1, side, side))
        loop, stage = contrast, "contrast"
        if name == "DAC":
            loop, stage = partial(adapt, augment_pairs=bool(images)), "adapt"
        network = _network(ours, X, device)
        augment = ours._augmentation(
            Rows(X, torch.device(device)), np.random.RandomState(0)
        )
        return (
            ours,
            stage,
            lambda epochs, low: loop(rows, network, augment, epochs, low),
            X,
        )
    if name == "EAMC":
        ours.set_params(pretrain="reconstruction", init=None, pretrain_epochs=0)
        network = _network(ours, X, device)
        scaled = (rows - network.views.center) / network.views.scale
        return ours, "cluster", lambda *args: fuse(scaled, network, *args), X
    return _translation(ours, X, rows, d, device, whole)


def _embedded(method, X, rows, whole, shared):
    bare = {low: Embedded(rows, K, method, low) for low in (False, True)}
    if method == "Autoencoder":
        ours = Autoencoder(hidden_layer_sizes=HIDDEN, max_iter=whole or 1, **shared)
        return ours, "pretrain", lambda epochs, low: bare[low].pretrain(epochs), X

    def loop(epochs, low):
        return bare[low].fit(epochs) if whole else bare[low].cluster(epochs)

    if whole:
        params = {"pretrain_epochs": whole, "max_iter": whole}
    else:
        body = Autoencoder(hidden_layer_sizes=HIDDEN, max_iter=0, **shared).fit(X)
        params = {"encoder": body, "init": body.transform(X[:K]), "max_iter": 1}
    ours = CLASSES[method](K, hidden_layer_sizes=HIDDEN, tol=0, **params, **shared)
    return ours, "cluster", loop, X


def _translation(ours, X, rows, d, device, whole):
    """All terms of DM2C; a whole fit also has k-means of each modality and of all."""
    ours.set_params(
        pretrain="reconstruction",
        pretrain_epochs=0,
        alignment=None,
        unify_to=0,
        freeze_encoders=False,
        cycle_reconstruction_weight=1,
        adversarial_weight=0.5,
        lipschitz="clip",
    )
    network = _network(ours, X, device)
    network.select([0, 0], 0)
    tables = rows[: len(rows) // 2, : d // 2], rows[len(rows) // 2 :, d // 2 :]
    scaled = [(table - table.mean(0)) / table.std() for table in tables]

    def loop(epochs, low):
        translate(scaled, network, epochs, low)
        if not whole:
            return
        with torch.no_grad():
            z = network.encode(rows).cpu()
        for part in (z[: len(z) // 2], z[len(z) // 2 :], z):
            KMeans(K, n_init=20, random_state=0).fit(part)

    return ours, "translate", loop, X


def _network(ours, X, device):
    device = torch.device(device)
    rows = Rows(X, device)
    ours._check_fit(rows)
    return ours._build_network(rows).to(device)


def fitted(method, n, d, device):
    """A briefly trained estimator, and rows for it."""
    X = table(method, n, d)
    params = {"max_iter": 0, "random_state": 0, "device": device}
    estimator = CLASSES[method]() if method == "Autoencoder" else CLASSES[method](K)
    estimator.set_params(**params)
    if method in ("Autoencoder", *FAMILY):
        estimator.set_params(hidden_layer_sizes=HIDDEN)
    if "pretrain_epochs" in estimator.get_params():
        estimator.set_params(pretrain_epochs=0)
    part = np.linspace(0, n - 1, min(n, 1_000)).astype(int)
    return estimator.fit(X[part]), X
