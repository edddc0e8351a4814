"""The interfaces that networks must provide."""

from collections.abc import Iterable
from typing import Any, Protocol

from torch import Tensor, nn


class EmbeddingNetwork(Protocol):
    """A torch module that embeds rows given in the units of the data."""

    def encode(self, x: Tensor) -> Tensor:
        """Embedding of rows, of shape (n_rows, n_components)."""
        ...

    # The part of nn.Module that is used.
    def __call__(self, *args: Any) -> Any: ...
    def eval(self) -> Any: ...
    def to(self, *args: Any) -> Any: ...
    def named_buffers(self) -> Iterable[tuple[str, Tensor]]: ...
    def modules(self) -> Iterable[nn.Module]: ...
    def named_modules(self) -> Iterable[tuple[str, nn.Module]]: ...
    def named_parameters(self) -> Iterable[tuple[str, nn.Parameter]]: ...
    def parameters(self) -> Iterable[nn.Parameter]: ...


class ClusteringNetwork(EmbeddingNetwork, Protocol):
    """An embedding network that also assigns rows to clusters."""

    def assign(self, x: Tensor) -> Tensor:
        """Memberships of shape (n_rows, n_clusters); rows sum to one."""
        ...


class CenteredNetwork(ClusteringNetwork, Protocol):
    """A clustering network whose clusters have centres in the embedding."""

    def assign_embedding(self, z: Tensor) -> Tensor:
        """Memberships of embeddings."""
        ...

    def distance_to_center(self, z: Tensor) -> Tensor:
        """Squared distance of each embedding to its nearest centre."""
        ...

    def move_cluster(self, cluster: int, z: Tensor) -> None:
        """Move the centre of a cluster to an embedding."""
        ...
