"""Speed against bare PyTorch loops of the same networks, in the same run.

    python docs/benchmarks/speed.py [--parts fit inference]

writes ``results/speed.csv`` and ``results/speed.md``. The arms of a comparison take
turns; each figure is the least of its rounds, so that other work on the machine
does not enter. Ratios below 1 are in our favour.
"""

import argparse
import csv
import platform
import subprocess
import sys
import time
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import sklearn
import torch
import torch.nn.functional as F
from sklearn.base import clone
from sklearn.cluster import KMeans

import skdeepcluster
from skdeepcluster import DM2C, EAMC, IDEC, Autoencoder, ContrastiveClustering
from skdeepcluster.losses import (
    attention_loss,
    clustering_loss,
    coassignment_loss,
    critic_loss,
    gaussian_kernel,
    generator_loss,
    nt_xent,
    separation_loss,
    simplex_loss,
    soft_assignment,
    target_distribution,
)
from skdeepcluster.networks import MLP
from skdeepcluster.training import Rows
from skdeepcluster.views import stack_modalities

RESULTS = Path(__file__).parent / "results"
HIDDEN, BATCH, K = (500, 500, 2000), 256, 10


def networks(d):
    torch.manual_seed(0)
    return MLP([d, *HIDDEN, 10]), MLP([10, *reversed(HIDDEN), d])


class Bare:
    """The loops that a user would write by hand."""

    def __init__(self, X, bfloat16=False):
        self.X = torch.from_numpy(X)
        self.encoder, self.decoder = networks(X.shape[1])
        self.centers = torch.nn.Parameter(torch.randn(K, 10))
        modules = (self.encoder, self.decoder)
        self.parameters = [p for module in modules for p in module.parameters()]
        self.bfloat16 = bfloat16

    def adam(self, *more):
        return torch.optim.Adam([*self.parameters, *more], lr=1e-3, fused=True)

    def autocast(self):
        return torch.autocast("cpu", torch.bfloat16, enabled=self.bfloat16)

    def pretrain(self, optimizer):
        order = torch.randperm(len(self.X))
        for index in order.split(BATCH):
            x = self.X[index]
            with self.autocast():
                loss = F.mse_loss(self.decoder(self.encoder(x)).float(), x)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    def cluster(self, optimizer):
        order = torch.randperm(len(self.X))
        batches = order.split(BATCH)
        for i, index in enumerate(batches):
            if i % max(1, round(len(batches) / 2)) == 0:
                with torch.no_grad(), self.autocast():
                    z = torch.cat([self.encoder(x).float() for x in self.X.split(2048)])
                target = target_distribution(soft_assignment(z, self.centers))
                target = target.detach()
            x = self.X[index]
            with self.autocast():
                z = self.encoder(x)
                loss = F.mse_loss(self.decoder(z).float(), x)
            q = soft_assignment(z.float(), self.centers)
            loss = loss + 0.1 * clustering_loss(target[index], q)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    def fit(self, pretrain, cluster):
        optimizer = self.adam()
        for _ in range(pretrain):
            self.pretrain(optimizer)
        with torch.no_grad():
            z = self.encoder(self.X)
        kmeans = KMeans(K, n_init=20, random_state=0).fit(z.numpy())
        self.centers.data = torch.from_numpy(kmeans.cluster_centers_)
        optimizer = self.adam(self.centers)
        for _ in range(cluster):
            self.cluster(optimizer)

    def encode(self, size):
        with torch.inference_mode():
            return torch.cat([self.encoder(x) for x in self.X.split(size)])


def seconds(function):
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def epoch_of(estimator, X, stage):
    """Seconds of the only epoch of a stage, by the estimator's own history."""
    rows = estimator.fit(X).history_
    return next(row["seconds"] for row in rows if row["stage"] == stage)


def least(arms, rounds):
    """Least seconds of each arm over rounds in which the arms take turns."""
    times = {name: [] for name in arms}
    for _ in range(rounds):
        for name, arm in arms.items():
            times[name].append(arm())
    return {name: min(values) for name, values in times.items()}


def epochs(n, d, rounds):
    X = np.random.default_rng(0).random((n, d), dtype=np.float32)
    bare = {p: Bare(X, p == "bfloat16") for p in ("float32", "bfloat16")}
    shared = {"random_state": 0, "batch_size": BATCH}
    body = Autoencoder(max_iter=0, **shared).fit(X)
    centers = body.transform(X[:K])

    def pretrain(precision):
        return epoch_of(
            Autoencoder(max_iter=1, precision=precision, **shared), X, "pretrain"
        )

    def cluster(precision):
        idec = IDEC(
            K,
            encoder=body,
            init=centers,
            max_iter=1,
            tol=0,
            precision=precision,
            **shared,
        )
        return epoch_of(idec, X, "cluster")

    for name, ours in (("pretrain", pretrain), ("cluster", cluster)):
        arms = {}
        for p in ("float32", "bfloat16"):
            # A new optimiser every round, as in a fit: an old one would carry
            # momentum that has decayed into slow, subnormal numbers.
            arms[f"bare {p}"] = lambda bare=bare[p], name=name: seconds(
                lambda: getattr(bare, name)(bare.adam(bare.centers))
            )
            arms[f"ours {p}"] = lambda ours=ours, p=p: ours(p)
        if name == "pretrain":
            arms["matrix products only"] = lambda: seconds(lambda: products(n, d))
        times = least(arms, rounds)
        yield from rows_of(f"{name} epoch, {n} x {d}", times, "bare float32")


def contrast(rounds):
    """An epoch of ContrastiveClustering, its augmentation included."""
    generator = np.random.default_rng(0)
    table = generator.random((20_000, 64), dtype=np.float32)
    images = generator.random((1024, 784), dtype=np.float32)
    for task, X, image_shape in (
        ("contrastive epoch, 20000 x 64", table, None),
        ("contrastive epoch, 1024 x 1 x 28 x 28", images, (1, 28, 28)),
    ):
        ours = ContrastiveClustering(
            K, image_shape=image_shape, max_iter=1, random_state=0
        )
        rows = Rows(X, torch.device("cpu"))
        network = ours._build_network(rows)
        augment = ours._augmentation(rows, np.random.RandomState(0))
        bare = partial(bare_contrast, torch.from_numpy(X), network, augment)
        arms = {}
        for p in ("float32", "bfloat16"):
            model = clone(ours).set_params(precision=p)
            arms[f"bare {p}"] = partial(seconds, partial(bare, p == "bfloat16"))
            arms[f"ours {p}"] = lambda model=model, X=X: epoch_of(model, X, "contrast")
        yield from rows_of(task, least(arms, rounds), "bare float32")


def bare_contrast(X, network, augment, bfloat16):
    """An epoch as one would write it by hand."""
    generator = torch.Generator().manual_seed(0)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, fused=True)
    network.train()
    for index in torch.randperm(len(X)).split(BATCH):
        x = X[index]
        copies = torch.cat([augment(x, generator), augment(x, generator)])
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            z, y = network(copies)
        (z_a, z_b), (y_a, y_b) = z.chunk(2), y.chunk(2)
        loss = nt_xent(z_a, z_b, 0.5) + nt_xent(y_a.T, y_b.T, 1.0)
        for mass in (y_a.mean(0), y_b.mean(0)):
            loss = loss + (mass * mass.log()).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def fusion(rounds):
    """An epoch of EAMC with both players, on two views."""
    X = np.random.default_rng(0).random((20_000, 200), dtype=np.float32)
    ours = EAMC(K, init=None, pretrain_epochs=0, max_iter=1, random_state=0)
    network = ours._build_network(Rows(X, torch.device("cpu")))
    scaled = (torch.from_numpy(X) - network.views.center) / network.views.scale
    arms = {}
    for p in ("float32", "bfloat16"):
        model = clone(ours).set_params(precision=p)
        bare = partial(bare_fusion, scaled, network, p == "bfloat16")
        arms[f"bare {p}"] = partial(seconds, bare)
        arms[f"ours {p}"] = lambda model=model: epoch_of(model, X, "cluster")
    yield from rows_of(
        "EAMC epoch, 20000 x (100 + 100)", least(arms, rounds), "bare float32"
    )


def bare_fusion(X, network, bfloat16):
    """An epoch as one would write it by hand, with all views observed."""
    critic, encoders = network.critics[0], network.encoders
    body = [p for n, p in network.named_parameters() if "critics" not in n]
    optimizer = torch.optim.Adam(body, lr=1e-3, betas=(0.95, 0.999), fused=True)
    rival = torch.optim.Adam(
        critic.parameters(), lr=1e-4, betas=(0.5, 0.999), fused=True
    )
    autocast = partial(torch.autocast, "cpu", torch.bfloat16, enabled=bfloat16)
    network.train()
    for index in torch.randperm(len(X)).split(BATCH):
        x = X[index]
        with autocast():
            h = [
                encoder(v).float()
                for encoder, v in zip(encoders, x.split(100, 1), strict=True)
            ]
            logits = network.attention(torch.cat(h, 1)).float().sigmoid()
            w = (logits / 10).softmax(1).mean(0)
            fused = w[0] * h[0] + w[1] * h[1]
            u = network.hidden(fused)
            a = network.output(u).float().softmax(1)
            kernel = gaussian_kernel(u)
            kernels = torch.stack([gaussian_kernel(v) for v in h])
            loss = separation_loss(a, kernel) + simplex_loss(a, kernel)
            loss = loss + coassignment_loss(a)
            loss = loss + attention_loss(gaussian_kernel(fused), kernels, w)
            loss = loss + 0.1 * generator_loss(critic(h[1]).float())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(body, 0.5)
        optimizer.step()
        with autocast():
            real, fake = critic(h[0].detach()), critic(h[1].detach())
            loss = critic_loss(real.float(), fake.float())
        rival.zero_grad()
        loss.backward()
        rival.step()


def translation(rounds):
    """An epoch of DM2C with both players and all terms, on two modalities."""
    tables = np.random.default_rng(0).random((2, 10_000, 100), dtype=np.float32)
    X, views = stack_modalities(tables)
    ours = DM2C(
        K,
        views=views,
        pretrain="reconstruction",
        pretrain_epochs=0,
        alignment=None,
        unify_to=0,
        freeze_encoders=False,
        cycle_reconstruction_weight=1,
        adversarial_weight=0.5,
        lipschitz="clip",
        max_iter=1,
        random_state=0,
    )
    network = ours._build_network(Rows(X, torch.device("cpu")))
    network.settle([0, 0], 0)
    scaled = [torch.from_numpy(table - 0.5) / table.std() for table in tables]
    arms = {}
    for p in ("float32", "bfloat16"):
        model = clone(ours).set_params(precision=p)
        bare = partial(bare_translation, scaled, network, p == "bfloat16")
        arms[f"bare {p}"] = partial(seconds, bare)
        arms[f"ours {p}"] = lambda model=model: epoch_of(model, X, "translate")
    yield from rows_of(
        "DM2C epoch, 10000 x 100 + 10000 x 100", least(arms, rounds), "bare float32"
    )


def bare_translation(tables, network, bfloat16):
    """An epoch as one would write it by hand, with the modalities kept apart."""
    parts, critics = [network.modality(0), network.modality(1)], network.critics
    there, back = network.from_hub[1], network.to_hub[1]
    bodies = [
        p for m in parts for net in (m.encoder, m.decoder) for p in net.parameters()
    ]
    translators = [*there.parameters(), *back.parameters()]
    groups = [{"params": bodies}, {"params": translators}]
    optimizer = torch.optim.RMSprop(groups, lr=1e-3)
    rival = torch.optim.RMSprop(critics.parameters(), lr=1e-3)
    autocast = partial(torch.autocast, "cpu", torch.bfloat16, enabled=bfloat16)
    mse = torch.nn.functional.mse_loss
    network.train()
    orders = [torch.randperm(len(table)).split(BATCH // 2) for table in tables]
    for index in zip(*orders, strict=True):
        x = [table[i] for table, i in zip(tables, index, strict=True)]
        with autocast():
            z = [m.encoder(v).float() for m, v in zip(parts, x, strict=True)]
            fake = [back(z[1]).float(), there(z[0]).float()]
            cycled = [back(fake[1]).float(), there(fake[0]).float()]
            loss = 0
            for v in range(2):
                loss = loss + mse(parts[v].decoder(z[v]).float(), x[v])
                loss = loss + (z[v].detach() - cycled[v]).abs().mean()
                loss = loss + mse(parts[v].decoder(cycled[v]).float(), x[v])
                loss = loss - 0.5 * critics[v](fake[v]).float().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        with autocast():
            loss = 0
            for v in range(2):
                loss = loss + 0.5 * critics[v](fake[v].detach()).float().mean()
                loss = loss - 0.5 * critics[v](z[v].detach()).float().mean()
        rival.zero_grad()
        loss.backward()
        rival.step()
        with torch.no_grad():
            for parameter in critics.parameters():
                parameter.clamp_(-0.05, 0.05)


def products(n, d):
    """The matrix products of an epoch and nothing else, in float32."""
    widths = [d, *HIDDEN, 10, *reversed(HIDDEN), d]
    pairs = [
        (torch.randn(BATCH, a), torch.randn(a, b), torch.randn(BATCH, b))
        for a, b in pairwise(widths)
    ]
    for _ in range(-(-n // BATCH)):
        for i, (x, w, g) in enumerate(pairs):
            x @ w
            x.T @ g
            if i:  # nothing flows back into the data
                g @ w.T


def small_fit(rounds):
    X = np.random.default_rng(0).random((1797, 64), dtype=np.float32)
    for precision in ("float32", "bfloat16"):
        idec = IDEC(
            K,
            pretrain_epochs=20,
            max_iter=20,
            tol=0,
            precision=precision,
            random_state=0,
        )
        arms = {
            f"bare {precision}": lambda p=precision: seconds(
                lambda: Bare(X, p == "bfloat16").fit(20, 20)
            ),
            f"ours {precision}": lambda idec=idec: seconds(lambda: idec.fit(X)),
        }
        times = least(arms, rounds)
        yield from rows_of("fit, 1797 x 64, 20 + 20 epochs", times, f"bare {precision}")


def inference(n, d, rounds):
    X = np.random.default_rng(0).random((n, d), dtype=np.float32)
    idec = IDEC(K, pretrain_epochs=0, max_iter=0, random_state=0).fit(X)
    bare = Bare(X)
    arms = {
        f"bare encode, chunks of {size}": lambda size=size: seconds(
            lambda: bare.encode(size)
        )
        for size in (1024, 2048, 4096, 16384)
    }
    arms["transform"] = lambda: seconds(lambda: idec.transform(X))
    arms["predict"] = lambda: seconds(lambda: idec.predict(X))
    times = least(arms, rounds)
    best = min((name for name in times if name.startswith("bare")), key=times.get)
    yield from rows_of(f"inference, {n} x {d}", times, best)


def rows_of(task, times, reference):
    for name, value in times.items():
        yield {
            "task": task,
            "arm": name,
            "seconds": round(value, 3),
            "ratio": round(value / times[reference], 3),
        }


MEMORY = """
import re, sys, numpy as np
from pathlib import Path
from skdeepcluster import IDEC

def peak():  # not ru_maxrss, which begins with that of the parent process
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", status)[1])

n, dtype = int(sys.argv[1]), sys.argv[2]
X = np.random.default_rng(0).random((n, 64), dtype=dtype)
idec = IDEC(10, pretrain_epochs=1, max_iter=0, random_state=0).fit(X[:2000])
idec.predict(X[:5000])
before = peak()
idec.predict(X)
idec.transform(X)
after = peak()
output = n * 10 * 4 / 1024
print((after - before - output) / 1024)
"""


def memory():
    """MiB of predict and transform beyond the data and one output."""
    for dtype in ("float32", "float64"):
        for n in (100_000, 1_000_000):
            run = [sys.executable, "-c", MEMORY, str(n), dtype]
            peak = float(subprocess.check_output(run, text=True))
            yield {
                "task": f"peak memory of predict, {dtype}",
                "arm": f"{n} x 64",
                "MiB": round(peak, 1),
            }


def write(rows):
    """Put rows in the place of those of the same task, and keep the others."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / "speed.csv"
    columns = ["task", "arm", "seconds", "ratio", "MiB", "setup"]
    setup = (
        f"skdeepcluster {skdeepcluster.__version__}, torch {torch.__version__}, "
        f"scikit-learn {sklearn.__version__}, {platform.machine()}, "
        f"{torch.get_num_threads()} threads"
    )
    tasks = {row["task"]: [] for row in rows}
    for row in rows:
        tasks[row["task"]].append({**row, "setup": setup})
    if path.exists():
        with path.open(newline="") as file:
            before = list(csv.DictReader(file))
        kept = {row["task"]: [] for row in before}
        for row in before:
            kept[row["task"]].append(row)
        tasks = {**kept, **tasks}
    rows = [row for group in tasks.values() for row in group]
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    lines = [
        "# Speed",
        "",
        "Least of interleaved rounds; the ratio is to the bare loop named 1.",
        "",
        *sorted({f"Measured with {row['setup']}." for row in rows}),
    ]
    last = None
    for row in rows:
        if row["task"] != last:
            last = row["task"]
            head = "MiB beyond data and output" if row.get("MiB") else "seconds | ratio"
            rule = "|---" * (2 + head.count("|")) + "|"
            lines += ["", f"## {last}", "", f"| arm | {head} |", rule]
        value = row.get("MiB") or f"{row.get('seconds')} | {row.get('ratio')}"
        lines.append(f"| {row['arm']} | {value} |")
    (RESULTS / "speed.md").write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=70_000)
    parser.add_argument("--parts", nargs="*")
    args = parser.parse_args()
    parts = {
        "fit": lambda: small_fit(args.rounds),
        "inference": lambda: inference(args.rows, 784, args.rounds),
        "epochs": lambda: epochs(args.rows, 784, args.rounds),
        "contrast": lambda: contrast(args.rounds),
        "fusion": lambda: fusion(args.rounds),
        "translation": lambda: translation(args.rounds),
        "memory": memory,
    }
    rows = []
    for name in args.parts or parts:
        for row in parts[name]():
            rows.append(row)
            print(*row.values(), sep="  ", flush=True)
    write(rows)


if __name__ == "__main__":
    main()
