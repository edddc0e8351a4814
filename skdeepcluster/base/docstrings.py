"""Parameters that several estimators share, described once."""

import inspect
import re
from typing import TypeVar

_T = TypeVar("_T", bound=type)

_SHARED = {
    "n_clusters": """
n_clusters : int, default=8
    Number of clusters.
""",
    "n_components": """
n_components : int, default=10
    Dimension of the embedding, as published for DEC. It is capped at the number
    of features, because a wider embedding could copy its input.
""",
    "hidden_layer_sizes": """
hidden_layer_sizes : "auto" or tuple of int, default="auto"
    Widths of the encoder's hidden layers; the decoder mirrors them. "auto" starts
    encoder and decoder at the principal components of the table, with a hidden layer
    of 256 units beside them whose output is zero at first. For images, layer-wise
    pretraining and the decoder of another ``encoder`` it is (500, 500, 2000), as
    published for DEC.
""",
    "encoder": """
encoder : None, nn.Module, callable or Autoencoder, default=None
    An encoder to use instead of the fully connected one. A module is copied, never
    modified. A callable ``(n_features, n_components)`` returns a module. The module
    takes batches of rows, or of images if ``image_shape`` is set, and returns
    ``n_components`` values per row. A fitted :class:`Autoencoder` contributes its
    weights; a clusterer then skips its pretraining. Where estimators are cloned,
    as in a grid search, wrap it in :class:`sklearn.frozen.FrozenEstimator`.
""",
    "init": """
init : "k-means++", clusterer or array of shape (n_clusters, n_components), \
default="k-means++"
    Initial centres in the pretrained embedding: the best of 20 k-means runs, as
    published; the clusters found by any scikit-learn clusterer with
    ``fit_predict``; or the given points in the embedding.
""",
    "pretrain": """
pretrain : {"end-to-end", "layerwise"}, default="end-to-end"
    Whether the auto-encoder is trained as a whole, or first one layer at a time,
    each on the codes of the layers below, and then as a whole (the stacked
    auto-encoder of the DEC paper). A sparsity penalty applies only when the
    auto-encoder is trained as a whole.
""",
    "pretrain_with_neighbors": """
pretrain : {"end-to-end", "layerwise", "neighbors"}, default="end-to-end"
    Whether the auto-encoder is trained as a whole, or first one layer at a time,
    each on the codes of the layers below, and then as a whole (the stacked
    auto-encoder of the DEC paper). A sparsity penalty applies only when the
    auto-encoder is trained as a whole. "neighbors" also brings rows next to their
    nearest neighbours, as in :class:`NeighborClustering`; it has two hidden layers of
    512 units unless ``hidden_layer_sizes`` are given, and twice the ``learning_rate``.
""",
    "n_neighbors": """
n_neighbors : int, default=15
    Nearest rows that ``pretrain="neighbors"`` brings next to each other: mutual ones,
    and the nearest where a row has fewer than 5 of these.
""",
    "pretrain_epochs": """
pretrain_epochs : int or None, default=None
    Number of pretraining epochs, also for each layer in layer-wise pretraining. 0
    skips pretraining. None is 20 (and at most 5000 batches) where training starts at
    the principal components, 1 where these are complete (``n_components`` is not below
    the number of features, and there are no ``feature_groups``), 6 n^(2/3) batches (at
    most 10 000) for ``pretrain="neighbors"`` with n rows, and 100 otherwise;
    re-implementations of DEC use 50 to 300, depending on the data set.
""",
    "corruption": """
corruption : float, default=0.0
    Fraction of input values dropped during pretraining, in [0, 1). The DEC
    paper uses 0.2 with layer-wise pretraining; the whole stack is then
    fine-tuned without corruption.
""",
    "max_iter": """
max_iter : int, default=100
    Maximum number of epochs of the clustering stage; the 20 000 batches used by
    IDEC's authors are 73 epochs of MNIST. 0 keeps the initial centres, which amounts
    to an auto-encoder followed by k-means.
""",
    "update_interval": """
update_interval : int or None, default=None
    Number of batches between updates of the target distribution. None updates it
    about twice per epoch, the published interval for MNIST.
""",
    "tol": """
tol : float, default=1e-3
    The clustering stage ends when the fraction of rows whose label changed between
    two updates of the target, at least 30 batches apart, falls strictly below
    ``tol``. With up to ``1 / tol`` rows, this means that no label changed.
""",
    "batch_size": """
batch_size : int, default=256
    Rows per batch, as published for DEC.
""",
    "learning_rate": """
learning_rate : float, default=1e-3
    Learning rate of Adam, as published for IDEC on MNIST. In pretraining it decays
    linearly to zero, which gives a better reconstruction in the same time; in the
    clustering stage it warms up to this value over the first 100 batches.
""",
    "restore_best": """
restore_best : bool, default=False
    Whether the last stage ends with the weights of the epoch with the smallest
    objective on all rows, rather than with those of its last epoch. The objective is
    then measured after every epoch and recorded in ``history_`` as ``objective``.
""",
    "n_init": """
n_init : int, default=1
    Number of times the whole method is run with different seeds; the run with the
    smallest ``objective_`` is kept.
""",
    "image_shape": """
image_shape : tuple (channels, height, width) or None, default=None
    The shape of the image that each row holds, flattened in this order.
""",
    "window_shape": """
window_shape : tuple (channels, length) or None, default=None
    The shape of the window of several series that each row holds, one channel after
    the other.
""",
    "augmentation": """
augmentation : "auto", "affine", callable or None, default="auto"
    Random transformation of the rows of a batch in every stage; targets and
    predictions come from the original rows. "affine" rotates by up to 10 degrees,
    shifts by up to 10 % and zooms by up to 10 % (needs ``image_shape``); "auto" is
    "affine" if ``image_shape`` is set and None otherwise; a callable is
    ``(x, generator) -> x`` on tensors of shape (n_rows, n_features), for example
    from :mod:`skdeepcluster.augment`.
""",
    "precision": """
precision : {"auto", "float32", "bfloat16"}, default="auto"
    Precision of matrix products in training. "auto" is bfloat16 if the
    processor or the GPU has instructions for it, else float32. Losses, centres and all
    predictions are computed in float32.
""",
    "device": """
device : str or torch.device, default="auto"
    "auto" is the GPU if there is one, else the CPU.
""",
    "compile": """
compile : bool, default=False
    Whether to train through :func:`torch.compile`, which needs a C++ compiler and
    takes seconds to minutes before the first batch. It changes the last digits of
    results. Predictions are not compiled.
""",
    "distributed": """
distributed : "auto", "sharded" or False, default="auto"
    Whether processes that torch's launchers have started, or that share an initialised
    process group, train one network together; see :doc:`/guide/large_data`. All of
    them have the same rows ("auto"), or each has rows of its own ("sharded").
    ``compile`` cannot be set then, and ``memory`` is not used.
""",
    "memory": """
memory : None, str, path or joblib.Memory, default=None
    Where to cache the pretrained network, so that a grid search over parameters of
    the clustering stage pretrains only once. Ignored if ``callbacks`` are set.
    Your own code is identified by name only: clear the cache after
    editing an encoder or an augmentation. Entries are read as pickles, so trust the
    folder like code.
""",
    "checkpoint": """
checkpoint : None, str or path, default=None
    A folder in which the fit is saved while it runs: at the end of each stage, and of
    epochs as long as that takes less than a twentieth of the time. If it is
    interrupted, the same call on the same rows goes on from there, with results that
    are equal bit for bit. A finished fit goes on if ``max_iter`` becomes larger, where
    its schedules do not depend on that. Needs safetensors.
""",
    "on_interrupt": """
on_interrupt : {"raise", "keep"}, default="raise"
    What Ctrl-C does while a stage is trained: "raise" ends the fit and leaves the
    estimator as it was; "keep" fits it with what was trained, with a warning, and
    without the stages that would follow. With ``checkpoint``, unsaved epochs are saved
    first, at the end of the one it is in, and the next fit goes on from there.
""",
    "callbacks": """
callbacks : list of skorch callbacks or None, default=None
    Passed to every stage, which initialises them again. Monitor ``train_loss``:
    there is no validation loss, and the terms of the loss differ between stages.
""",
    "verbose": """
verbose : int, default=0
    1 shows the current stage with its epoch, loss and time left on a terminal or in a
    notebook, and prints one line per stage elsewhere; 2 prints one line per epoch.
""",
    "random_state": """
random_state : int, RandomState instance or None, default=None
    Determines the initial weights, the order of rows, noise and the initial
    centres. The global generators of torch, NumPy and Python are not touched.
""",
    "sparsity": """
sparsity : {"kl", "l1"}, default="kl"
    Penalty on activations: KL divergence of ``rho`` from each unit's mean
    activation (mapped to [0, 1) by tanh), or mean absolute activation.
""",
    "rho": """
rho : float, default=0.05
    Target mean activation of the KL penalty, in (0, 1).
""",
    "beta": """
beta : float, default=0.01
    Weight of the sparsity penalty, which is a mean over the units of a layer and
    a sum over layers.
""",
    "sparse_layers": """
sparse_layers : {"hidden", "embedding", "all"}, default="hidden"
    The encoder's layers that are penalised.
""",
    "pair_encoder": """
encoder : {"mlp", "conv", "resnet18", "resnet34", "conv1d"}, nn.Module, callable, \
Autoencoder or None, default=None
    The encoder. None is "mlp", or "conv" if ``image_shape`` is set: the
    all-convolutional networks of DAC, chosen by the size of the image; or "conv1d",
    convolutions over time, if ``window_shape`` is set. A module is copied, never
    modified. A callable ``(n_features, n_components)`` returns a module. The module
    takes batches of rows, or of images or windows if their shape is set, and returns
    ``n_components`` values per row. A fitted :class:`Autoencoder`
    contributes its weights.
""",
    "pair_init": """
init : {"auto", "k-means++"}, clusterer or None, default="auto"
    The clusterer whose labels the network is first trained on: k-means, any
    scikit-learn clusterer with ``fit_predict``, or none (None, as published).
    "auto" is k-means for tables, on rows that were averaged with their neighbours five
    times (if there are ``n_neighbors``), and None for images and windows.
pretrain_epochs : int or None, default=None
    Number of epochs of that training. None is 5, and at least 100 batches.
""",
    "pair_augmentation": """
augmentation : str, callable or None, default="auto"
    Random transformation of the rows of a batch. For tables: "swap" (values of the
    same column from other rows), "gaussian", "mask" (column means) and
    "swap+gaussian"; for images: "digits" (rotation, shift, zoom, mild crop),
    "handwriting" (also slant, brightness and contrast), "colors" (crop, flip, colour
    jitter, grayscale) and "affine". "auto" is "swap" for tables, but "gaussian" for
    up to four columns without groups, and nothing where
    :class:`ContrastiveClustering` has neighbours for copies; for images it is "colors"
    with three channels, "handwriting" with one and "affine" otherwise. For windows:
    "windows" (shift in time, strength of each channel, noise), which is "auto". A
    callable is ``(x, generator) -> x`` on tensors of shape (n_rows, n_features), for
    example from :mod:`skdeepcluster.augment`; it may modify the tensor in place.
""",
    "corruption_of_pairs": """
corruption : float, default=0.3
    Fraction of values that "swap" and "mask" replace, in [0, 1).
""",
    "noise": """
noise : float, default=0.3
    Standard deviation of "gaussian", as a multiple of that of each column.
""",
    "feature_groups": """
feature_groups : list of lists of int or str, or None, default=None
    Columns, by number or by name, that "swap" and "mask" replace together, such as
    those of a one-hot encoding. "gaussian" leaves them unchanged.
""",
    "one_hot_groups": """
feature_groups : list of lists of int or str, or None, default=None
    Columns, by number or by name, of the one-hot code of each category, such as
    :func:`~skdeepcluster.compose.one_hot_groups` finds. Their error is cross-entropy in
    place of the squared error, weighted as in a likelihood in which the other columns
    are normal with the mean of their variances; they are decoded to probabilities. Each
    category has a column; a group of one column is a number. A fitted
    :class:`Autoencoder` given as ``encoder`` brings its own.
""",
    "views": """
views : int, "prefix", list or dict, default=2
    Which columns form which view. An int splits the columns into that many blocks of
    nearly equal width. A list holds the width of each block, or for each view a
    slice, column numbers, a boolean mask or column names; a dict maps the name of
    each view to one of these. "prefix" takes the part of each column's name before
    ``__``, as written by :class:`~sklearn.compose.ColumnTransformer` with
    ``set_output``. Columns in no view are ignored, but must be numeric too.
""",
    "view_encoder": """
encoder : nn.Module, callable, dict or None, default=None
    An encoder for each view to use instead of the fully connected one, or a dict from
    names of views to encoders. A module is copied, never modified. A callable
    ``(n_features, n_components)`` returns a module. The module takes batches of the
    view's columns, or of images if the view has an ``image_shape``.
""",
    "view_image_shape": """
image_shape : tuple (channels, height, width), dict or None, default=None
    The shape of the flattened images that the columns of each view hold, or a dict
    from names of single views to shapes. Their encoder is then convolutional.
""",
    "view_image_shape_for_augmentation": """
image_shape : tuple (channels, height, width), dict or None, default=None
    The shape of the flattened images that the columns of each view hold, or a dict
    from names of single views to shapes. Images are warped in the contrastive loss
    and passed to ``encoder`` in this shape. The fully connected encoder takes them
    flat.
""",
    "views_attribute": """
views_ : dict of str to ndarray of int
    Columns of each view. Views that were not named are ``view0``, ``view1``, ...
""",
    "labels_attribute": """
labels_ : ndarray of shape (n_samples,)
    Cluster of each training row; the same as ``predict`` of these rows.
embedding_sample_ : ndarray of shape (n_kept, n_components), float32
    Embeddings of up to 2000 training rows, for ``outlier_score``.
outlier_unit_ : float
    The distance in the embedding at which ``outlier_score`` is 1.
""",
    "centers_attribute": """
cluster_centers_ : ndarray of shape (n_clusters, n_components)
    Centres in the embedding.
""",
    "fit_attributes": """
module_ : nn.Module
    The trained network, in evaluation mode.
history_ : list of dict
    One entry per epoch: stage, epoch, mean of each (weighted) term of the loss,
    their sum as loss, seconds.
objective_ : float
    The objective on all training rows; ``score`` is its negative.
n_iter_ : int
    Number of epochs of the last stage, 0 if it was skipped.
n_features_in_ : int
    Number of features seen in fit.
feature_names_in_ : ndarray of shape (n_features,)
    Names of the features, if X had string column names.
""",
}


def fill_docstring(cls: _T) -> _T:
    """Replace lines ``{name}`` of the docstring with the shared description."""

    def shared(match: re.Match) -> str:
        return _SHARED[match[1]].strip()

    doc = inspect.cleandoc(cls.__doc__ or "")
    cls.__doc__ = re.sub(r"^\{(\w+)\}$", shared, doc, flags=re.MULTILINE)
    return cls
