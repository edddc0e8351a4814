"""The network of DM2C: an encoder per modality, and translators to one of them."""

from collections.abc import Iterable, Sequence
from typing import cast

import torch
from torch import Tensor, nn

from skdeepcluster.losses import soft_assignment
from skdeepcluster.networks.mlp import LeakyMLP
from skdeepcluster.networks.views import ViewInput, ViewNetwork


class Modality(nn.Module):
    """Encoder and decoder of one modality, and heads for its pretraining.

    Parameters
    ----------
    encoder, decoder : nn.Module
        From scaled rows to latents and back.
    input_shape : tuple of int or None
        Shape of one row inside the encoder, if not flat.
    n_components, n_clusters : int

    Attributes
    ----------
    instance_head, cluster_head : nn.Module or None
        Only during pretraining.
    center, scale : Tensor of shape (n_components,)
        Mean and standard deviation of the encoder's output; see :meth:`standardise`.
    """

    center: Tensor
    scale: Tensor
    instance_head: nn.Module | None
    cluster_head: nn.Module | None

    def __init__(
        self,
        encoder: nn.Module,
        decoder: nn.Module,
        input_shape: tuple[int, ...] | None,
        n_components: int,
        n_clusters: int,
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.input_shape = input_shape
        self.instance_head = LeakyMLP([n_components, n_components, n_components])
        self.cluster_head = LeakyMLP([n_components, n_components, n_clusters])
        self.register_buffer("center", torch.zeros(n_components))
        self.register_buffer("scale", torch.ones(n_components))

    def encode(self, table: Tensor) -> Tensor:
        """Latents of scaled rows, in float32."""
        if self.input_shape is not None:
            table = table.reshape(-1, *self.input_shape)
        return (self.encoder(table).float() - self.center) / self.scale

    def decode(self, z: Tensor) -> Tensor:
        """Decode latents to scaled rows, in float32."""
        return self.decoder(z).float()

    def project(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Projection (not yet of unit length) and soft assignment of latents."""
        assert self.instance_head is not None and self.cluster_head is not None
        return self.instance_head(z).float(), self.cluster_head(z).float().softmax(1)

    @torch.no_grad()
    def standardise(self, z: Tensor) -> None:
        """From now on, standardise latents with the mean and deviation of ``z``."""
        self.center.copy_(z.mean(0))
        scale = z.std(0, correction=0)
        self.scale.copy_(torch.where(scale > 1e-6, scale, torch.ones_like(scale)))


class TranslationNetwork(ViewNetwork):
    """Latents of modalities, translated to those of one of them, the hub.

    Parameters
    ----------
    views : ViewInput
    candidates : sequence of sequence of Modality
        Several for each modality, one of which is kept by :meth:`select`.
    n_components, n_clusters : int
    translator_units : sequence of int
        Hidden widths of the translators.
    batch_norm : bool
        Whether translators have batch normalisation.

    Attributes
    ----------
    modalities : nn.ModuleList
        One per view; empty before :meth:`select`.
    to_hub, from_hub : nn.ModuleList
        G from the latents of each view to those of the hub, and back; the identity
        for the hub itself.
    critics : nn.ModuleList or None
        D, on the latents of each view; only while there is an adversary.
    centers : Tensor of shape (n_clusters, n_components)
        Centres of the clusters, in the latents of the hub.
    """

    views: ViewInput
    centers: Tensor
    critics: nn.ModuleList | None

    def __init__(
        self,
        views: ViewInput,
        candidates: Sequence[Sequence[Modality]],
        n_components: int,
        n_clusters: int,
        translator_units: Sequence[int],
        batch_norm: bool,
    ) -> None:
        super().__init__(views, n_clusters)
        self.n_components = n_components
        self.hub = 0
        self.candidates = nn.ModuleList(
            nn.ModuleList(of_view) for of_view in candidates
        )
        self.modalities = nn.ModuleList()
        widths = [n_components, *translator_units, n_components]
        n_views = len(candidates)
        self.to_hub, self.from_hub = (
            nn.ModuleList(LeakyMLP(widths, batch_norm) for _ in range(n_views))
            for _ in range(2)
        )
        # A quarter of the width of the latents, as in the authors' code.
        critic = [n_components, max(n_components // 4, 1), 1]
        self.critics = nn.ModuleList(LeakyMLP(critic) for _ in range(n_views))
        self.register_buffer("centers", torch.zeros(n_clusters, n_components))

    def select(self, kept: Sequence[int], hub: int) -> None:
        """Keep one candidate of each modality, and make one of them the hub."""
        for view, i in enumerate(kept):
            modality = self.candidates_of(view)[i]
            modality.instance_head = modality.cluster_head = None
            self.modalities.append(modality)
        self.candidates = nn.ModuleList()
        self.hub = hub
        self.to_hub[hub], self.from_hub[hub] = nn.Identity(), nn.Identity()

    @property
    def others(self) -> list[int]:
        """All views but the hub."""
        return [v for v in range(len(self.to_hub)) if v != self.hub]

    def candidates_of(self, view: int) -> list[Modality]:
        """The candidates for a modality before :meth:`select`."""
        return list(cast(Iterable[Modality], self.candidates[view]))

    def modality(self, view: int) -> Modality:
        """The modality of a view, after :meth:`select`."""
        return cast(Modality, self.modalities[view])

    def latents(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        """Latents of each view, and which row has which, (m, V).

        Latents of views that a row lacks are meaningless.
        """
        tables, observed = self.views(x)
        latents = [self.modality(v).encode(table) for v, table in enumerate(tables)]
        return latents, observed

    def encode(self, x: Tensor) -> Tensor:
        """Latents in the hub of rows given in the units of the data.

        The mean of the translations of all modalities that a row has.
        """
        latents, observed = self.latents(x)
        return self._unite(latents, observed)

    def assign(self, x: Tensor) -> Tensor:
        """Soft assignment of rows given in the units of the data."""
        return soft_assignment(self.encode(x), self.centers)

    def translate(self, x: Tensor, to: int) -> Tensor:
        """Translate rows to one modality, in the units of the data.

        It is translated from their other modalities; rows without others are
        reconstructed.
        """
        latents, observed = self.latents(x)
        others = observed.clone()
        others[:, to] = False
        z = self.from_hub[to](self._unite(latents, others))
        z = torch.where(others.any(1, keepdim=True), z, latents[to])
        return self.views.restore(self.modality(to).decode(z), to)

    def forward(self, x: Tensor) -> None:
        """Pass rows through all modules with batch statistics, where observed."""
        tables, observed = self.views(x)
        rows = [table[observed[:, v]] for v, table in enumerate(tables)]
        if len(self.modalities) == 0:
            for v, table in enumerate(rows):
                for candidate in self.candidates_of(v):
                    candidate.encode(table)
            return
        z = [self.modality(v).encode(table) for v, table in enumerate(rows)]
        for v in self.others:
            self.to_hub[v](z[v])
            self.from_hub[v](z[self.hub])

    def _unite(self, latents: list[Tensor], observed: Tensor) -> Tensor:
        total = torch.zeros_like(latents[0])
        for z, has, translator in zip(latents, observed.T, self.to_hub, strict=True):
            total = total + translator(z) * has[:, None]
        # A row of padding may have no view.
        return total / observed.sum(1, keepdim=True).clamp(min=1)
