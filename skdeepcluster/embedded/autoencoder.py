"""The auto-encoder transformer."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from skdeepcluster.base.docstrings import fill_docstring
from skdeepcluster.base.parameters import COUNT, WEIGHT
from skdeepcluster.embedded.base_autoencoder import (
    OPEN_SHARE,
    SPARSE_LAYERS,
    SPARSITY,
    DecoderMixin,
)
from skdeepcluster.embedded.mixed import MixedColumns
from skdeepcluster.embedded.reconstruction import (
    SparsityPenalty,
    reconstruction_objective,
)
from skdeepcluster.networks import AutoencoderNetwork
from skdeepcluster.training import Rows, Run, Stage


@fill_docstring
@dataclass(eq=False, repr=False, kw_only=True)
class Autoencoder(DecoderMixin, MixedColumns):
    """Auto-encoder: a nonlinear embedding that can be decoded.

    A fully connected encoder and its mirror image are trained to reconstruct the
    rows: plain, from corrupted rows (denoising), or with sparse activations. Followed
    by k-means on the embedding, it is the classical two-step deep clustering.

    Parameters
    ----------
    {n_components}
    {hidden_layer_sizes}
    {encoder}
    {pretrain}
    {corruption}
    sparsity : {"kl", "l1"} or None, default=None
        Penalty on activations, or None: KL divergence of ``rho`` from each unit's mean
        activation (mapped to [0, 1) by tanh), or mean absolute activation.
    {rho}
    {beta}
    {sparse_layers}
    max_iter : int or None, default=None
        Number of epochs, also for each layer in layer-wise training. None is 100, but
        20 (and at most 5000 batches) where training starts at the principal
        components, and 1 where these are complete: where ``n_components`` is not below
        the number of features, and there are no ``feature_groups``.
    {batch_size}
    {learning_rate}
    {n_init}
    {image_shape}
    {augmentation}
    {one_hot_groups}
    {precision}
    {device}
    {compile}
    {distributed}
    {memory}
    {checkpoint}
    {callbacks}
    {on_interrupt}
    {verbose}
    {random_state}

    Attributes
    ----------
    {fit_attributes}

    See Also
    --------
    IDEC : Trains the embedding further, for clustering.
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

    sparsity: Annotated[str | None, None, SPARSITY] = None
    rho: Annotated[float, OPEN_SHARE] = 0.05
    beta: Annotated[float, WEIGHT] = 0.01
    sparse_layers: Annotated[str, SPARSE_LAYERS] = "hidden"
    max_iter: Annotated[int | None, None, COUNT] = None

    def _sparsity(self) -> SparsityPenalty | None:
        if self.sparsity is None:
            return None
        return SparsityPenalty(self.sparsity, self.rho, self.beta, self.sparse_layers)

    def _build_network(self, rows: Rows) -> AutoencoderNetwork:
        return AutoencoderNetwork(**self._autoencoder(rows))

    def _stages(self, network: AutoencoderNetwork, run: Run) -> Iterator[Stage]:
        yield from self._pretraining(network, run, self.max_iter)

    def _objective(self, network: AutoencoderNetwork, rows: Rows) -> float:
        return reconstruction_objective(network, rows, self._sparsity())
