"""VaDE: a variational auto-encoder whose prior is a mixture of Gaussians."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Self

import numpy as np
from sklearn.mixture import GaussianMixture
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from skdeepcluster.base.compat import HasMethods, StrOptions
from skdeepcluster.base.docstrings import fill_docstring
from skdeepcluster.embedded.base import EmbeddedClusterer
from skdeepcluster.embedded.base_autoencoder import DecoderMixin
from skdeepcluster.embedded.evidence import Evidence, evidence_objective
from skdeepcluster.embedded.mixture import start_mixture
from skdeepcluster.networks import MixtureNetwork
from skdeepcluster.training import (
    Player,
    Rows,
    Run,
    Stage,
    adam,
    check_clusterer,
    random_source,
)

#: Batches until Adam's moving averages are reliable.
_WARMUP = 100


@fill_docstring
@dataclass(eq=False, repr=False, kw_only=True)
class VaDE(DecoderMixin, EmbeddedClusterer):
    """Variational deep embedding: a generative model with clusters.

    A cluster is drawn from a mixture of Gaussians, a code from the Gaussian of the
    cluster, and a row from the decoder's distribution given the code. An auto-encoder
    is pretrained, k-means in its embedding gives the first mixture, and encoder,
    decoder and mixture are then trained together to maximise the evidence lower bound
    of the rows.

    :meth:`predict_proba` is the posterior of the clusters at a row's mean code,
    :meth:`score` the mean lower bound of the log-likelihood of a row, in its units,
    and :meth:`sample` draws new rows.

    Parameters
    ----------
    {n_clusters}
    {n_components}
    {hidden_layer_sizes}
    {encoder}
    init : "k-means++" or clusterer, default="k-means++"
        The clusterer whose clusters in the pretrained embedding give the weights,
        means and variances that the mixture starts from: the best of 20 k-means runs,
        or any scikit-learn clusterer with ``fit_predict``, such as
        :class:`~sklearn.mixture.GaussianMixture`, which is the published one.
    reconstruction : {"squared", "bernoulli"}, default="squared"
        Distribution of a row given its code: Gaussian noise of one variance, which is
        learned, or, for values in [0, 1] such as pixels, Bernoulli variables, as
        published for MNIST. The network then starts at random weights.
    {pretrain_with_neighbors}
    {n_neighbors}
    {pretrain_epochs}
    {corruption}
    {max_iter}
    {batch_size}
    learning_rate : float, default=1e-3
        Learning rate of Adam, which decays linearly to zero in both stages; the second
        warms up over its first 100 batches.
    {restore_best}
    {n_init}
    {image_shape}
    {augmentation}
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
    weights_ : ndarray of shape (n_clusters,)
        Weights of the clusters.
    cluster_centers_ : ndarray of shape (n_clusters, n_components)
        Their means in the embedding.
    covariances_ : ndarray of shape (n_clusters, n_components)
        Their variances in each dimension of the embedding.
    {labels_attribute}
    {fit_attributes}

    See Also
    --------
    IDEC : Sharpens its clusters instead of modelling them.
    sklearn.mixture.GaussianMixture : The mixture without a network.

    References
    ----------
    Jiang, Zheng, Tan, Tang, Zhou, "Variational deep embedding: an unsupervised and
    generative approach to clustering", IJCAI 2017.
    https://doi.org/10.24963/ijcai.2017/273

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.preprocessing import scale
    >>> from skdeepcluster import VaDE
    >>> X = scale(load_iris().data)
    >>> vade = VaDE(n_clusters=3, max_iter=20, random_state=0).fit(X)
    >>> rows, labels = vade.sample(5)
    >>> rows.shape, labels.shape
    ((5, 4), (5,))
    """

    init: Annotated[Any, StrOptions({"k-means++"}), HasMethods("fit_predict")] = (
        "k-means++"
    )
    reconstruction: Annotated[str, StrOptions({"squared", "bernoulli"})] = "squared"

    @classmethod
    def published(cls, n_clusters: int, **parameters: Any) -> Self:
        """The setting of the paper for MNIST, with pixels in [0, 1].

        Layers are pretrained together, and the learning rate falls linearly to zero.

        Parameters
        ----------
        n_clusters : int
        **parameters
            Any other parameters; they override the published values.

        Returns
        -------
        estimator : VaDE
        """
        setting = {
            "init": GaussianMixture(n_clusters, covariance_type="diag", n_init=10),
            "hidden_layer_sizes": (500, 500, 2000),
            "reconstruction": "bernoulli",
            "batch_size": 100,
            "learning_rate": 2e-3,
            "max_iter": 300,
        }
        return cls(n_clusters, **{**setting, **parameters})

    def sample(
        self, n_samples: int = 1, random_state: Any = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Draw rows from the model.

        A cluster is drawn by its weight, a code from its Gaussian, and decoded; the
        noise of single values is left out, as of pixels.

        Parameters
        ----------
        n_samples : int, default=1
        random_state : int, RandomState instance or None, default=None
            None draws other rows at each call.

        Returns
        -------
        rows : ndarray of shape (n_samples, n_features), float32
            In the units of the training rows.
        labels : ndarray of shape (n_samples,)
            The cluster that each was drawn from.
        """
        check_is_fitted(self, "module_")
        if n_samples < 1:
            raise ValueError(f"n_samples should be at least 1, got {n_samples}.")
        random = random_source(random_state)
        weights = self.weights_ / self.weights_.sum()
        labels = random.choice(len(weights), size=n_samples, p=weights)
        spread = np.sqrt(self.covariances_[labels])
        codes = random.normal(self.cluster_centers_[labels], spread)
        return self.inverse_transform(codes), labels

    def _is_bernoulli(self) -> bool:
        return self.reconstruction == "bernoulli"

    def _starts_at_components(self) -> bool:
        return super()._starts_at_components() and not self._is_bernoulli()

    def _check_fit(self, rows: Rows) -> None:
        super()._check_fit(rows)
        if hasattr(self.init, "fit_predict"):
            check_clusterer(self.init, self.n_clusters)
        given = getattr(self.encoder, "module_", None)
        if getattr(given, "one_hot", None) is not None:
            raise ValueError(
                "The Autoencoder given as encoder has feature_groups, and VaDE has no "
                "categories: fit it with feature_groups=None."
            )
        if not self._is_bernoulli():
            return
        if hasattr(self.encoder, "transform"):
            raise ValueError(
                "A fitted Autoencoder decodes to values, but reconstruction="
                "'bernoulli' needs logits: leave encoder=None, or take "
                "reconstruction='squared'."
            )
        if any(chunk.min() < 0 or chunk.max() > 1 for chunk in rows.chunks()):
            raise ValueError(
                "reconstruction='bernoulli' needs values in [0, 1]: scale X, for "
                "example with MinMaxScaler, or take reconstruction='squared'."
            )

    def _build_network(self, rows: Rows) -> MixtureNetwork:
        return MixtureNetwork(
            n_components=self._embedding_dim(rows.n_features),
            bernoulli=self._is_bernoulli(),
            **self._autoencoder(rows),
        )

    def _stages(self, network: MixtureNetwork, run: Run) -> Iterator[Stage]:
        yield from self._pretrained(network, run)
        start_mixture(network, run, self.n_clusters, self.init)
        yield Stage(
            "cluster",
            [
                Player(
                    Evidence(self._augmentation()),
                    [*network.parameters()],
                    adam(self.learning_rate),
                )
            ],
            epochs=self.max_iter,
            decay=True,
            warmup=_WARMUP,
            objective=self._objective_of_epochs(network, run, leave_as_is),
        )

    def _objective(self, network: MixtureNetwork, rows: Rows) -> float:
        return evidence_objective(network, rows)

    def _attributes(self, network: MixtureNetwork, run: Run) -> dict[str, Any]:
        log_weights, means, log_variances = network.mixture()
        return {
            **super()._attributes(network, run),
            "weights_": _array(log_weights.exp()),
            "cluster_centers_": _array(means),
            "covariances_": _array(log_variances.exp()),
        }


def leave_as_is(network: MixtureNetwork, run: Run) -> None:
    """What follows the stage: nothing."""


def _array(tensor: Tensor) -> np.ndarray:
    return tensor.detach().cpu().numpy().copy()
