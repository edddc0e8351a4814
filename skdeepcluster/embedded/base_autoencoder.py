"""What the auto-encoder transformer and the DEC family share."""

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Annotated, Any

import numpy as np
import torch
from sklearn.utils.validation import check_array, check_is_fitted

from skdeepcluster.base.augmentation import affine_augmentation
from skdeepcluster.base.compat import Interval, StrOptions
from skdeepcluster.base.components import principal_autoencoder
from skdeepcluster.base.encoder import (
    build_encoder,
    check_hidden_layers,
    copied_encoder,
    fitted_network,
)
from skdeepcluster.base.estimator import DeepEstimator
from skdeepcluster.base.input_checks import check_no_overflow
from skdeepcluster.base.limits import Limits
from skdeepcluster.base.parameters import POSITIVE
from skdeepcluster.embedded.reconstruction import (
    SparsityPenalty,
    pretraining_stages,
)
from skdeepcluster.networks import MLP, AutoencoderNetwork
from skdeepcluster.training import Rows, Run, Stage, default_torch_modes

#: Allowed values of the parameters of the sparsity penalty.
SPARSITY = StrOptions({"kl", "l1"})
SPARSE_LAYERS = StrOptions({"hidden", "embedding", "all"})
OPEN_SHARE = Interval(Real, 0, 1, closed="neither")

#: Layers of ``hidden_layer_sizes="auto"``: of the MLP beside the principal components,
#: of a map of neighbours, and of any other network.
_BESIDE_COMPONENTS = (256,)
_OF_NEIGHBORS = (512, 512)
_PUBLISHED = (500, 500, 2000)

#: Epochs by default: of a network that starts at the principal components, with a
#: bound in batches, and of one that starts at random.
_EPOCHS_FROM_COMPONENTS = 20
_MOST_BATCHES = 5000
_EPOCHS_FROM_RANDOM = 100

#: Distance of the mean from zero, in standard deviations, beyond which a table is
#: centred.
_FAR = 3


@dataclass(eq=False, repr=False, kw_only=True)
class AutoencoderBase(DeepEstimator):
    """An encoder and a decoder that are trained to reconstruct the rows."""

    n_components: Annotated[int, POSITIVE] = 10
    hidden_layer_sizes: Annotated[
        Sequence[int] | str, "array-like", StrOptions({"auto"})
    ] = "auto"
    augmentation: Annotated[
        str | Callable | None, None, StrOptions({"auto", "affine"}), callable
    ] = "auto"
    pretrain: Annotated[str, StrOptions({"end-to-end", "layerwise"})] = "end-to-end"
    corruption: Annotated[float, Interval(Real, 0, 1, closed="left")] = 0.0

    _pluggable = ("encoder", "augmentation")
    _for_images = frozenset({"affine"})

    def _sparsity(self) -> SparsityPenalty | None:
        """The penalty on the encoder's activations, if any."""
        return None

    def _check_fit(self, rows: Rows) -> None:
        super()._check_fit(rows)
        if self.pretrain == "layerwise" and self.encoder is not None:
            raise ValueError("pretrain='layerwise' needs encoder=None.")
        sparsity = self._sparsity()
        hidden = self.encoder is not None or len(self._hidden_layers()) > 0
        if sparsity is not None and sparsity.layers == "hidden" and not hidden:
            raise ValueError(
                "sparse_layers='hidden' needs hidden layers: hidden_layer_sizes is "
                "empty."
            )

    def _embedding_dim(self, n_features: int) -> int:
        return min(self.n_components, n_features)

    def _starts_at_components(self) -> bool:
        """Whether the network starts at the principal components of the table."""
        return (
            isinstance(self.hidden_layer_sizes, str)
            and self.encoder is None
            and self.image_shape is None
            and self.pretrain == "end-to-end"
        )

    def _hidden_layers(self) -> Sequence[int]:
        if not isinstance(self.hidden_layer_sizes, str):
            return self.hidden_layer_sizes
        if self.pretrain == "neighbors":
            return _OF_NEIGHBORS
        return _BESIDE_COMPONENTS if self._starts_at_components() else _PUBLISHED

    def _epochs(self, epochs: int | None, run: Run) -> int:
        """Epochs of pretraining: as given, or by default."""
        if epochs is not None:
            return epochs
        if not self._starts_at_components():
            return _EPOCHS_FROM_RANDOM
        if self._starts_without_error(run.rows.n_features):
            return 1  # nothing is left to learn, and Adam would amplify rounding
        most = _MOST_BATCHES // len(run.batches)
        return max(1, min(_EPOCHS_FROM_COMPONENTS, most))

    def _starts_without_error(self, n_features: int) -> bool:
        """Whether principal components reconstruct rows wholly, as they should."""
        complete = self._embedding_dim(n_features) == n_features
        return complete and not self.corruption and self._augmentation() is None

    def _augmentation(self) -> Callable | None:
        return affine_augmentation(self.augmentation, self._image_shape())

    def _autoencoder(self, rows: Rows) -> dict[str, Any]:
        """Encoder, decoder and scaling, as arguments of the network."""
        n_features = rows.n_features
        width = self._embedding_dim(n_features)
        sparsity = self._sparsity()
        sees_hidden = sparsity is not None and sparsity.layers != "embedding"
        fitted = fitted_network(self.encoder, n_features, width)
        if fitted is not None:
            if sees_hidden:
                check_hidden_layers(fitted.encoder)
            decoding = {"decoder": fitted.decoder, "one_hot": fitted.one_hot}
            return copied_encoder(fitted) | copy.deepcopy(decoding)
        # The fully connected encoder takes images flat.
        input_shape = None if self.encoder is None else self._image_shape()
        hidden = tuple(self._hidden_layers())
        center = distant_mean(rows)
        scale = rows.root_mean_square(center)
        scaling = {"center": center, "scale": scale, "input_shape": input_shape}
        if self._starts_at_components():
            return principal_autoencoder(rows, center, scale, width, hidden) | scaling
        encoder = build_encoder(self.encoder, n_features, width, hidden, input_shape)
        if sees_hidden:
            check_hidden_layers(encoder)
        return {
            "encoder": encoder,
            "decoder": MLP([width, *reversed(hidden), n_features]),
            **scaling,
        }

    def _pretraining(
        self, network: AutoencoderNetwork, run: Run, epochs: int | None
    ) -> Iterator[Stage]:
        """The stages that train the auto-encoder."""
        return pretraining_stages(
            network,
            layerwise=self.pretrain == "layerwise",
            epochs=self._epochs(epochs, run),
            learning_rate=self.learning_rate,
            augmentation=self._augmentation(),
            corruption=self.corruption,
            sparsity=self._sparsity(),
        )


class DecoderMixin:
    """``inverse_transform``, for models whose decoder is trained in every stage."""

    module_: AutoencoderNetwork
    _n_features_out: int
    _fitted_limits: Callable[[torch.device], Limits]

    def inverse_transform(self, X: Any) -> np.ndarray:
        """Decode points of the embedding.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_components)

        Returns
        -------
        rows : ndarray of shape (n_samples, n_features), float32
            In the units of the training rows.

        Raises
        ------
        ValueError
            If a value is too large to be decoded.
        """
        check_is_fitted(self, "module_")
        Z = check_array(X, dtype=np.float32)
        width = self._n_features_out
        if Z.shape[1] != width:
            raise ValueError(
                f"X has {Z.shape[1]} columns, the embedding has {width} components."
            )
        points = Rows(Z, self.module_.scale.device, resident=False)
        restore = self._fitted_limits(points.device).restore
        with default_torch_modes(points.device):
            decoded = points.map(lambda z: restore(self.module_.decode(z)))
        check_no_overflow(decoded)
        return decoded.cpu().numpy()


def distant_mean(rows: Rows) -> float:
    """The mean of a table whose values are far from zero, else 0.

    Images and standardised tables are not centred, as published. With a table such as
    100 +- 1, float32 would have no digits left for distances between embeddings.
    """
    mean = rows.mean()
    far = abs(mean) > _FAR * rows.root_mean_square(mean)
    return mean if far else 0.0
