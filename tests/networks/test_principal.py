"""Principal components as a layer."""

import numpy as np
import torch

from skdeepcluster.networks import PrincipalComponents


def test_principal_components():
    layer = PrincipalComponents(np.array([1.0, 2, 3]), np.array([[0, 0, 2.0]]))
    x = torch.tensor([[1.0, 2, 4], [9, 9, 3]])
    torch.testing.assert_close(layer(x), torch.tensor([[2.0], [0.0]]))
    with torch.autocast("cpu", torch.bfloat16):
        assert layer(x).dtype == torch.float32


def test_principal_components_of_rows_of_unit_length():
    layer = PrincipalComponents(np.array([0.5, 0]), np.eye(2), unit_length=True)
    x = torch.tensor([[3.0, 4], [30, 40], [0, 0]])
    expected = torch.tensor([[0.1, 0.8], [0.1, 0.8], [-0.5, 0]])
    torch.testing.assert_close(layer(x), expected)
