"""Base class of ContrastiveClustering, IIC, PICA and DAC, which learn from pairs."""

import warnings
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Annotated, Any, ClassVar

import numpy as np
from torch import Tensor

from skdeepcluster.augment import (
    Compose,
    GaussianNoise,
    Mask,
    RandomAffine,
    Swap,
    color_images,
    digit_images,
    handwriting_images,
    sensor_windows,
)
from skdeepcluster.augment.rows import number_groups
from skdeepcluster.base.compat import HasMethods, Interval, StrOptions
from skdeepcluster.base.encoder import (
    build_encoder,
    copied_encoder,
    fitted_network,
)
from skdeepcluster.base.feature_groups import resolve_groups
from skdeepcluster.base.parameters import COUNT, POSITIVE, WEIGHT
from skdeepcluster.neighbors import warn_where_kmeans_is_better
from skdeepcluster.networks import NormalizedMLP
from skdeepcluster.pairwise.label_fit import LabelFit
from skdeepcluster.pairwise.neighbors import Neighbors
from skdeepcluster.pairwise.shaped_rows import (
    FOR_WINDOWS,
    ShapedRows,
    convolutional,
)
from skdeepcluster.training import (
    FitCallbacks,
    Loss,
    NoCheckpoint,
    Player,
    Processes,
    Rows,
    Run,
    Stage,
    check_clusterer,
    default_torch_modes,
    initial_labels,
    resolve_epochs,
)

_ENCODERS = {"mlp", "conv", "resnet18", "resnet34", "conv1d"}
_ON_ROWS = {"swap", "gaussian", "mask", "swap+gaussian"}
_ON_IMAGES = {"affine", "digits", "handwriting", "colors"}

#: Rows kept as a source of values for "swap".
_RESERVOIR = 10_000

#: Up to this many columns, swapping would often replace a whole row.
_FEW_COLUMNS = 4

#: Neighbours by default, and the rows up to which they are: all pairs are compared.
_N_NEIGHBORS = 15
_MOST_SEARCHED = 100_000

#: Default epochs on the labels of `init`, and the minimum number of batches.
_PRETRAINING = 5, 100

#: Epochs after these over which the learning rate rises: the first steps of an
#: optimiser are large, and would undo what was learned.
_WARMUP_EPOCHS = 5


@dataclass(eq=False, repr=False, kw_only=True)
class PairwiseClusterer(ShapedRows):
    """Encoders by name, augmentations of tables and images, batches of pairs."""

    encoder: Annotated[
        Any, None, StrOptions(_ENCODERS), callable, HasMethods("transform")
    ] = None
    augmentation: Annotated[
        str | Callable | None,
        None,
        StrOptions({"auto"} | _ON_ROWS | _ON_IMAGES | {"windows"}),
        callable,
    ] = "auto"
    corruption: Annotated[float, Interval(Real, 0, 1, closed="left")] = 0.3
    noise: Annotated[float, WEIGHT] = 0.3
    feature_groups: Annotated[
        Sequence[Sequence[int | str]] | None, None, "array-like"
    ] = None
    init: Annotated[
        Any, None, StrOptions({"auto", "k-means++"}), HasMethods("fit_predict")
    ] = "auto"
    pretrain_epochs: Annotated[int | None, None, COUNT] = None
    n_neighbors: Annotated[int | str | None, None, StrOptions({"auto"}), POSITIVE] = (
        "auto"
    )
    restore_best: Annotated[bool, "boolean"] = False

    _pluggable = ("encoder", "augmentation")
    _compares_rows = True
    _takes_hints = True

    #: The parameter that is the weight of the term that balances clusters.
    _balances: ClassVar[str]

    #: Its value at which sizes of clusters do not matter, and that from random weights.
    _without_balance: ClassVar[float] = 0.0
    _from_random_weights: ClassVar[float] = 1.0
    _for_images = frozenset(_ON_IMAGES | _ENCODERS - {"mlp"} - FOR_WINDOWS)

    def _check_fit(self, rows: Rows) -> None:
        super()._check_fit(rows)
        if hasattr(self.init, "fit_predict"):
            check_clusterer(self.init, self.n_clusters)
        number_groups(rows.n_features, self._groups())
        n_rows = min(self.batch_size, len(rows))
        if n_rows < 2 * self.n_clusters:
            advice = "Raise batch_size" if n_rows < len(rows) else "Lower n_clusters"
            warnings.warn(
                f"A batch of {n_rows} rows is less than 2 * n_clusters="
                f"{2 * self.n_clusters}: most clusters have fewer than two rows per "
                f"batch, so there is nothing to learn from their pairs. {advice}.",
                UserWarning,
                stacklevel=2,
            )

    def _fit(
        self,
        rows: Rows,
        task: FitCallbacks,
        checkpoint: NoCheckpoint,
        processes: Processes | None,
    ) -> dict[str, Any]:
        fitted = super()._fit(rows, task, checkpoint, processes)
        weight = self._balance(getattr(self, self._balances))
        if weight > self._without_balance:
            with default_torch_modes(rows.device):
                warn_where_kmeans_is_better(
                    rows,
                    fitted["labels_"],
                    self.n_clusters,
                    f"{self._balances}={weight:g} rewards equal sizes: lower it, down "
                    f"to {self._without_balance:g} with init='k-means++', if sizes may "
                    "differ.",
                    only_if_more_equal=True,
                )
        return fitted

    # -- encoder -------------------------------------------------------------------

    def _scaled_encoder(self, rows: Rows, *, final_relu: bool) -> dict[str, Any]:
        """Encoder and scaling, as arguments of the network.

        ``final_relu`` says whether the fully connected encoder ends with a ReLU.
        """
        n_features = rows.n_features
        width = self._embedding_dim(n_features)
        fitted = fitted_network(self.encoder, n_features, width)
        if fitted is not None:
            return copied_encoder(fitted)
        input_shape = self._row_shape()
        name = self._encoder_name()
        if not isinstance(name, str):
            encoder = build_encoder(name, n_features, width, (), input_shape)
        elif name == "mlp":
            input_shape = None
            widths = [n_features, *self.hidden_layer_sizes, width]
            encoder = NormalizedMLP(widths, final_relu)
        else:
            assert input_shape is not None
            encoder = convolutional(name, input_shape, width)
        center = rows.mean()
        return {
            "encoder": encoder,
            "center": center,
            "scale": rows.root_mean_square(center),
            "input_shape": input_shape,
        }

    # -- first labels, and neighbours ------------------------------------------------

    def _init(self) -> Any:
        """The parameter ``init``: "k-means++", a clusterer or None."""
        if isinstance(self.init, str) and self.init == "auto":
            return "k-means++" if self._row_shape() is None else None
        return self.init

    def _pretraining(
        self,
        network: Any,
        run: Run,
        augmentation: Callable | None,
        neighbors: Neighbors | None,
    ) -> Iterator[Stage]:
        """The stage on the labels of ``init``, if there are any."""
        init = self._init()
        if init is None:
            return
        averages = isinstance(self.init, str) and self.init == "auto"
        rows = neighbors.averaged() if averages and neighbors is not None else run.rows
        labels = initial_labels(
            init, rows, self.n_clusters, run.random_state, run.rows.hints
        )
        yield Stage(
            "pretrain",
            [self._player(network, LabelFit(labels, augmentation))],
            epochs=resolve_epochs(
                self.pretrain_epochs, *_PRETRAINING, n_batches=len(run.batches)
            ),
            cached=True,
        )

    @abstractmethod
    def _player(self, network: Any, loss: Loss) -> Player:
        """The player that trains the whole network on a loss."""

    def _warmup(self, run: Run) -> int:
        """Batches over which the learning rate of the second stage rises."""
        return 0 if self._init() is None else _WARMUP_EPOCHS * len(run.batches)

    def _balance(self, weight: float | str) -> float:
        """Weight of the term that balances clusters.

        Starting from random weights, clusters may vanish without the term. From the
        labels of ``init`` they do not, and the term would cut large ones.
        """
        if isinstance(weight, str):
            if self._init() is None:
                return self._from_random_weights
            return self._without_balance
        return weight

    def _n_neighbors(self, rows: Rows) -> int | None:
        """The parameter ``n_neighbors`` as a number for these rows, or None."""
        if not isinstance(self.n_neighbors, str):
            return self.n_neighbors
        searched = self._row_shape() is None and len(rows) <= _MOST_SEARCHED
        return _N_NEIGHBORS if searched else None

    def _neighbors(self, rows: Rows) -> Neighbors | None:
        """Neighbours among the rows, if they are pairs; a single row has none."""
        n_neighbors = self._n_neighbors(rows)
        if n_neighbors is None or len(rows) < 2:
            return None
        return Neighbors.among(rows, n_neighbors)

    # -- augmentation ----------------------------------------------------------------

    def _groups(self) -> tuple[tuple[int, ...], ...]:
        """The parameter ``feature_groups`` as column numbers."""
        names = list(getattr(self, "feature_names_in_", ()))
        return resolve_groups(self.feature_groups, names)

    def _augmentation(
        self, rows: Rows, random_state: np.random.RandomState
    ) -> Callable | None:
        """The parameter ``augmentation`` as a callable for these rows."""
        if self.augmentation is None or callable(self.augmentation):
            return self.augmentation
        name = self._augmentation_name(rows.n_features)
        if name in ("affine", "digits"):
            image_shape = self._image_shape()
            assert image_shape is not None
            make = RandomAffine if name == "affine" else digit_images
            return make(image_shape)
        sample = rows.sample(_RESERVOIR, random_state)
        if not sample.isfinite().all():
            raise ValueError("X contains values too large for float32 arithmetic.")
        return self._from_sample(name, sample)

    def _from_sample(self, name: str, sample: Tensor) -> Callable:
        """An augmentation that uses the values of a sample of the rows."""
        if name in _ON_IMAGES:
            image_shape = self._image_shape()
            assert image_shape is not None
            black, white = float(sample.min()), float(sample.max())
            if black == white:  # constant: no range to jitter in
                white = black + 1
            make = color_images if name == "colors" else handwriting_images
            return make(image_shape, value_range=(black, white))
        if name == "windows":
            shape = self._window_shape()
            assert shape is not None
            return sensor_windows(shape, _spread_of_channels(sample, shape))
        groups = self._groups()
        # In float64, because squares and sums may be no float32 numbers.
        scale = self.noise * sample.double().std(0, correction=0).float()
        scale[[column for group in groups for column in group]] = 0  # codes
        noise = GaussianNoise(scale)
        swap = Swap(sample, self.corruption, groups)
        augmentations: dict[str, Callable] = {
            "swap": swap,
            "gaussian": noise,
            "mask": Mask(sample.double().mean(0).float(), self.corruption, groups),
            "swap+gaussian": Compose((swap, noise)),
        }
        return augmentations[name]

    def _augmentation_name(self, n_features: int) -> str:
        """The name of the augmentation that "auto" selects."""
        assert isinstance(self.augmentation, str)
        if self.augmentation != "auto":
            return self.augmentation
        if self.window_shape is not None:
            return "windows"
        if self.image_shape is None:
            few = n_features <= _FEW_COLUMNS and not self._groups()
            return "gaussian" if few else "swap"
        return {1: "handwriting", 3: "colors"}.get(self.image_shape[0], "affine")


def _spread_of_channels(sample: Tensor, shape: tuple[int, int]) -> Tensor:
    """Standard deviation of each channel over a sample of windows."""
    windows = sample.double().reshape(len(sample), *shape)
    return windows.std((0, 2), correction=0).float()
