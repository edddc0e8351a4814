"""Losses of the translators and critics of DM2C (Jiang et al., 2019).

Legend: z latents of a modality, G translators between the latents of two, D critics
of the latents of one. Norms are means over elements, as in the authors' code, so that
weights do not depend on dimensions.
"""

from collections.abc import Callable

import torch
from torch import Tensor


def translation_loss(z: Tensor, translated: Tensor) -> Tensor:
    """Mean ``|z - translated|``, the L1 norm of L_cyc.

    For a cycle, ``translated`` is G(G(z)); for a row that has both modalities, it is
    the translation of the other. ``z`` has no gradient: as both input and target of
    the loss, latents would shrink.

    Parameters
    ----------
    z, translated : Tensor of shape (n_samples, n_components)

    Returns
    -------
    loss : Tensor of shape ()
        0 for identical translators.
    """
    return (z.detach() - translated).abs().mean()


def wasserstein_generator_loss(fake: Tensor) -> Tensor:
    """The part of L_adv that translators minimise, ``-E D(G(z))``.

    Parameters
    ----------
    fake : Tensor
        D of translated latents.

    Returns
    -------
    loss : Tensor of shape ()
    """
    return -fake.mean()


def wasserstein_critic_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Negative L_adv, ``E D(G(z')) - E D(z)``.

    Parameters
    ----------
    real, fake : Tensor
        D of latents of its modality and of translated ones; numbers of rows may differ.

    Returns
    -------
    loss : Tensor of shape ()
        0 if the critic gives all rows the same value.
    """
    return fake.mean() - real.mean()


def gradient_penalty(
    critic: Callable[[Tensor], Tensor],
    real: Tensor,
    fake: Tensor,
    generator: torch.Generator,
) -> Tensor:
    """Penalty on the deviation of the critic's slope between real and fake rows from 1.

    Mean of ``(|grad D| - 1)^2`` at random points on the lines from real to fake rows;
    surplus rows of the longer table are ignored.

    Parameters
    ----------
    critic : callable
    real, fake : Tensor of shape (n_real, n_components), (n_fake, n_components)
    generator : torch.Generator

    Returns
    -------
    loss : Tensor of shape ()
        0 for a critic of slope 1.

    References
    ----------
    Gulrajani et al., "Improved training of Wasserstein GANs", NeurIPS 2017.
    """
    n = min(len(real), len(fake))
    share = torch.rand(n, 1, generator=generator, device=real.device)
    points = torch.lerp(real[:n].detach(), fake[:n].detach(), share)
    points.requires_grad_()
    with torch.autocast(real.device.type, enabled=False):
        heights = critic(points).sum()
        (slope,) = torch.autograd.grad(heights, points, create_graph=True)
    return (slope.norm(dim=1) - 1).square().mean()
