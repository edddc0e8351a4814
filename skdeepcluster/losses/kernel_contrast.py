"""InfoNCE whose kernel is that of a map (Damrich et al., ICLR 2023).

Legend: d the distance of two rows of the map, k = 1 / (1 + d^2) the Student-t kernel.
"""

import math
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


def student_t_contrast(a: Tensor, b: Tensor) -> Tensor:
    """InfoNCE of partners under the Student-t kernel 1 / (1 + d^2).

    Each of the 2N rows has to find its partner among the 2N - 1 others. With the
    kernel of t-SNE and of DEC in place of the cosine, distances themselves mean
    something, so that the embedding is a map (Damrich et al., "From t-SNE to UMAP with
    contrastive learning", ICLR 2023).

    Parameters
    ----------
    a, b : Tensor of shape (n, n_components)
        Row i of ``a`` and row i of ``b`` are partners.

    Returns
    -------
    loss : Tensor of shape ()
        log(2n - 1) where all rows are equal.
    """
    with torch.autocast(a.device.type, enabled=False):
        a, b = a.float(), b.float()
        partner = (a - b).square().sum(1).log1p()  # -log k
        others = _KernelSums.apply(torch.cat([a, b])).log()
        return partner.mean() + others.mean()


class _KernelSums(torch.autograd.Function):
    """Sums of the kernel of each row and all others, of shape (n,).

    This is where a step of a map spends its time besides the encoder. The derivative
    of the kernel is minus its square, dk/dd^2 = -k^2: written by hand, sums and
    gradient take a quarter of the time of a log-softmax of all pairs.
    """

    @staticmethod
    def forward(ctx: Any, rows: Tensor) -> Tensor:
        squares = rows.square().sum(1)
        kernel = torch.addmm(squares[:, None] + (squares + 1), rows, rows.T, alpha=-2)
        kernel.clamp_(min=1).fill_diagonal_(math.inf).reciprocal_()
        sums = kernel.sum(1)
        ctx.save_for_backward(rows, kernel)
        return sums

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        rows, kernel = ctx.saved_tensors
        # Each distance is in two sums, and its derivative in the map is a difference.
        each = torch.cat([rows, torch.ones_like(rows[:, :1])], 1)
        weight = gradient[:, None]
        pulled = kernel.square() @ torch.cat([each, weight * each], 1)
        own, others = pulled.chunk(2, 1)
        pulled = weight * own + others
        return 2 * (pulled[:, :-1] - pulled[:, -1:] * rows)
