"""DSSEC: embedded clustering on a stacked sparse auto-encoder."""

from dataclasses import dataclass
from typing import Annotated, Any, Self

from skdeepcluster.base.docstrings import fill_docstring
from skdeepcluster.base.parameters import WEIGHT
from skdeepcluster.embedded.base_autoencoder import OPEN_SHARE, SPARSE_LAYERS, SPARSITY
from skdeepcluster.embedded.dec import IDEC
from skdeepcluster.embedded.reconstruction import SparsityPenalty


@fill_docstring
@dataclass(eq=False, repr=False, kw_only=True)
class DSSEC(IDEC):
    """Deep stacked sparse embedded clustering.

    :class:`IDEC` whose auto-encoder has sparse activations, in pretraining and in
    the clustering stage: L = L_r + beta * sparsity + gamma * L_c.

    The available sources do not specify the sparsity weight, the penalised layers and
    the mapping of unbounded ReLU activations into [0, 1); the defaults are this
    library's choices. No published accuracy is available for comparison.

    Parameters
    ----------
    {n_clusters}
    {n_components}
    {hidden_layer_sizes}
    {encoder}
    {init}
    gamma : float, default=0.1
        Weight of the clustering loss; 0.1, 0.3 and 0.5 are the published values.
    {sparsity}
    {rho}
    {beta}
    {sparse_layers}
    {pretrain_with_neighbors}
    {n_neighbors}
    {pretrain_epochs}
    {corruption}
    {max_iter}
    {update_interval}
    {tol}
    {batch_size}
    {learning_rate}
    {restore_best}
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
    {labels_attribute}
    {centers_attribute}
    {fit_attributes}

    See Also
    --------
    IDEC : Without the sparsity penalty.
    Autoencoder : With ``sparsity="kl"`` and k-means, the two-step baseline.

    References
    ----------
    Cai, Wang, Guo, "Unsupervised embedded feature learning for deep clustering
    with stacked sparse auto-encoder", Expert Systems with Applications 186, 2021.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.preprocessing import scale
    >>> from skdeepcluster import DSSEC
    >>> X, _ = load_iris(return_X_y=True)
    >>> dssec = DSSEC(n_clusters=3, hidden_layer_sizes=(64,), random_state=0)
    >>> dssec.fit_predict(scale(X)).shape
    (150,)
    """

    sparsity: Annotated[str, SPARSITY] = "kl"
    rho: Annotated[float, OPEN_SHARE] = 0.05
    beta: Annotated[float, WEIGHT] = 0.01
    sparse_layers: Annotated[str, SPARSE_LAYERS] = "hidden"

    @classmethod
    def published(cls, n_clusters: int, **parameters: Any) -> Self:
        """The setting of the paper, as far as it is known from the available sources.

        They give 200 epochs of pretraining, but not the weight of the sparsity penalty
        and the penalised layers: these are this library's choices.

        Parameters
        ----------
        n_clusters : int
        **parameters
            Any other parameters; they override the published values.

        Returns
        -------
        estimator : DSSEC
        """
        setting = {"hidden_layer_sizes": (500, 500, 2000), "pretrain_epochs": 200}
        return cls(n_clusters, **{**setting, **parameters})

    def _sparsity(self) -> SparsityPenalty:
        return SparsityPenalty(self.sparsity, self.rho, self.beta, self.sparse_layers)
