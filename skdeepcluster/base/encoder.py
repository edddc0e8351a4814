"""From the parameter ``encoder`` to a network of the right shape."""

import copy
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from skdeepcluster.networks import MLP, AutoencoderNetwork


def build_encoder(
    encoder: Any,
    n_features: int,
    n_components: int,
    hidden_layer_sizes: Sequence[int],
    input_shape: tuple[int, ...] | None,
) -> nn.Module:
    """Build the encoder of one fit; it shares nothing with the user's module.

    Parameters
    ----------
    encoder : None, nn.Module or callable
        None builds an MLP; a module is copied; any other callable is called with
        ``(n_features, n_components)`` and returns a module.
    n_features, n_components : int
    hidden_layer_sizes : sequence of int
    input_shape : tuple of int or None
        Shape in which a row is passed to a user's module.

    Returns
    -------
    module : nn.Module

    Raises
    ------
    TypeError
        If the callable does not return a module.
    ValueError
        If the module does not map rows to ``n_components`` values.
    """
    if encoder is None:
        return MLP([n_features, *hidden_layer_sizes, n_components])
    if isinstance(encoder, nn.Module):
        module = encoder
    else:
        module = encoder(n_features, n_components)
    if not isinstance(module, nn.Module):
        raise TypeError(
            "encoder should be an nn.Module or a callable (n_features, n_components) "
            f"that returns one, got {module!r}."
        )
    # A copy, because a factory may return the same module each time.
    with torch.no_grad():  # else the weights of scripted modules are not leaves
        module = copy.deepcopy(module).float()
    _check_statistics(module)
    _check_output(module, n_features, n_components, input_shape)
    return module


def check_hidden_layers(encoder: nn.Module) -> None:
    """Raise unless the encoder exposes its hidden activations."""
    if not hasattr(encoder, "forward_with_hidden"):
        raise ValueError(
            "The sparsity penalty cannot see the hidden layers of this encoder: set "
            "sparse_layers='embedding', or give the module a method "
            "forward_with_hidden(x) that returns its output and a list of hidden "
            "activations."
        )


def fitted_network(
    encoder: Any, n_features: int, n_components: int
) -> AutoencoderNetwork | None:
    """The network of a fitted Autoencoder given as ``encoder``, else None.

    Raises
    ------
    ValueError
        If it is not fitted, or does not match the table or ``n_components``.
    """
    if not hasattr(encoder, "transform"):
        return None
    # FrozenEstimator passes on the attributes of what it wraps.
    network = getattr(encoder, "module_", None)
    if not isinstance(network, AutoencoderNetwork) or network.decoder is None:
        raise ValueError(
            f"encoder={encoder!r} is not a fitted Autoencoder (or one without a "
            "decoder). Fit one first; where "
            "estimators are cloned (GridSearchCV, cross_validate), pass "
            "FrozenEstimator(autoencoder), because clones are not fitted."
        )
    shape = (encoder.n_features_in_, encoder._n_features_out)
    if shape != (n_features, n_components):
        raise ValueError(
            f"The Autoencoder given as encoder maps {shape[0]} features to {shape[1]} "
            f"components; here X has {n_features} features and n_components="
            f"{n_components}."
        )
    return network


def copied_encoder(network: AutoencoderNetwork) -> dict[str, Any]:
    """Encoder and scaling of a fitted Autoencoder, as arguments of another network."""
    return {
        "encoder": copy.deepcopy(network.encoder),
        "center": float(network.center),
        "scale": float(network.scale),
        "input_shape": network.input_shape,
    }


def _check_statistics(module: nn.Module) -> None:
    """Raise if the prediction of a row would depend on the other rows."""
    kinds = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)
    for name, part in module.named_modules():
        if isinstance(part, kinds) and not part.track_running_stats:
            raise ValueError(
                f"{type(part).__name__} {name!r} of encoder has "
                "track_running_stats=False: predictions of a row would depend on the "
                "rest of the batch. Leave it True."
            )


def _check_output(
    module: nn.Module,
    n_features: int,
    n_components: int,
    input_shape: tuple[int, ...] | None,
) -> None:
    """Pass two rows of zeros through, to detect a mismatch before training."""
    shape = (2, n_features) if input_shape is None else (2, *input_shape)
    parameter = next(module.parameters(), torch.zeros(()))
    was_training = module.training
    module.eval()
    try:
        with torch.no_grad():
            output = module(torch.zeros(shape, device=parameter.device))
    except (RuntimeError, ValueError, IndexError, TypeError) as error:
        raise ValueError(
            f"encoder cannot take a batch of shape {shape}: {error}. Rows have "
            f"{n_features} features; set image_shape if it expects images."
        ) from error
    finally:
        module.train(was_training)
    is_tensor = isinstance(output, torch.Tensor)
    if is_tensor and output.dtype != torch.float32:
        raise ValueError(f"encoder returns {output.dtype}; torch.float32 is needed.")
    if not is_tensor or tuple(output.shape) != (2, n_components):
        got = f"shape {tuple(output.shape)}" if is_tensor else type(output).__name__
        raise ValueError(
            f"encoder maps 2 rows to {got}; expected a tensor of shape "
            f"(2, {n_components}). Make its output width equal n_components (where "
            f"that is capped, n_features={n_features})."
        )
