import pytest
import torch

from skdeepcluster.networks import (
    MLP,
    AdaptiveNetwork,
    ContrastiveNetwork,
    EmbeddedClusteringNetwork,
    MixtureNetwork,
    OverclusteringNetwork,
    PartitionedNetwork,
)


def networks():
    """One of each that has clusters of its own to renumber: three."""
    embedded = EmbeddedClusteringNetwork(MLP([4, 3]), MLP([3, 4]))
    embedded.set_centers(torch.randn(3, 3).numpy())
    mixture = MixtureNetwork(MLP([4, 3]), MLP([3, 4]), 3, False)
    mixture.set_mixture(
        torch.rand(3), torch.randn(3, 3), torch.rand(3) * torch.ones(3, 3)
    )
    partitioned = PartitionedNetwork(MLP([4, 3]))
    partitioned.set_partition(torch.randn(9, 3).numpy(), [0, 1, 2] * 3, 3)
    adaptive, relu = (
        AdaptiveNetwork(encoder=MLP([4, 5]), n_components=5, n_clusters=3, final_relu=r)
        for r in (False, True)
    )
    contrastive = ContrastiveNetwork(MLP([4, 5]), 5, 3, 2)
    several = OverclusteringNetwork(MLP([4, 5]), 5, 3, 6, 1)
    return [embedded, mixture, partitioned, adaptive, relu, contrastive, several]


@pytest.mark.parametrize("number", range(7))
def test_memberships_are_reordered_and_nothing_else(number):
    torch.manual_seed(0)
    network = networks()[number]
    x = torch.randn(20, 4)
    network.train()(x)  # statistics of batch normalisation differ by cluster
    network.eval()
    order = torch.tensor([2, 0, 1])
    with torch.no_grad():
        before, z = network.assign(x), network.encode(x)
        network.reorder_clusters(order)
        torch.testing.assert_close(network.assign(x), before[:, order])
        torch.testing.assert_close(network.encode(x), z)
