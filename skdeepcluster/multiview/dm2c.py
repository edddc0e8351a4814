"""DM2C: rows of different modalities, translated into one space and clustered."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Self

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted
from torch import Tensor, nn

from skdeepcluster.base.augmentation import affine_augmentation
from skdeepcluster.base.compat import StrOptions
from skdeepcluster.base.docstrings import fill_docstring
from skdeepcluster.base.input_checks import check_no_overflow
from skdeepcluster.base.parameters import COUNT, POSITIVE, POSITIVE_REAL, WEIGHT
from skdeepcluster.multiview.alignment import (
    Alignment,
    align_modalities,
    encode_modality,
)
from skdeepcluster.multiview.translation import (
    CandidateReconstruction,
    NeighborContrast,
    Translation,
    clip_weights,
)
from skdeepcluster.neighbors import NeighborGraph
from skdeepcluster.networks import LeakyMLP, Modality, TranslationNetwork
from skdeepcluster.training import (
    Loss,
    Player,
    Rows,
    Run,
    Stage,
    adam,
    initial_centers,
    renew_batch_norm,
    resolve_epochs,
    rmsprop,
)
from skdeepcluster.views.clusterer import MultiViewClusterer, set_cluster_means
from skdeepcluster.views.estimator import view_number

#: Default epochs and minimum number of batches: of the pretraining, of the rest.
_PRETRAINING = 80, 100
_TRAINING = 60, 100

#: Rows with both modalities, per cluster, that make matching unnecessary.
_ENOUGH_PAIRS = 10

#: Degrees, shift and zoom by which images are warped.
_WARP = 15, 0.05, 0.15

#: The default of torch and of the authors' code.
_RMSPROP_MEMORY = 0.99


@fill_docstring
@dataclass(eq=False, repr=False, kw_only=True)
class DM2C(MultiViewClusterer):
    """Clustering of rows that are each observed in one of several modalities.

    Deep mixed-modal clustering: each modality has an autoencoder; translators map the
    latents of one modality to those of another, and a cycle loss asks that translating
    there and back reproduces them; optional critics make translated latents look like
    real ones. All rows are translated to one modality, the hub, and clustered there.

    Nothing in that objective determines which cluster of one modality corresponds to
    which cluster of another: any one-to-one assignment of clusters satisfies it. By
    default, two steps that are **not part of the published method** are added. Encoders
    are pretrained by contrasting rows with their nearest neighbours
    (``pretrain="contrast"``), which gives clusters that can be matched; and the
    clusters of each modality are matched to those of the hub by their geometry, that
    is, their positions relative to each other (``alignment="geometry"``), which needs
    neither labels nor pairs; the means of matched clusters take the place of the
    published k-means. The critics are off, because no benefit was observed. See
    ``docs/methods/dm2c.md`` for the ablation.

    :meth:`published` gives the setting of the paper.

    A modality that a row lacks is NaN in its columns, in fit and in predict;
    :func:`~skdeepcluster.views.stack_modalities` makes such a table. Rows observed in
    several modalities show which clusters correspond, and a few per cent of them help
    more than any matching.

    Parameters
    ----------
    {n_clusters}
    {views}
    n_components : int, default=32
        Dimension of the latents of every modality. The published value is 128.
    hidden_layer_sizes : tuple of int, default=(512, 256)
        Widths of each encoder's hidden layers, with LeakyReLU and batch
        normalisation; decoders mirror them. The published widths are (1024, 256),
        for Wikipedia.
    {view_encoder}
    translator_units : tuple of int, default=(64, 64)
        Hidden widths of the translators. The published widths are
        (128, 256, 128, 256, 128).
    translator_batch_norm : bool, default=False
        Whether translators have batch normalisation. The published value is True; that
        many layers need it.
    pretrain : {"contrast", "reconstruction"}, default="contrast"
        How encoders are pretrained: with the losses of contrastive clustering on rows
        and their neighbours, or as autoencoders, as published.
    n_neighbors : int, default=10
        Number of nearest rows among which the contrastive pretraining looks for
        partners; only mutual neighbours are used.
    augmentation : "auto", "affine", callable, dict or None, default="auto"
        Random transformation of the rows in the contrastive pretraining, for all views
        or in a dict by name.
        "affine" rotates by up to 15 degrees, shifts by up to 5 % and zooms by up to
        15 % (needs ``image_shape``); "auto" is "affine" for views with an
        ``image_shape`` and None for others. A callable is ``(x, generator) -> x`` on
        the columns of the view.
    pretrain_epochs : int or None, default=None
        Number of pretraining epochs. None is 80, and at least 100 batches.
    n_encoders : int, default=3
        Number of encoders that are pretrained for each modality, with different seeds,
        if clusters have to be matched without pairs. Matching their averages is more
        reliable, and the agreement of single encoders shows whether to trust it.
    alignment : {"geometry"} or None, default="geometry"
        How clusters of the modalities are matched if pairs are few: by the geometry
        of their rows, or not at all, as published.
    unify_to : "auto", int or str, default="auto"
        The hub, to which all modalities are translated: a view by number or name.
        "auto" is the view whose clusters have the best silhouette.
    freeze_encoders : bool, default=True
        Whether the pretrained encoders are frozen, with their latents standardised,
        while the translators are trained. The published value is False.
    reconstruction_weight : float, default=1.0
        Weight of L_rec, as in the authors' code.
    cycle_weight : float, default=1.0
        Weight of L_cyc, as in the authors' code.
    cycle_reconstruction_weight : float, default=0.0
        Weight of the reconstruction of rows from latents that were translated there
        and back: not in the paper, 1 in the authors' code.
    adversarial_weight : float, default=0.0
        Weight of L_adv; 0 disables the critics. The published value is 0.5.
    alignment_weight : float, default=1.0
        Weight of the distance from translations to the mean of the matched cluster.
    pair_weight : float, default=1.0
        Weight of the distance between translated and real latents, for rows observed
        in both modalities.
    lipschitz : {"penalty", "clip"}, default="penalty"
        How the critics are kept Lipschitz: by a gradient penalty, or by clipping
        weights, as published.
    clip : float, default=0.05
        Largest weight of a critic with ``lipschitz="clip"``, as published.
    critic_interval : int, default=1
        Number of batches between steps of the critics. The published value is 5.
    max_iter : int or None, default=None
        Number of epochs of the translators. None is 60, and at least 100 batches.
    batch_size : int, default=256
        Rows per batch; each batch contains rows of every modality. The published
        value is 128.
    learning_rate : float, default=1e-3
        Learning rate of the pretraining (Adam), and of the autoencoders while
        translators are trained (RMSprop). The published value is 1e-4.
    translator_learning_rate : float, default=1e-3
        Learning rate of RMSprop for the translators. The published value is 5e-4.
    critic_learning_rate : float, default=1e-3
        Learning rate of RMSprop for the critics. The published value is 5e-5.
    n_init : int, default=1
        Number of times the whole method is run with different seeds; the run with the
        smallest ``objective_`` is kept.
    {view_image_shape_for_augmentation}
    {precision}
    {device}
    {compile}
    {distributed}
    memory : None, str or joblib.Memory, default=None
        Where to cache the networks after pretraining, so that a grid search over
        parameters of the translators pretrains only once. Ignored if ``callbacks`` are
        set. Your own code is identified by name only.
    {checkpoint}
    {callbacks}
    {on_interrupt}
    {verbose}
    {random_state}

    Attributes
    ----------
    {labels_attribute}
    cluster_centers_ : ndarray of shape (n_clusters, n_components)
        Centres in the latents of the hub: the means of the matched clusters, or those
        of k-means if no view was matched.
    unified_to_ : str
        Name of the hub.
    view_labels_ : ndarray of shape (n_samples, n_views), int16
        Clusters found in each modality alone, -1 if a row lacks it.
    matching_ : dict of str to ndarray of shape (n_clusters,)
        For each modality that was matched to the hub: the cluster of the hub (in
        ``view_labels_``) to which each of its clusters corresponds.
    matching_confidence_ : dict of str to dict
        For each of these modalities a dict with three entries. ``support``, in [0, 1]:
        for a matching by geometry, the fraction of clusters that single encoders match
        in the same way (below 0.5 a warning says not to trust it; NaN with one
        encoder); for a matching by pairs, the fraction of paired rows that it puts in
        the same cluster. ``agreement``, in [-1, 1]: the correlation of the two
        geometries. ``margin``, at least 0: by how much the matching exceeds the next
        best one in agreement and in similarity of the clusters themselves; near 0,
        another matching explains the rows as well. The last two are NaN for a matching
        by pairs.
    {views_attribute}
    module_ : nn.Module
        The trained network, in evaluation mode.
    history_ : list of dict
        One entry per epoch: stage, epoch, mean of each (weighted) term of the loss,
        their sum as loss, seconds.
    objective_ : float
        Mean squared distance of the rows to the mean of their cluster, in the columns
        of the modalities that they have, scaled so that each view has variance one:
        the fraction of the variance that the clusters leave unexplained. It does not
        depend on which clusters of two modalities are matched. ``score`` is its
        negative.
    n_iter_ : int
        Number of epochs of the translators.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, if X had string column names.

    See Also
    --------
    EAMC : For rows that have most of their views.
    skdeepcluster.views.stack_modalities : Makes one table from one per modality.

    Notes
    -----
    Matching by geometry is impossible if a modality does not show the clusters, if
    the two geometries are unrelated, or if clusters can be exchanged without changing
    the geometry. In these cases only pairs help.

    Unlike in the authors' code, decoders have no batch normalisation and end with a
    linear layer, the cycle loss has no gradient with respect to the latents that it
    starts from (they would shrink), and the critics' steps are counted across epochs.

    References
    ----------
    Jiang, Xu, Yang, Cao, Huang, "DM2C: Deep mixed-modal clustering", NeurIPS 2019.

    Examples
    --------
    >>> from skdeepcluster import DM2C
    >>> from skdeepcluster.datasets import make_mixed_modal
    >>> X, y, views = make_mixed_modal(300, random_state=0)
    >>> dm2c = DM2C(n_clusters=4, views=views, random_state=0).fit(X)
    >>> dm2c.predict(X[:1]).shape
    (1,)
    >>> dm2c.translate(X[:2], to="view1").shape
    (2, 6)
    """

    n_components: Annotated[int, POSITIVE] = 32
    hidden_layer_sizes: Annotated[Sequence[int], "array-like"] = (512, 256)
    translator_units: Annotated[Sequence[int], "array-like"] = (64, 64)
    translator_batch_norm: Annotated[bool, "boolean"] = False
    pretrain: Annotated[str, StrOptions({"contrast", "reconstruction"})] = "contrast"
    n_neighbors: Annotated[int, POSITIVE] = 10
    augmentation: Annotated[
        Any, None, StrOptions({"auto", "affine"}), callable, dict
    ] = "auto"
    pretrain_epochs: Annotated[int | None, None, COUNT] = None
    n_encoders: Annotated[int, POSITIVE] = 3
    alignment: Annotated[str | None, None, StrOptions({"geometry"})] = "geometry"
    unify_to: Annotated[int | str, COUNT, str] = "auto"
    freeze_encoders: Annotated[bool, "boolean"] = True
    reconstruction_weight: Annotated[float, WEIGHT] = 1.0
    cycle_weight: Annotated[float, WEIGHT] = 1.0
    cycle_reconstruction_weight: Annotated[float, WEIGHT] = 0.0
    adversarial_weight: Annotated[float, WEIGHT] = 0.0
    alignment_weight: Annotated[float, WEIGHT] = 1.0
    pair_weight: Annotated[float, WEIGHT] = 1.0
    lipschitz: Annotated[str, StrOptions({"penalty", "clip"})] = "penalty"
    clip: Annotated[float, POSITIVE_REAL] = 0.05
    critic_interval: Annotated[int, POSITIVE] = 1
    max_iter: Annotated[int | None, None, COUNT] = None
    translator_learning_rate: Annotated[float, POSITIVE_REAL] = 1e-3
    critic_learning_rate: Annotated[float, POSITIVE_REAL] = 1e-3

    _pluggable = ("encoder", "augmentation")
    _for_images = frozenset({"affine"})
    _one_per_row = ("labels_", "view_labels_")
    _compares_rows = True

    @classmethod
    def published(cls, n_clusters: int, **parameters: Any) -> Self:
        """The setting of the authors' code for Wikipedia.

        Parameters
        ----------
        n_clusters : int
        **parameters
            Any other parameters; they override the published values.

        Returns
        -------
        estimator : DM2C
        """
        setting = {
            "pretrain": "reconstruction",
            "pretrain_epochs": 150,
            "alignment": None,
            "pair_weight": 0,
            "freeze_encoders": False,
            "unify_to": 0,
            "cycle_reconstruction_weight": 1,
            "adversarial_weight": 0.5,
            "lipschitz": "clip",
            "critic_interval": 5,
            "n_components": 128,
            "hidden_layer_sizes": (1024, 256),
            "translator_units": (128, 256, 128, 256, 128),
            "translator_batch_norm": True,
            "max_iter": 220,
            "batch_size": 128,
            "learning_rate": 1e-4,
            "translator_learning_rate": 5e-4,
            "critic_learning_rate": 5e-5,
        }
        return cls(n_clusters, **{**setting, **parameters})

    def translate(self, X: Any, to: int | str) -> np.ndarray:
        """Translate rows to one of the modalities.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        to : int or str
            Number or name of the view.

        Returns
        -------
        rows : ndarray of shape (n_samples, n_columns of the view), float32
            In the units of the training rows: translated from the other modalities
            of a row and decoded; reconstructed, for rows that have only this one.

        Raises
        ------
        ValueError
            If there is no such view, or if a value is too large for float32.
        """
        check_is_fitted(self, "module_")
        number = view_number("to", to, list(self.views_))
        table = torch.from_numpy(self._map(X, "translate", number))
        columns = self.views_[list(self.views_)[number]]
        translated = self._fitted_limits(table.device).restore(table, columns)
        check_no_overflow(translated)
        return translated.numpy()

    # -- checks ------------------------------------------------------------------------

    def _check_fit(self, rows: Rows) -> None:
        super()._check_fit(rows)
        if self.unify_to != "auto":
            self._view_number("unify_to")
        self._augmentations()  # raises if they are invalid

    def _check_counts(self, n_observed: dict[str, int], n_samples: int) -> None:
        super()._check_counts(n_observed, n_samples)
        for name, n in n_observed.items():
            if n < 2:
                raise ValueError(
                    f"View {name!r} is observed in a single row, not enough to train "
                    "an encoder. Leave the view or the row out."
                )
            if len(n_observed) > 1 and n < 2 * self.n_clusters:
                warnings.warn(
                    f"View {name!r} is observed in {n} rows, fewer than 2 * n_clusters"
                    f"={2 * self.n_clusters}: do not rely on its clusters.",
                    UserWarning,
                    stacklevel=2,
                )

    # -- network -----------------------------------------------------------------------

    def _build_network(self, rows: Rows) -> TranslationNetwork:
        n_candidates = self.n_encoders if self._needs_matching(rows) else 1
        candidates = [
            [self._modality(*view) for _ in range(n_candidates)]
            for view in zip(
                self.views_,
                self._per_view("encoder"),
                [len(columns) for columns in self.views_.values()],
                self._image_shapes(),
                strict=True,
            )
        ]
        return TranslationNetwork(
            self._view_input(rows),
            candidates,
            self.n_components,
            self.n_clusters,
            self.translator_units,
            self.translator_batch_norm,
        )

    def _needs_matching(self, rows: Rows) -> bool:
        """Whether some modalities have too few rows in common."""
        enough = self._enough_pairs()
        if enough is None:
            return False
        observed = _observed(rows).float()
        in_both = observed.T @ observed
        return len(in_both) > 1 and bool((in_both < enough).any())

    def _enough_pairs(self) -> float | None:
        """Number of paired rows that need no matching; None if matching is off."""
        if self.alignment is None or self.n_clusters == 1:
            return None
        return _ENOUGH_PAIRS * self.n_clusters if self.pair_weight else np.inf

    def _modality(
        self, name: str, given: Any, n_features: int, shape: tuple[int, ...] | None
    ) -> Modality:
        width, hidden = self.n_components, self.hidden_layer_sizes
        if given is None:
            encoder: nn.Module = LeakyMLP([n_features, *hidden, width], normalize=True)
            shape = None  # the fully connected encoder takes images flat
        else:
            encoder = self._users_encoder(name, given, n_features, shape)
        decoder = LeakyMLP([width, *reversed(hidden), n_features])
        return Modality(encoder, decoder, shape, width, self.n_clusters)

    # -- recipe ------------------------------------------------------------------------

    def _strata(self, rows: Rows) -> np.ndarray | None:
        observed = _observed(rows).cpu().numpy()
        if observed.all():
            return None
        return np.unique(observed, axis=0, return_inverse=True)[1].ravel()

    def _stages(self, network: TranslationNetwork, run: Run) -> Iterator[Stage]:
        yield self._pretraining(network, run)
        renew_batch_norm(network, run)
        hub = None if self.unify_to == "auto" else self._view_number("unify_to")
        alignment = align_modalities(network, run, hub, self._enough_pairs())
        yield self._translation(network, run, alignment)
        network.critics = None
        renew_batch_norm(network, run)
        network.centers.copy_(self._centers(run, alignment.joint_labels()))
        set_cluster_means(network, run.rows)
        run.fitted_attributes = alignment.fitted_attributes(network.views.names)

    def _centers(self, run: Run, labels: np.ndarray | None) -> Tensor:
        """Means of the matched clusters, or k-means where there are not as many."""
        z = run.embed()
        if labels is None or len(np.unique(labels[labels >= 0])) < self.n_clusters:
            found = initial_centers("k-means++", z, self.n_clusters, run.random_state)
            return torch.from_numpy(found)
        own = torch.from_numpy(labels).to(z.device)
        return torch.stack([z[own == c].mean(0) for c in range(self.n_clusters)])

    def _pretraining(self, network: TranslationNetwork, run: Run) -> Stage:
        loss: Loss = CandidateReconstruction()
        if self.pretrain == "contrast":
            graphs = [
                self._graph(network, run, view, has)
                for view, has in enumerate(_observed(run.rows).T)
            ]
            loss = NeighborContrast(run.rows, graphs, self._augmentations())
        player = Player(
            loss, [*network.candidates.parameters()], adam(self.learning_rate)
        )
        epochs = resolve_epochs(
            self.pretrain_epochs, *_PRETRAINING, n_batches=len(run.batches)
        )
        return Stage("pretrain", [player], epochs, cached=True, assigns=False)

    def _graph(
        self, network: TranslationNetwork, run: Run, view: int, has: Tensor
    ) -> NeighborGraph:
        """Mutual neighbours among the rows that have a view."""
        table = run.rows.map(lambda x: network.views(x)[0][view])
        found = NeighborGraph.of_table(table[has], self.n_neighbors, min_partners=0)
        return found.among(has)

    def _augmentations(self) -> list[Callable | None]:
        """The parameter ``augmentation`` as a callable for each view."""
        return [
            affine_augmentation(augmentation, shape, *_WARP)
            for augmentation, shape in zip(
                self._per_view("augmentation"), self._image_shapes(), strict=True
            )
        ]

    def _translation(
        self, network: TranslationNetwork, run: Run, alignment: Alignment
    ) -> Stage:
        latents = self._latents(network, run)
        loss = Translation(
            {
                "reconstruction": self.reconstruction_weight,
                "cycle": self.cycle_weight,
                "cycle_reconstruction": self.cycle_reconstruction_weight,
                "adversarial": self.adversarial_weight,
                "alignment": self.alignment_weight,
                "pairs": self.pair_weight,
            },
            latents if self.freeze_encoders else None,
            alignment.targets(latents, self.n_clusters),
            self.lipschitz == "penalty",
        )
        players = [self._generator(network, loss)]
        if self.adversarial_weight and network.others:
            players.append(self._critics(network, loss))
        epochs = resolve_epochs(self.max_iter, *_TRAINING, n_batches=len(run.batches))
        return Stage("translate", players, epochs, assigns=False, extendable=True)

    @torch.no_grad()
    def _latents(self, network: TranslationNetwork, run: Run) -> list[Tensor]:
        """Latents of all rows, zeros for missing views."""
        latents = []
        for view, has in enumerate(_observed(run.rows).T):
            modality = network.modality(view)
            if self.freeze_encoders:
                z = encode_modality(network, modality, view, run.rows)
                modality.standardise(z[has])
            z = encode_modality(network, modality, view, run.rows)
            latents.append(z * has[:, None])
        return latents

    def _generator(self, network: TranslationNetwork, loss: Translation) -> Player:
        """Decoders and translators, and encoders unless they are frozen."""
        modalities = [network.modality(v) for v in range(len(network.modalities))]
        autoencoders = [p for m in modalities for p in m.decoder.parameters()]
        if not self.freeze_encoders:
            autoencoders += [p for m in modalities for p in m.encoder.parameters()]
        translators = [*network.to_hub.parameters(), *network.from_hub.parameters()]
        return Player(
            loss.generator_loss,
            [*autoencoders, *translators],
            rmsprop(self.learning_rate, _RMSPROP_MEMORY),
            learning_rates=[(translators, self.translator_learning_rate)],
        )

    def _critics(self, network: TranslationNetwork, loss: Translation) -> Player:
        critics = network.critics
        assert critics is not None
        clip = partial(clip_weights, critics, self.clip)
        return Player(
            loss.critic_loss,
            [*critics.parameters()],
            rmsprop(self.critic_learning_rate, _RMSPROP_MEMORY),
            every=self.critic_interval,
            after_step=clip if self.lipschitz == "clip" else None,
            compiles=self.lipschitz == "clip",
        )

    def _attributes(self, network: TranslationNetwork, run: Run) -> dict[str, Any]:
        centers = network.centers.cpu().numpy().copy()
        return {**super()._attributes(network, run), "cluster_centers_": centers}


def _observed(rows: Rows) -> Tensor:
    """Which rows have which view."""
    assert rows.observed is not None
    return rows.observed
