"""DEC and IDEC: an embedding trained to sharpen its own clusters."""

import math
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Self

import numpy as np
from sklearn.utils.validation import check_array
from torch import Tensor

from skdeepcluster.augment import apply_augmentation
from skdeepcluster.base.compat import HasMethods, StrOptions
from skdeepcluster.base.docstrings import fill_docstring
from skdeepcluster.base.parameters import POSITIVE, WEIGHT
from skdeepcluster.embedded.base import EmbeddedClusterer
from skdeepcluster.embedded.base_autoencoder import DecoderMixin
from skdeepcluster.embedded.mixed import MixedColumns
from skdeepcluster.embedded.reconstruction import (
    Reconstruction,
    reconstruction_objective,
)
from skdeepcluster.embedded.self_training import SelfTraining, assignment_divergence
from skdeepcluster.networks import EmbeddedClusteringNetwork
from skdeepcluster.training import (
    Batch,
    Player,
    Rows,
    Run,
    Stage,
    adam,
    check_clusterer,
    initial_centers,
    reseed_empty_clusters,
)

#: Batches until Adam's moving averages are reliable. Full steps before that damage the
#: pretrained network: on digits the reconstruction error jumps from .03 to .16.
_WARMUP = 100

#: The setting of the Keras code of IDEC's author.
_PUBLISHED = {"hidden_layer_sizes": (500, 500, 2000), "pretrain_epochs": 300}


@dataclass(eq=False, repr=False, kw_only=True)
class EmbeddedClustering(EmbeddedClusterer):
    """Base class of DEC and its relatives: pretraining, centres, self-training."""

    init: Annotated[
        Any, StrOptions({"k-means++"}), HasMethods("fit_predict"), "array-like"
    ] = "k-means++"
    update_interval: Annotated[int | None, None, POSITIVE] = None
    tol: Annotated[float, WEIGHT] = 1e-3

    def _check_fit(self, rows: Rows) -> None:
        super()._check_fit(rows)
        if isinstance(self.init, str):
            return
        if hasattr(self.init, "fit_predict"):
            check_clusterer(self.init, self.n_clusters)
            return
        shape = (self.n_clusters, self._embedding_dim(rows.n_features))
        with np.errstate(all="ignore"):  # check_array reports infinities
            centers = check_array(self.init, dtype=np.float32, input_name="init")
        if centers.shape != shape:
            raise ValueError(
                f"init has shape {np.shape(self.init)}; expected (n_clusters, "
                f"n_components) = {shape}: centres are points in the embedding."
            )

    def _build_network(self, rows: Rows) -> EmbeddedClusteringNetwork:
        return EmbeddedClusteringNetwork(**self._autoencoder(rows))

    def _stages(self, network: EmbeddedClusteringNetwork, run: Run) -> Iterator[Stage]:
        yield from self._pretrained(network, run)
        network.set_centers(
            initial_centers(
                self.init,
                run.embed(),
                self.n_clusters,
                run.random_state,
                run.rows.hints,
            )
        )
        interval = self.update_interval or self._half_epoch(len(run.rows))
        training = self._self_training(network, run, interval)
        yield Stage(
            "cluster",
            [Player(training.loss, [*network.parameters()], adam(self.learning_rate))],
            # With one cluster there is nothing to train.
            epochs=self.max_iter if self.n_clusters > 1 else 0,
            refresh=training.refresh,
            refresh_interval=interval,
            warmup=_WARMUP,
            objective=self._objective_of_epochs(network, run, _reseed),
            state=training,
            extendable=True,
        )
        if not run.restored_best:
            _reseed(network, run)

    @abstractmethod
    def _self_training(
        self, network: EmbeddedClusteringNetwork, run: Run, interval: int
    ) -> SelfTraining:
        """The clustering stage of the method."""

    def _half_epoch(self, n_samples: int) -> int:
        """The default ``update_interval``, in batches."""
        return max(1, round(math.ceil(n_samples / self.batch_size) / 2))

    def _attributes(
        self, network: EmbeddedClusteringNetwork, run: Run
    ) -> dict[str, Any]:
        centers = network.centers.detach().cpu().numpy().copy()
        return {**super()._attributes(network, run), "cluster_centers_": centers}


def _reseed(network: EmbeddedClusteringNetwork, run: Run) -> None:
    """Re-seed clusters that have become empty in the last steps."""
    reseed_empty_clusters(network, run.embed())


@fill_docstring
@dataclass(eq=False, repr=False, kw_only=True)
class DEC(EmbeddedClustering):
    """Deep embedded clustering.

    An auto-encoder is pretrained, k-means places centres in its embedding, and
    encoder and centres are then trained to bring the soft assignments Q closer to
    a sharpened version P of themselves, by minimising KL(P || Q). The decoder is
    dropped after pretraining; :class:`IDEC` keeps it and is usually the safer choice.

    Parameters
    ----------
    {n_clusters}
    {n_components}
    {hidden_layer_sizes}
    {encoder}
    {init}
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
    IDEC : Keeps the reconstruction in the objective.

    References
    ----------
    Xie, Girshick, Farhadi, "Unsupervised deep embedding for clustering analysis",
    ICML 2016.
    https://arxiv.org/abs/1511.06335

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.preprocessing import scale
    >>> from skdeepcluster import DEC
    >>> X, _ = load_iris(return_X_y=True)
    >>> dec = DEC(n_clusters=3, hidden_layer_sizes=(64,), random_state=0)
    >>> dec.fit_predict(scale(X)).shape
    (150,)
    """

    @classmethod
    def published(cls, n_clusters: int, **parameters: Any) -> Self:
        """The setting of the Keras code of IDEC's author: 300 epochs of pretraining.

        The paper pretrains layers one by one on corrupted rows, for 50 000 batches
        each, which are 183 epochs of MNIST: ``pretrain="layerwise", corruption=0.2,
        pretrain_epochs=183``. Both use stochastic gradient descent; this implementation
        uses Adam.

        Parameters
        ----------
        n_clusters : int
        **parameters
            Any other parameters; they override the published values.

        Returns
        -------
        estimator : DEC
        """
        return cls(n_clusters, **{**_PUBLISHED, **parameters})

    def _self_training(
        self, network: EmbeddedClusteringNetwork, run: Run, interval: int
    ) -> SelfTraining:
        network.decoder = None  # no longer trained from here on
        augmentation = self._augmentation()

        def embed(
            network: EmbeddedClusteringNetwork, batch: Batch
        ) -> tuple[Tensor, dict[str, Tensor]]:
            return network.encode(
                apply_augmentation(augmentation, batch.x, batch.generator)
            ), {}

        return SelfTraining(network, run, 1.0, self.tol, interval, embed)

    def _objective(self, network: EmbeddedClusteringNetwork, rows: Rows) -> float:
        return assignment_divergence(network, rows)


@fill_docstring
@dataclass(eq=False, repr=False, kw_only=True)
class IDEC(DecoderMixin, MixedColumns, EmbeddedClustering):
    """Improved deep embedded clustering.

    Like :class:`DEC`, but the decoder is kept and the reconstruction error remains in
    the objective, L = L_r + gamma * L_c, so that the embedding keeps the local
    structure of the data while its clusters sharpen.

    Parameters
    ----------
    {n_clusters}
    {n_components}
    {hidden_layer_sizes}
    {encoder}
    {init}
    gamma : float, default=0.1
        Weight of the clustering loss, as published.
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
    DEC : Without the reconstruction.
    DSSEC : On a sparse auto-encoder.

    References
    ----------
    Guo, Gao, Liu, Yin, "Improved deep embedded clustering with local structure
    preservation", IJCAI 2017.
    https://doi.org/10.24963/ijcai.2017/243

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skdeepcluster import IDEC
    >>> X, _ = load_iris(return_X_y=True)
    >>> idec = IDEC(n_clusters=3, hidden_layer_sizes=(64,), random_state=0)
    >>> pipe = make_pipeline(StandardScaler(), idec)
    >>> pipe.fit_predict(X).shape
    (150,)
    """

    gamma: Annotated[float, WEIGHT] = 0.1

    @classmethod
    def published(cls, n_clusters: int, **parameters: Any) -> Self:
        """The setting of the Keras code of the author: 300 epochs of pretraining.

        It uses stochastic gradient descent; this implementation uses Adam.

        Parameters
        ----------
        n_clusters : int
        **parameters
            Any other parameters; they override the published values.

        Returns
        -------
        estimator : IDEC
        """
        return cls(n_clusters, **{**_PUBLISHED, **parameters})

    def _self_training(
        self, network: EmbeddedClusteringNetwork, run: Run, interval: int
    ) -> SelfTraining:
        loss = Reconstruction(self._augmentation(), sparsity=self._sparsity())
        embed = loss.with_embedding
        return SelfTraining(network, run, self.gamma, self.tol, interval, embed)

    def _objective(self, network: EmbeddedClusteringNetwork, rows: Rows) -> float:
        reconstruction = reconstruction_objective(network, rows, self._sparsity())
        return reconstruction + self.gamma * assignment_divergence(network, rows)
