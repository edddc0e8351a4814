"""What precedes the objectives of EAMC and CoMVC: encoders, and first clusters."""

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from skdeepcluster.losses import nt_xent
from skdeepcluster.maps import (
    MapLoss,
    cut_map,
    draw_seed,
    elected_graph,
    projected_table,
)
from skdeepcluster.neighbors import (
    NeighborGraph,
    assortativity,
    default_epochs,
    edge_counts,
    neighbor_stage,
    shares,
)
from skdeepcluster.networks import FusedNetwork, ProjectedViews
from skdeepcluster.training import (
    Batch,
    Player,
    Rows,
    Run,
    Stage,
    adam,
    initial_labels,
    renew_batch_norm,
    resolve_epochs,
)

#: Default epochs and minimum number of batches, of reconstruction and of the head,
#: which learns small clusters last.
_EPOCHS = 10, 70
_HEAD_EPOCHS = 10, 210

#: Pairs of views that are contrasted in a batch: all of those of ten views. The memory
#: of all pairs would grow with the squares of the views and of the batch.
_MOST_PAIRS = 45

#: Learning rate where near rows are pulled together, as a multiple of the parameter.
_MAP_RATE = 2

#: Assortativity among the votes by which clusters may become worse.
_TOLERANCE = 0.1


@dataclass(frozen=True)
class CrossViewReconstruction:
    """Pretraining: reconstruction of each view, and weak agreement of latents.

    Sum of the mean squared errors of the views, plus ``contrast_weight`` times the
    contrastive loss between the latents of a row, averaged over pairs of views.
    """

    contrast_weight: float
    contrast_temperature: float
    complete: bool

    def __call__(self, network: FusedNetwork, batch: Batch) -> dict[str, Tensor]:
        """The terms of the loss on a batch."""
        tables, observed = network.views(batch.x)
        h = network.latents(tables, observed)
        assert network.decoders is not None
        error = reconstruction_error(network.decoders, h, tables, observed)
        terms = {"reconstruction": error}
        if self.contrast_weight and len(tables) > 1:
            contrast = self._contrast(h, observed, batch.generator)
            terms["contrast"] = self.contrast_weight * contrast
        return terms

    def _contrast(
        self, h: Tensor, observed: Tensor, generator: torch.Generator
    ) -> Tensor:
        """Mean over the pairs of views; of many views, over a sample of the pairs."""
        pairs = torch.combinations(torch.arange(h.shape[1], device=h.device))
        if len(pairs) > _MOST_PAIRS:
            draw = torch.randperm(len(pairs), generator=generator, device=h.device)
            pairs = pairs[draw[:_MOST_PAIRS]]
        losses = []
        # Selected together: the positions of single views would have to leave the GPU.
        ours, others = ((h[:, v], observed[:, v]) for v in pairs.unbind(1))
        for a, has_a, b, has_b in zip(
            *(each.unbind(1) for each in (*ours, *others)), strict=True
        ):
            if not self.complete:
                both = has_a & has_b
                a, b = a[both], b[both]
            if len(a) > 1:  # a single pair has no negatives
                losses.append(nt_xent(a, b, self.contrast_temperature))
        return torch.stack(losses).mean() if losses else h.sum() * 0


def reconstruction_error(
    decoders: Iterable[nn.Module],
    h: Tensor,
    tables: Sequence[Tensor],
    observed: Tensor,
) -> Tensor:
    """Mean squared error of each view, on the rows that have it; their sum.

    Parameters
    ----------
    decoders : iterable of nn.Module
    h : Tensor of shape (n_rows, n_views, n_components)
    tables : sequence of Tensor
    observed : bool Tensor of shape (n_rows, n_views)
    """
    latents = zip(decoders, h.unbind(1), strict=True)
    restored = [decoder(latent).float() for decoder, latent in latents]
    return view_errors(restored, tables, observed)


def view_errors(
    restored: Sequence[Tensor], tables: Sequence[Tensor], observed: Tensor
) -> Tensor:
    """Mean squared error of each restored view, on the rows that have it; their sum."""
    errors = []
    for found, table, has in zip(restored, tables, observed.unbind(1), strict=True):
        squares = (found - table).square().mean(1)
        errors.append((squares * has).sum() / has.sum().clamp(min=1))
    return torch.stack(errors).sum()


@dataclass(frozen=True)
class HeadFit:
    """Train the head on the clusters that a plain clusterer found in the latents."""

    embedding: Tensor
    labels: Tensor

    def __call__(self, network: FusedNetwork, batch: Batch) -> dict[str, Tensor]:
        """The terms of the loss on a batch."""
        u = network.hidden(self.embedding[batch.index])
        logits = network.output(u).float()
        return {"labels": F.cross_entropy(logits, self.labels[batch.index])}


def head_epochs(run: Run) -> int:
    """Epochs in which the head alone is trained."""
    return resolve_epochs(None, *_HEAD_EPOCHS, n_batches=len(run.batches))


def reconstruction_stage(
    network: FusedNetwork,
    run: Run,
    loss: CrossViewReconstruction,
    *,
    epochs: int | None,
    learning_rate: float,
    clip_norm: float | None,
) -> Stage:
    """Encoders and decoders reconstruct each view."""
    assert network.decoders is not None
    parameters = [*network.encoders.parameters(), *network.decoders.parameters()]
    player = Player(loss, parameters, adam(learning_rate), clip_norm=clip_norm)
    epochs = resolve_epochs(epochs, *_EPOCHS, n_batches=len(run.batches))
    return Stage("pretrain", [player], epochs, cached=True, assigns=False)


def voted_pretraining(
    network: FusedNetwork,
    run: Run,
    *,
    epochs: int | None,
    n_neighbors: int,
    metric: str,
    learning_rate: float,
    clip_norm: float | None,
) -> Generator[Stage, None, NeighborGraph]:
    """Encoders pull fused latents of near rows together, as the views have voted.

    Returns
    -------
    graph : NeighborGraph
        Of the votes.
    """

    def stage(name: str, loss: MapLoss, epochs: int) -> Stage:
        rate = adam(_MAP_RATE * learning_rate)
        parameters = [*network.encoders.parameters()]
        player = Player(loss, parameters, rate, clip_norm=clip_norm)
        return neighbor_stage(name, player, epochs, run)

    assert isinstance(network.views, ProjectedViews)
    table = projected_table(network, run.rows)
    run.train_on(table)
    graph, left = yield from elected_graph(
        network,
        network.views,
        table,
        run,
        n_clusters=network.output.out_features,
        n_neighbors=n_neighbors,
        metric=metric,
        epochs=default_epochs(run) if epochs is None else epochs,
        stage=stage,
        weigh=network.weigh,
    )
    yield stage("pretrain", MapLoss(table, graph), left)
    run.train_on(run.rows)
    renew_batch_norm(network, run)
    return graph


def first_labels(
    z: Tensor, init: Any, n_clusters: int, run: Run, graph: NeighborGraph | None
) -> Tensor:
    """Clusters of the fused latents, on which the head is trained.

    Parameters
    ----------
    z : Tensor of shape (n_samples, n_components)
    init : "auto", "k-means++" or clusterer
    n_clusters : int
    run : Run
    graph : NeighborGraph or None
        Of the votes, by which "auto" chooses among many proposals; without them it is
        k-means.
    """
    points = z.cpu().numpy()
    if init == "auto" and graph is not None:
        cut = cut_map(
            points, graph, n_clusters, draw_seed(run), run.random_state, votes=True
        )
        return torch.from_numpy(cut.labels_of(points)).long().to(run.device)
    init = "k-means++" if isinstance(init, str) else init
    return initial_labels(init, Rows(points, run.device), n_clusters, run.random_state)


def tears_apart(graph: NeighborGraph, before: np.ndarray, after: np.ndarray) -> bool:
    """Whether new clusters separate neighbours that were together.

    Parameters
    ----------
    graph : NeighborGraph
        Of the votes.
    before, after : ndarray of int of shape (n_samples,)
        Clusters.
    """
    near, votes = graph.partners.cpu().numpy(), graph.weights.cpu().numpy()
    k = 1 + max(before.max(), after.max())
    kept, now = (
        assortativity(shares(edge_counts(labels, near, k, votes)))
        for labels in (before, after)
    )
    return now < kept - _TOLERANCE


def is_complete(run: Run) -> bool:
    """Whether all rows have all views."""
    return run.rows.observed is not None and bool(run.rows.observed.all())
