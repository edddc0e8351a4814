"""
A method of your own
====================

A deep clusterer consists of parameters, a network, a recipe and an objective; the rest
comes with ``skdeepcluster.base.BaseDeepClusterer``. This example is k-means in the
embedding of an auto-encoder that also learns to move embeddings towards their centres,
similar to the deep clustering network of Yang, Fu, Sidiropoulos and Hong (ICML 2017).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import matplotlib.pyplot as plt
import torch
from sklearn.datasets import load_digits
from sklearn.metrics import adjusted_rand_score
from torch import Tensor

from skdeepcluster.base import BaseDeepClusterer
from skdeepcluster.base.parameters import COUNT, POSITIVE
from skdeepcluster.networks import MLP, ScaledEncoder
from skdeepcluster.plotting import EmbeddingDisplay, HistoryDisplay
from skdeepcluster.training import (
    Batch,
    Player,
    Rows,
    Run,
    Stage,
    adam,
    initial_centers,
)

# %%
# The network: it takes rows in the units of the data; ``encode`` returns embeddings and
# ``assign`` returns memberships that sum to one. Everything that predictions need is a
# parameter or a buffer.


class CenteredAutoencoder(ScaledEncoder):
    """An auto-encoder with centres; a row's cluster is that of the nearest centre."""

    def __init__(self, widths: list[int], n_clusters: int, scale: float) -> None:
        super().__init__(MLP(widths), scale=scale)
        self.decoder = MLP(widths[::-1])
        self.register_buffer("centers", torch.zeros(n_clusters, widths[-1]))

    def distances(self, z: Tensor) -> Tensor:
        """Squared distance of each embedding to each centre."""
        return (z.float().unsqueeze(1) - self.centers).square().sum(2)

    def assign(self, x: Tensor) -> Tensor:
        return (-self.distances(self.encode(x))).softmax(1)


def loss(network: CenteredAutoencoder, batch: Batch) -> dict[str, Tensor]:
    """Named terms on a batch; they are summed, and recorded in ``history_``."""
    x = network.rescale(batch.x)
    z = network.embed(x)
    distance = network.distances(z).amin(1).mean()
    reconstruction = (network.decoder(z).float() - x).square().mean()
    return {"reconstruction": reconstruction, "distance": 0.1 * distance}


# %%
# The estimator: parameters are dataclass fields, and the recipe is a generator. Code
# after a ``yield`` sees the weights that the stage has trained.


@dataclass(eq=False, repr=False, kw_only=True)
class DeepKMeans(BaseDeepClusterer):
    """k-means in an embedding that is trained for it.

    Parameters
    ----------
    n_components : int, default=10
        Dimension of the embedding.
    max_iter : int, default=20
        Epochs of each of the two stages.
    """

    n_components: Annotated[int, POSITIVE] = 10
    max_iter: Annotated[int, COUNT] = 20

    def _embedding_dim(self, n_features: int) -> int:
        return min(self.n_components, n_features)

    def _build_network(self, rows: Rows) -> CenteredAutoencoder:
        d = rows.n_features
        widths = [d, *self.hidden_layer_sizes, self._embedding_dim(d)]
        return CenteredAutoencoder(widths, self.n_clusters, rows.root_mean_square())

    def _stages(self, network: CenteredAutoencoder, run: Run) -> Iterator[Stage]:
        player = Player(loss, [*network.parameters()], adam(self.learning_rate))
        yield Stage("pretrain", [player], self.max_iter, assigns=False)

        def move_centers() -> bool:
            z, k = run.embed(), self.n_clusters
            centers = initial_centers("k-means++", z, k, run.random_state)
            network.centers.copy_(torch.as_tensor(centers))
            return False  # the stage goes on

        move_centers()
        interval = 5 * len(run.batches)
        yield Stage("cluster", [player], self.max_iter, move_centers, interval)
        move_centers()

    def _objective(self, network: CenteredAutoencoder, rows: Rows) -> float:
        def distance(x: Tensor) -> Tensor:
            return network.distances(network.encode(x)).amin(1)

        return rows.map(distance).mean().item()


# %%
# It is a complete scikit-learn clusterer: it works in pipelines and grid searches, has
# callbacks, devices, precision and restarts, and passes ``check_estimator``. It also
# passes :func:`skdeepcluster.testing.check_clusterer`, which checks what all clusterers
# of this package guarantee: reproducible fits, silence, untouched global generators.

if __name__ == "__main__":
    X, y = load_digits(return_X_y=True)
    method = DeepKMeans(n_clusters=10, hidden_layer_sizes=(256,), random_state=0)
    labels = method.fit_predict(X / 16)
    print(f"ARI {adjusted_rand_score(y, labels):.3f}")
    figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    EmbeddingDisplay.from_estimator(method, X / 16, ax=axes[0])
    HistoryDisplay.from_estimator(method, ax=axes[1])
    plt.show()
