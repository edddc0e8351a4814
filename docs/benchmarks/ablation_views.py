"""What each part of neighbour clustering of several views is worth.

    python docs/benchmarks/ablation_views.py --data FOLDER [--seeds 2] [--arms ARM ...]

fits with one part replaced at a time, runs what is missing in
``results/ablation_views.csv`` and writes ``results/ablation_views.md``. No arm is
refined but the default, so that only what is named differs. The arms "final clusterer"
cluster the map of the arm without refinement. Labels are used for scoring only.
"""

import argparse
import os
import time
import warnings
from contextlib import nullcontext
from dataclasses import dataclass
from unittest import mock

import numpy as np
import torch
from harness import Table, scores, setup
from multiview import load
from names import display_name
from scipy.sparse import coo_array
from sklearn.cluster import KMeans, SpectralClustering
from sklearn.mixture import GaussianMixture
from torch.nn.functional import normalize

from skdeepcluster import NeighborClustering
from skdeepcluster.base import components
from skdeepcluster.losses import nt_xent
from skdeepcluster.maps import MapLoss, draw_seed, embedding_network
from skdeepcluster.neighbors import NeighborGraph, with_neighbors, within_clusters
from skdeepcluster.networks import PartitionedNetwork, ViewEncoder
from skdeepcluster.networks.projected_views import observed_tables

SETS = ["mv_handwritten", "mv_bdgp", "few_rows", "noise_view"]
REFINED = "default"
PLAIN = "default, not refined"


class KeepsGraph(NeighborClustering):
    """The default, with its graph as an attribute."""

    def _elected_graph(self, network, table, run, epochs):
        found = yield from super()._elected_graph(network, table, run, epochs)
        run.fitted_attributes["graph_"] = found[0]
        return found


class OtherGraph(NeighborClustering):
    """Neighbours by another rule than votes; all views have the same weight."""

    def _elected_graph(self, network, table, run, epochs):
        projected = torch.from_numpy(table.source.table)
        tables, _ = observed_tables(projected, network.front.widths)
        n_neighbors = within_clusters(self.n_neighbors, len(table), self.n_clusters)
        yield from ()  # no stage of its own
        return self._near(tables, n_neighbors, draw_seed(run)), epochs


class SideBySide(OtherGraph):
    """Mutual neighbours in all views side by side, each of the same variance."""

    def _near(self, tables, n_neighbors, seed):
        table = torch.cat([each / each.shape[1] ** 0.5 for each in tables], 1)
        return NeighborGraph.of_table(table, n_neighbors, seed=seed)


class ViewsInTurn(OtherGraph):
    """Mutual neighbours in a view that is drawn anew for every pair."""

    def _near(self, tables, n_neighbors, seed):
        graphs = [NeighborGraph.of_table(t, n_neighbors, seed=seed) for t in tables]
        weights = [g.weights / g.weights.sum(1, keepdim=True) for g in graphs]
        partners = torch.cat([g.partners for g in graphs], 1)
        return NeighborGraph(partners, torch.cat(weights, 1))


class JointEncoder(ViewEncoder):
    """One encoder of all views side by side."""

    def __init__(self, widths, n_components):
        encoder = embedding_network(sum(widths), (256, 256), n_components)
        super().__init__(widths, [encoder] * len(widths), [None] * len(widths))
        self.encoders, self.joint = torch.nn.ModuleList(), encoder

    def forward(self, projected):
        tables, _ = observed_tables(projected, self.widths)
        weighed = [t * w for t, w in zip(tables, self.weights, strict=True)]
        return self.joint(torch.cat(weighed, 1)).float()


class OneEncoder(NeighborClustering):
    """One encoder of 256-256-10 units instead of one for each view."""

    def _network_of_views(self, rows):
        front = super()._network_of_views(rows).front
        return PartitionedNetwork(JointEncoder(front.widths, self.n_components), front)


class OnSphere(ViewEncoder):
    """Embeddings of unit length, whose distances are those of the cosine."""

    def forward(self, projected):
        return normalize(super().forward(projected))


@dataclass(frozen=True)
class CosineLoss(MapLoss):
    """The loss of the map, with the kernel exp(cosine / temperature)."""

    temperature: float

    def __call__(self, network, batch):
        pairs = with_neighbors(batch, self.table, self.graph)
        z = network.embed_projected(pairs.x)
        return {"contrast": nt_xent(*z.chunk(2), self.temperature)}


class ByCosine(NeighborClustering):
    """InfoNCE of cosines, on a sphere."""

    temperature = 0.5

    def _network_of_views(self, rows):
        network = super()._network_of_views(rows)
        network.encoder.__class__ = OnSphere
        return network

    def _stage(self, network, run, name, loss, epochs):
        loss = CosineLoss(loss.table, loss.graph, self.temperature)
        return super()._stage(network, run, name, loss, epochs)


class ByNarrowCosine(ByCosine):
    """The same at a lower temperature."""

    temperature = 0.1


#: Arm -> class and parameters.
ARMS = {
    REFINED: (NeighborClustering, {"refine": True}),
    PLAIN: (KeepsGraph, {}),
    "graph: views side by side": (SideBySide, {}),
    "graph: mutual neighbours of each view in turn": (ViewsInTurn, {}),
    **{f"{k} neighbours": (NeighborClustering, {"n_neighbors": k}) for k in (5, 10)},
    "30 neighbours": (NeighborClustering, {"n_neighbors": 30}),
    **{f"{n} principal components": (NeighborClustering, {}) for n in (16, 32, 128)},
    "one encoder of all views": (OneEncoder, {}),
    "kernel: cosine, temperature .5": (ByCosine, {}),
    "kernel: cosine, temperature .1": (ByNarrowCosine, {}),
}
#: Clusterers of the map of the default, and of its votes.
FINAL = [
    "final clusterer: k-means",
    "final clusterer: mixture, tied covariance",
    "final clusterer: mixture, full covariances",
    "spectral clustering of the votes, no network",
]


def clusterings(arm, X, views, k, seed):
    """Names, labels and seconds of one fit, and of what is clustered after it."""
    cls, params = ARMS[arm]
    params = {"refine": False, "views": views, "random_state": seed, **params}
    number = arm.removesuffix(" principal components")
    replaced = nullcontext()
    if number != arm:
        replaced = mock.patch.object(components, "_N_SEARCHED", int(number))
    started = time.process_time()
    with replaced:
        model = cls(k, **params).fit(X)
    yield arm, model.labels_, time.process_time() - started
    if arm != PLAIN:
        return
    z = model.transform(X).astype(np.float64)
    mixture = {"n_init": 5, "reg_covar": 1e-3, "random_state": seed}
    spectral = SpectralClustering(
        k, affinity="precomputed", assign_labels="cluster_qr", random_state=seed
    )
    calls = [
        lambda: KMeans(k, n_init=10, random_state=seed).fit_predict(z),
        lambda: GaussianMixture(k, covariance_type="tied", **mixture).fit_predict(z),
        lambda: GaussianMixture(k, covariance_type="full", **mixture).fit_predict(z),
        lambda: spectral.fit_predict(affinity(model.graph_)),
    ]
    for name, call in zip(FINAL, calls, strict=True):
        started = time.process_time()
        labels = call()
        yield name, labels, time.process_time() - started


def affinity(graph):
    """Votes as a symmetric sparse matrix."""
    n, width = graph.partners.shape
    row = np.repeat(np.arange(n, dtype=np.int32), width)
    column = graph.partners.flatten().numpy().astype(np.int32)
    entries = graph.weights.flatten().numpy(), (row, column)
    matrix = coo_array(entries, shape=(n, n)).tocsr()
    return (matrix + matrix.T) / 2


def render(table):
    """NMI of each arm on each set."""
    groups = {}
    for row in table.rows:
        groups.setdefault((row["method"], row["set"]), []).append(float(row["nmi"]))
    names = [name for name in SETS if any(key[1] == name for key in groups)]
    lines = ["# Parts of neighbour clustering of several views", ""]
    lines += sorted({f"Measured with {row['setup']}." for row in table.rows})
    lines += [
        "",
        "NMI with one part replaced at a time, means and standard deviations where",
        "there are several seeds. The default has votes of 15 neighbours, 50 principal",
        "components and one encoder a view, and the Student-t kernel.",
        "",
        f"| | {' | '.join(map(display_name, names))} | mean |",
        "|---" * (len(names) + 2) + "|",
    ]
    for method in table.methods:
        found = [groups.get((method, name)) for name in names]
        cells = [spread(values) if values else "" for values in found]
        mean = f"{np.mean([np.mean(v) for v in found]):.3f}" if all(found) else ""
        lines.append(f"| {method} | {' | '.join(cells)} | {mean} |")
    table.path.with_suffix(".md").write_text("\n".join(lines) + "\n")


def spread(values):
    """Mean, and standard deviation where there are several."""
    mean = f"{np.mean(values):.3f}"
    return mean if len(values) == 1 else f"{mean} ± {np.std(values):.3f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=os.environ.get("SKDEEPCLUSTER_DATA"))
    parser.add_argument("--sets", nargs="*", default=SETS)
    parser.add_argument("--arms", nargs="*", default=[*ARMS])
    parser.add_argument("--seeds", type=int, default=2)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    table = Table("ablation_views", SETS, [*ARMS, *FINAL])
    for seed in range(args.seeds):
        for name in args.sets:
            X, views, y = load(name, args.data)
            for arm in args.arms:
                if table.has(name, arm, seed):
                    continue
                for method, labels, seconds in clusterings(
                    arm, X, views, len(set(y)), seed
                ):
                    row = {"set": name, "method": method, **scores(y, labels)}
                    row |= {"seconds": round(seconds, 1), "setup": setup()}
                    table.add({**row, "epochs": ""}, seed=seed)
    render(table)


if __name__ == "__main__":
    main()
