"""Auto-encoders: the transformer, and what the DEC family shares with it."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from numbers import Real
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_array, check_is_fitted
from torch import nn

from skdeepcluster.augment import RandomAffine
from skdeepcluster.base.compat import Interval, StrOptions
from skdeepcluster.base.docstrings import fill_docstring
from skdeepcluster.base.encoder import (
    build_encoder,
    check_hidden_layers,
    fitted_network,
)
from skdeepcluster.base.estimator import COUNT, POSITIVE, WEIGHT, DeepEstimatorMixin
from skdeepcluster.embedded.reconstruction import (
    Reconstruction,
    SparsityPenalty,
    pretraining_stages,
)
from skdeepcluster.networks import MLP, AutoencoderNetwork
from skdeepcluster.training import Batch, Rows, Run, Stage, own_modes

#: Standard deviations from zero at which a table loses its mean.
_FAR = 3


@dataclass(eq=False, repr=False, kw_only=True)
class AutoencoderMixin(DeepEstimatorMixin):
    """An encoder and a decoder that are trained to reconstruct the rows."""

    n_components: int = 10
    augmentation: str | Callable | None = "auto"
    pretrain: str = "end-to-end"
    corruption: float = 0.0

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **DeepEstimatorMixin._parameter_constraints,
        "n_components": [POSITIVE],
        "augmentation": [None, StrOptions({"auto", "affine"}), callable],
        "pretrain": [StrOptions({"end-to-end", "layerwise"})],
        "corruption": [Interval(Real, 0, 1, closed="left")],
    }

    _exchangeable = ("encoder", "augmentation")
    _for_images = frozenset({"affine"})

    def _sparsity(self) -> SparsityPenalty | None:
        """The penalty on the encoder's activations, if any."""
        return None

    def _check_fit(self, X: np.ndarray) -> None:
        super()._check_fit(X)
        if self.pretrain == "layerwise" and self.encoder is not None:
            raise ValueError("pretrain='layerwise' needs encoder=None.")
        sparsity = self._sparsity()
        hidden = self.encoder is not None or len(self.hidden_layer_sizes) > 0
        if sparsity is not None and sparsity.layers == "hidden" and not hidden:
            raise ValueError(
                "sparse_layers='hidden' needs hidden layers: hidden_layer_sizes is "
                "empty."
            )

    def _width(self, n_features: int) -> int:
        return min(self.n_components, n_features)

    def _augmentation(self) -> Callable | None:
        """The parameter ``augmentation`` as a callable."""
        image_shape = self._image_shape()
        if callable(self.augmentation):
            return self.augmentation
        if self.augmentation is None or image_shape is None:
            return None
        return RandomAffine(image_shape)

    def _body(self, rows: Rows) -> dict[str, Any]:
        """Encoder, decoder and scaling, as arguments of the network."""
        n_features, width = rows.n_features, self._width(rows.n_features)
        sparsity = self._sparsity()
        sees_hidden = sparsity is not None and sparsity.layers != "embedding"
        fitted = fitted_network(self.encoder, n_features, width)
        if fitted is not None:
            if sees_hidden:
                check_hidden_layers(fitted.encoder)
            return {
                "encoder": copy.deepcopy(fitted.encoder),
                "decoder": copy.deepcopy(fitted.decoder),
                "center": float(fitted.center),
                "scale": float(fitted.scale),
                "input_shape": fitted.input_shape,
            }
        # The fully connected encoder takes images flat.
        input_shape = None if self.encoder is None else self._image_shape()
        hidden = self.hidden_layer_sizes
        center = distant_mean(rows)
        encoder = build_encoder(self.encoder, n_features, width, hidden, input_shape)
        if sees_hidden:
            check_hidden_layers(encoder)
        return {
            "encoder": encoder,
            "decoder": MLP([width, *reversed(hidden), n_features]),
            "center": center,
            "scale": rows.root_mean_square(center),
            "input_shape": input_shape,
        }

    def _pretraining(self, network: nn.Module, epochs: int) -> Iterator[Stage]:
        """The stages that train the auto-encoder."""
        assert isinstance(network, AutoencoderNetwork)
        return pretraining_stages(
            network,
            layerwise=self.pretrain == "layerwise",
            epochs=epochs,
            learning_rate=self.learning_rate,
            augmentation=self._augmentation(),
            corruption=self.corruption,
            sparsity=self._sparsity(),
        )


@dataclass(eq=False, repr=False, kw_only=True)
class SparseMixin:
    """Parameters of the sparsity penalty."""

    sparsity: str | None = "kl"
    rho: float = 0.05
    beta: float = 0.01
    sparse_layers: str = "hidden"

    _sparse_constraints: ClassVar[dict[str, Any]] = {
        "sparsity": [StrOptions({"kl", "l1"})],
        "rho": [Interval(Real, 0, 1, closed="neither")],
        "beta": [WEIGHT],
        "sparse_layers": [StrOptions({"hidden", "embedding", "all"})],
    }

    def _sparsity(self) -> SparsityPenalty | None:
        if self.sparsity is None:
            return None
        return SparsityPenalty(self.sparsity, self.rho, self.beta, self.sparse_layers)


class DecoderMixin:
    """``inverse_transform``, for models whose decoder is trained to the end."""

    module_: AutoencoderNetwork

    def inverse_transform(self, X: Any) -> np.ndarray:
        """Decode points of the embedding.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_components)

        Returns
        -------
        rows : ndarray of shape (n_samples, n_features), float32
            In the units of the training rows.
        """
        check_is_fitted(self, "module_")
        Z = check_array(X, dtype=np.float32)
        width = self._n_features_out  # type: ignore[attr-defined]
        if Z.shape[1] != width:
            raise ValueError(
                f"X has {Z.shape[1]} columns, the embedding has {width} components."
            )
        points = Rows(Z, self.module_.scale.device, resident=False)
        with own_modes(points.device):
            return points.map(self.module_.decode).cpu().numpy()


@fill_docstring
@dataclass(eq=False, repr=False, kw_only=True)
class Autoencoder(SparseMixin, DecoderMixin, AutoencoderMixin, BaseEstimator):
    """Auto-encoder: a nonlinear embedding that can be decoded again.

    A fully connected encoder and its mirror are trained to reconstruct the rows,
    plainly, from corrupted rows (denoising), or with sparse activations. With
    k-means on the embedding it is the classical two-step deep clustering.

    Parameters
    ----------
    {n_components}
    {hidden_layer_sizes}
    {encoder}
    {pretrain}
    {corruption}
    sparsity : {"kl", "l1"} or None, default=None
        Penalty on activations: KL divergence of ``rho`` from each unit's mean
        activation (mapped to [0, 1) by tanh), or mean absolute activation.
    {rho}
    {beta}
    {sparse_layers}
    max_iter : int, default=100
        Epochs, of each layer too where layers are trained one at a time.
    {batch_size}
    {learning_rate}
    {n_init}
    {image_shape}
    {augmentation}
    {precision}
    {device}
    {compile}
    {memory}
    {callbacks}
    {verbose}
    {random_state}

    Attributes
    ----------
    {fit_attributes}

    See Also
    --------
    IDEC : Trains the embedding further, for clusters.
    DSSEC : The same on a sparse auto-encoder.

    References
    ----------
    Vincent, Larochelle, Lajoie, Bengio, Manzagol, "Stacked denoising
    autoencoders", Journal of Machine Learning Research 11, 2010.

    Examples
    --------
    >>> from sklearn.cluster import KMeans
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skdeepcluster import Autoencoder
    >>> X, _ = load_iris(return_X_y=True)
    >>> embed = Autoencoder(n_components=2, hidden_layer_sizes=(64,), random_state=0)
    >>> pipe = make_pipeline(StandardScaler(), embed, KMeans(3, random_state=0))
    >>> pipe.fit_predict(X).shape
    (150,)
    """

    sparsity: str | None = None
    max_iter: int = 100

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **AutoencoderMixin._parameter_constraints,
        **SparseMixin._sparse_constraints,
        "sparsity": [None, *SparseMixin._sparse_constraints["sparsity"]],
        "max_iter": [COUNT],
    }

    def _build_network(self, rows: Rows) -> nn.Module:
        return AutoencoderNetwork(**self._body(rows))

    def _stages(self, network: nn.Module, run: Run) -> Iterator[Stage]:
        yield from self._pretraining(network, self.max_iter)

    def _objective(self, network: nn.Module, rows: Rows) -> float:
        assert isinstance(network, AutoencoderNetwork)
        return reconstruction_objective(network, rows, self._sparsity())


def reconstruction_objective(
    network: AutoencoderNetwork, rows: Rows, sparsity: SparsityPenalty | None
) -> float:
    """What a reconstruction stage minimises, on unchanged rows.

    Mean squared error over rows and features, in the network's scale, plus the
    mean penalty, over pieces of the table.
    """
    loss = Reconstruction(sparsity=sparsity)
    generator = torch.Generator(device=rows.device)  # nothing is drawn
    total = 0.0
    with torch.no_grad():
        for x in rows.chunks():
            terms = loss(network, Batch(x, torch.arange(len(x)), generator))
            total += sum(float(term) for term in terms.values()) * len(x)
    return total / len(rows)


def distant_mean(rows: Rows) -> float:
    """The mean of a table whose values lie far from zero, else 0.

    Images and standardised tables stay as published. A table such as 100 +- 1 would
    leave float32 without digits for the distances of its embeddings.
    """
    mean = rows.mean()
    far = abs(mean) > _FAR * rows.root_mean_square(mean)
    return mean if far else 0.0
