"""Training an auto-encoder: as a whole, or one layer at a time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from skdeepcluster.augment import Dropout, apply_augmentation
from skdeepcluster.losses import kl_sparsity, l1_sparsity
from skdeepcluster.networks import MLP, AutoencoderNetwork
from skdeepcluster.training import Batch, Player, Rows, Stage, adam


@dataclass(frozen=True)
class SparsityPenalty:
    """Weighted penalty on the activations of the encoder.

    beta * sum over layers of KL(rho || rho_hat), or of the mean |activation|.
    """

    kind: str
    rho: float
    beta: float
    layers: str

    def encode(
        self, network: AutoencoderNetwork, x: Tensor
    ) -> tuple[Tensor, list[Tensor]]:
        """Embedding and, if they are penalised, hidden activations of ``x``."""
        if self.layers == "embedding":
            return network.embed(x), []
        return network.embed_with_hidden(x)

    def __call__(self, hidden: list[Tensor], z: Tensor) -> Tensor:
        """The penalty on hidden activations and embedding."""
        penalised = {"hidden": hidden, "embedding": [z], "all": [*hidden, z]}
        if self.kind == "kl":
            terms = [kl_sparsity(h, self.rho) for h in penalised[self.layers]]
        else:
            terms = [l1_sparsity(h) for h in penalised[self.layers]]
        return self.beta * torch.stack(terms).sum()


@dataclass(frozen=True)
class Reconstruction:
    """The network's loss of reconstruction, plus a sparsity penalty.

    The target is the augmented row without corruption.
    """

    augmentation: Callable | None = None
    corruption: Dropout | None = None
    sparsity: SparsityPenalty | None = None

    def __call__(self, network: AutoencoderNetwork, batch: Batch) -> dict[str, Tensor]:
        """The terms of the loss on a batch."""
        return self.with_embedding(network, batch)[1]

    def with_embedding(
        self, network: AutoencoderNetwork, batch: Batch
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """The embedding of the batch, for further losses, and the terms."""
        x = network.rescale(
            apply_augmentation(self.augmentation, batch.x, batch.generator)
        )
        seen = x if self.corruption is None else self.corruption(x, batch.generator)
        if self.sparsity is None:
            z = network.embed(seen)
        else:
            z, hidden = self.sparsity.encode(network, seen)
        terms = {"reconstruction": network.reconstruction_loss(z, x)}
        if self.sparsity is not None:
            terms["sparsity"] = self.sparsity(hidden, z)
        return z, terms


@dataclass(frozen=True)
class LayerReconstruction:
    """A layer and its mirror, trained as a denoising auto-encoder.

    Its input is the output of the layers below; input and code are corrupted alike.
    The mirror of the first layer is linear, because it must reconstruct signed values;
    so is the last layer, to keep full information.
    """

    layer: int
    augmentation: Callable | None
    corruption: Dropout | None

    def __call__(self, network: AutoencoderNetwork, batch: Batch) -> dict[str, Tensor]:
        """The terms of the loss on a batch."""
        encoder, decoder = network.encoder, network.decoder
        assert isinstance(encoder, MLP) and isinstance(decoder, MLP)
        x = network.rescale(
            apply_augmentation(self.augmentation, batch.x, batch.generator)
        )
        with torch.no_grad():
            for below in encoder.layers[: self.layer]:
                x = below(x).relu()
        last = len(encoder.layers) - 1
        code = encoder.layers[self.layer](self._corrupt(x, batch))
        if self.layer != last:
            code = code.relu()
        output = decoder.layers[last - self.layer](self._corrupt(code, batch))
        if self.layer != 0:
            output = output.relu()
            difference = F.mse_loss(output.float(), x.float())
        else:
            difference = network.difference(output, x)
        return {"reconstruction": difference}

    def _corrupt(self, x: Tensor, batch: Batch) -> Tensor:
        return x if self.corruption is None else self.corruption(x, batch.generator)


def reconstruction_objective(
    network: AutoencoderNetwork, rows: Rows, sparsity: SparsityPenalty | None
) -> float:
    """The quantity that a reconstruction stage minimises, on unchanged rows.

    Mean squared error over rows and features, in the network's scale, plus the
    mean penalty over chunks of the table.
    """
    loss = Reconstruction(sparsity=sparsity)
    generator = torch.Generator(device=rows.device)  # nothing is drawn
    total = 0.0
    with torch.no_grad():
        for x in rows.chunks():
            terms = loss(network, Batch(x, torch.arange(len(x)), generator))
            total += sum(float(term) for term in terms.values()) * len(x)
    return total / len(rows)


def pretraining_stages(
    network: AutoencoderNetwork,
    *,
    layerwise: bool,
    epochs: int,
    learning_rate: float,
    augmentation: Callable | None,
    corruption: float,
    sparsity: SparsityPenalty | None,
    name: str = "pretrain",
) -> Iterator[Stage]:
    """Stages that train encoder and decoder on the reconstruction.

    Layer-wise: each layer with its mirror on corrupted codes, then the whole
    stack without corruption. End-to-end: the whole at once, corrupted.
    """
    noise = Dropout(corruption) if corruption else None
    optimizer = adam(learning_rate)

    def stage(suffix: str, loss: Any, modules: list[nn.Module]) -> Stage:
        parameters = [p for module in modules for p in module.parameters()]
        player = Player(loss, parameters, optimizer)
        return Stage(
            name + suffix, [player], epochs, decay=True, cached=True, assigns=False
        )

    if layerwise:
        encoder, decoder = network.encoder, network.decoder
        assert isinstance(encoder, MLP) and isinstance(decoder, MLP)
        pairs = zip(encoder.layers, reversed(decoder.layers), strict=True)
        for i, pair in enumerate(pairs):
            yield stage(
                f" layer {i + 1}",
                LayerReconstruction(i, augmentation, noise),
                list(pair),
            )
        noise = None
    assert network.decoder is not None
    yield stage(
        "",
        Reconstruction(augmentation, noise, sparsity),
        [network.encoder, network.decoder],
    )
