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
hidden_layer_sizes : tuple of int, default=(500, 500, 2000)
    Widths of the encoder's hidden layers, as published for DEC; the decoder
    mirrors them.
""",
    "encoder": """
encoder : None, nn.Module, callable or Autoencoder, default=None
    The encoder in place of the fully connected one. A module is copied, never
    changed. A callable ``(n_features, n_components)`` returns a module. A module
    takes batches of rows, or of images where ``image_shape`` is set, and gives
    ``n_components`` values per row. A fitted :class:`Autoencoder` brings its
    weights; a clusterer then skips its pretraining. Inside a grid search or any
    other place that clones, wrap it in :class:`sklearn.frozen.FrozenEstimator`.
""",
    "init": """
init : "k-means++", clusterer or array of shape (n_clusters, n_components), \
default="k-means++"
    Where the centres start in the pretrained embedding: the best of 20 k-means
    runs, as published; the clusters found by any scikit-learn clusterer with
    ``fit_predict``; or given points of the embedding.
""",
    "pretrain": """
pretrain : {"end-to-end", "layerwise"}, default="end-to-end"
    Whether the auto-encoder is trained as a whole, or first one layer at a time,
    each on the codes of the layers below, and then as a whole (the stacked
    auto-encoder of the DEC paper). A penalty on activations enters with the whole.
""",
    "pretrain_epochs": """
pretrain_epochs : int, default=100
    Epochs of pretraining, of each layer too. 0 skips it. Re-implementations of DEC
    take 50 to 300, by data set.
""",
    "corruption": """
corruption : float, default=0.0
    Share of values dropped from the input in pretraining, in [0, 1). The DEC
    paper uses 0.2 with layer-wise pretraining; the whole stack is then
    fine-tuned without corruption.
""",
    "max_iter": """
max_iter : int, default=100
    Largest number of epochs of the clustering stage; the 20 000 batches of IDEC's
    authors are 73 of MNIST. 0 keeps the starting centres, which is auto-encoder
    plus k-means.
""",
    "update_interval": """
update_interval : int or None, default=None
    Batches between two updates of the target distribution. None is about twice
    an epoch, the published interval for MNIST.
""",
    "tol": """
tol : float, default=1e-3
    The clustering stage ends when the share of rows that changed label between
    two updates of the target, at least 30 batches apart, falls strictly below
    ``tol``. With up to ``1 / tol`` rows that means no change at all.
""",
    "batch_size": """
batch_size : int, default=256
    Rows per batch, as published for DEC.
""",
    "learning_rate": """
learning_rate : float, default=1e-3
    Learning rate of Adam, as published for IDEC on MNIST. In pretraining it falls
    linearly to zero, which reconstructs better in the same time; in the clustering
    stage it rises to this value over the first 100 batches.
""",
    "restore_best": """
restore_best : bool, default=False
    Whether the last stage ends with the weights of the epoch in which the objective
    on all rows was smallest, rather than with those of its last epoch. It is then
    measured after every epoch, and is in ``history_`` as ``objective``.
""",
    "n_init": """
n_init : int, default=1
    Times the whole recipe is run from other seeds; the run with the smallest
    ``objective_`` is kept.
""",
    "image_shape": """
image_shape : tuple (channels, height, width) or None, default=None
    Says that each row is an image, flattened in this order.
""",
    "augmentation": """
augmentation : "auto", "affine", callable or None, default="auto"
    Random change of the rows of a batch in every stage; targets and predictions
    come from unchanged rows. "affine" rotates by up to 10 degrees, shifts by up
    to 10 % and zooms by up to 10 % (needs ``image_shape``); "auto" is "affine"
    where ``image_shape`` is set and None elsewhere; a callable is ``(x,
    generator) -> x`` on tensors of shape (n_rows, n_features), for example from
    :mod:`skdeepcluster.augment`.
""",
    "precision": """
precision : {"auto", "float32", "bfloat16"}, default="auto"
    Precision of matrix products in training. "auto" is bfloat16 where the
    processor or the GPU has instructions for it. Losses, centres and all
    predictions are computed in float32.
""",
    "device": """
device : str or torch.device, default="auto"
    "auto" is the GPU if there is one, else the CPU.
""",
    "compile": """
compile : bool, default=False
    Whether training runs through :func:`torch.compile`, which needs a C++ compiler
    and takes seconds to minutes before the first batch. It changes the last digits
    of results. Predictions do without.
""",
    "memory": """
memory : None, str, path or joblib.Memory, default=None
    Where to keep the pretrained network, so that a grid over parameters of the
    clustering stage pretrains once. It is not used where ``callbacks`` are set.
    Your own code is identified by name only: clear the cache after
    editing an encoder or an augmentation.
""",
    "callbacks": """
callbacks : list of skorch callbacks or None, default=None
    Passed to every stage, which starts them anew. Monitor ``train_loss``: there
    is no validation loss, and terms differ between stages.
""",
    "verbose": """
verbose : int, default=0
    1 shows the running stage with its epoch, loss and time left on a terminal, and
    prints one line per stage elsewhere; 2 prints one line per epoch.
""",
    "random_state": """
random_state : int, RandomState instance or None, default=None
    Decides initial weights, order of rows, noise and starting centres. The
    global generators of torch, NumPy and Python are left alone.
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
encoder : {"mlp", "conv", "resnet18", "resnet34"}, nn.Module, callable, \
Autoencoder or None, default=None
    The encoder. None is "mlp", or "conv" where ``image_shape`` is set: the
    all-convolutional nets of DAC by the size of the image. A module is copied,
    never changed. A callable ``(n_features, n_components)`` returns a module. A
    module takes batches of rows, or of images where ``image_shape`` is set, and
    gives ``n_components`` values per row. A fitted :class:`Autoencoder` brings its
    weights.
""",
    "pair_augmentation": """
augmentation : str, callable or None, default="auto"
    Random change of the rows of a batch. For tables "swap" (values of the same
    column in other rows), "gaussian", "mask" (column means) and "swap+gaussian";
    for images "digits" (rotation, shift, zoom, mild crop), "handwriting" (slant,
    brightness and contrast too), "colors" (crop, flip, colour jitter, grayscale) and
    "affine". "auto" is "swap" for tables, "gaussian" up to four columns without
    groups; for images of three channels "colors", of one "handwriting", of others
    "affine". A callable is ``(x, generator) -> x`` on tensors of shape (n_rows,
    n_features), for example from :mod:`skdeepcluster.augment`; the tensor it is given
    is its own to change.
""",
    "corruption_of_pairs": """
corruption : float, default=0.3
    Share of values that "swap" and "mask" replace, in [0, 1).
""",
    "noise": """
noise : float, default=0.3
    Standard deviation of "gaussian", as a multiple of each column's own.
""",
    "feature_groups": """
feature_groups : list of lists of int or str, or None, default=None
    Columns, by number or by name, that "swap" and "mask" replace together, such as
    those of a one-hot code. "gaussian" leaves them as they are.
""",
    "views": """
views : int, "prefix", list or dict, default=2
    Which columns form which view. An int cuts the columns into that many blocks of
    nearly equal width. A list holds the width of each block, or for each view a
    slice, column numbers, a boolean mask or column names; a dict holds the same by
    name. "prefix" takes the part of each column's name before ``__``, which is what
    :class:`~sklearn.compose.ColumnTransformer` with ``set_output`` writes. Columns
    in no view are left out, but have to be numbers too.
""",
    "view_encoder": """
encoder : nn.Module, callable, dict or None, default=None
    The encoder of each view in place of the fully connected one, or in a dict by name
    of the view. A module is copied, never changed. A callable ``(n_features,
    n_components)`` returns a module. A module takes batches of the view's columns,
    or of images where it has an ``image_shape``.
""",
    "view_image_shape": """
image_shape : tuple (channels, height, width), dict or None, default=None
    Says that the columns of each view, or in a dict by name of single views, are
    flattened images. Their encoder is then convolutional.
""",
    "view_image_shape_for_augmentation": """
image_shape : tuple (channels, height, width), dict or None, default=None
    Says that the columns of each view, or in a dict by name of single views, are
    flattened images: they are warped in the contrast, and handed to ``encoder`` in
    this shape. The fully connected encoder takes them flat.
""",
    "views_attribute": """
views_ : dict of str to ndarray of int
    Columns of each view. Views that were not named are ``view0``, ``view1``, ...
""",
    "labels_attribute": """
labels_ : ndarray of shape (n_samples,)
    Cluster of each training row; the same as ``predict`` of these rows.
""",
    "centers_attribute": """
cluster_centers_ : ndarray of shape (n_clusters, n_components)
    Centres in the embedding.
""",
    "fit_attributes": """
module_ : nn.Module
    The trained network, in evaluation mode.
history_ : list of dict
    One entry per epoch: stage, epoch, mean of each term of the loss as it enters
    the sum, their sum as loss, seconds.
objective_ : float
    The objective on all training rows; ``score`` is its negative.
n_iter_ : int
    Epochs of the last stage, 0 where it was passed over.
n_features_in_ : int
    Number of features seen in fit.
feature_names_in_ : ndarray of shape (n_features,)
    Names of the features, where X had string column names.
""",
}


def fill_docstring(cls: _T) -> _T:
    """Replace lines ``{name}`` of the docstring by the shared description."""

    def shared(match: re.Match) -> str:
        return _SHARED[match[1]].strip()

    doc = inspect.cleandoc(cls.__doc__ or "")
    cls.__doc__ = re.sub(r"^\{(\w+)\}$", shared, doc, flags=re.MULTILINE)
    return cls
