"""Fitted estimators as graphs that predict without this package."""

import io
import logging
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from sklearn.base import BaseEstimator
from torch import Tensor, nn

from skdeepcluster.sharing.graph import as_graph
from skdeepcluster.training import default_torch_modes, isolated_torch_generators
from skdeepcluster.training.tensor_file import write_whole

#: Rows of the example that a graph is traced with: neither one, which would be taken
#: as a constant, nor the number of anything else in a network.
_EXAMPLE_ROWS = 19

#: Loggers of torch that write to the terminal.
_TALKATIVE = (
    "torch.fx.experimental.symbolic_shapes",
    "torch.onnx._internal.exporter._registration",
)


def export(
    estimator: BaseEstimator, path: str | os.PathLike, format: str = "torch"
) -> None:
    """Write a fitted estimator as a graph that predicts without this package.

    The graph takes raw rows, float32 of shape (n_samples, n_features) with any number
    of rows, and returns what ``predict`` and ``predict_proba`` return for them
    (``transform``, if there are no clusters). Extreme rows are taken as ``predict``
    takes them, and views that a row lacks are NaN. Nothing is checked: a row that
    ``predict`` would refuse has results that are NaN or meaningless.

    Parameters
    ----------
    estimator : estimator of this package, or Pipeline
        Fitted. The steps of a Pipeline before the last may be ``StandardScaler``,
        ``MinMaxScaler``, ``MaxAbsScaler``, ``RobustScaler`` and estimators of this
        package.
    path : str or path
        Where to write; by convention it ends in ``.pt2``, which torch expects, or
        ``.onnx``.
    format : {"torch", "onnx"}, default="torch"
        ``"torch"``: a program of :func:`torch.export.export`, which
        ``torch.export.load(path).module()`` makes a module that returns labels and
        probabilities. ``"onnx"``: an ONNX model with the input ``rows`` and the
        outputs ``labels`` and ``probabilities`` (``embedding``, if there are no
        clusters).

    Raises
    ------
    TypeError
        If a step of a Pipeline, or the estimator, cannot be exported.
    ValueError
        If ``format`` is unknown, ``path`` ends in ``.onnx`` with another format, or the
        network contains operations that torch cannot export, for example in your own
        encoder.
    OSError
        If the file cannot be written.
    sklearn.exceptions.NotFittedError
        If it is not fitted.
    ImportError
        If ONNX is asked for and not installed (``pip install onnx onnxscript``).

    See Also
    --------
    save : Keeps the whole estimator.

    Examples
    --------
    >>> import tempfile, pathlib, torch
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skdeepcluster import DEC, export
    >>> X = load_iris().data.astype("float32")
    >>> dec = DEC(3, hidden_layer_sizes=(16,), random_state=0)
    >>> pipe = make_pipeline(StandardScaler(), dec).fit(X)
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "iris.pt2"
    >>> export(pipe, path)
    >>> labels, proba = torch.export.load(path).module()(torch.from_numpy(X))
    >>> bool((labels.numpy() == pipe.predict(X)).all())
    True
    """
    if format not in _WRITERS:
        raise ValueError(f"format={format!r} is not one of {[*_WRITERS]}.")
    path = Path(os.fsdecode(path))
    if format == "torch" and path.suffix.lower() == ".onnx":
        raise ValueError(
            f"{path.name} is the name of an ONNX model, but format='torch' writes a "
            "program of torch.export: pass format='onnx', or a name that ends in .pt2."
        )
    graph, n_features = as_graph(estimator)
    example = torch.zeros(_EXAMPLE_ROWS, n_features)

    def content() -> bytes:
        cpu = torch.device("cpu")
        with default_torch_modes(cpu), isolated_torch_generators(0, cpu), _silence():
            return _WRITERS[format](_traced(graph, example), graph.outputs)

    write_whole(path, content)


@contextmanager
def _silence() -> Iterator[None]:
    """Keep torch from warning of its own code and of packages that are not needed."""
    loggers = [logging.getLogger(name) for name in _TALKATIVE]
    before = [logger.disabled for logger in loggers]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.disabled = True
        try:
            yield
        finally:
            for logger, disabled in zip(loggers, before, strict=True):
                logger.disabled = disabled


def _traced(graph: nn.Module, example: Tensor) -> Any:
    rows = torch.export.Dim("n_rows", min=1, max=2**31 - 1)
    try:
        return torch.export.export(graph, (example,), dynamic_shapes=({0: rows},))
    except Exception as error:  # users' modules can lead to any
        raise ValueError(
            "torch.export cannot export this network. Your own encoder must not branch "
            "on the values of rows, and must take their number from x.shape[0], not "
            f"from len(x): {error}"
        ) from error


# -- formats ----------------------------------------------------------------------


def _as_torch(program: Any, outputs: tuple[str, ...]) -> bytes:
    buffer = io.BytesIO()
    torch.export.save(program, buffer)
    return buffer.getvalue()


def _as_onnx(program: Any, outputs: tuple[str, ...]) -> bytes:
    try:
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise ImportError(
            'export to ONNX needs onnx and onnxscript: pip install "skdeepcluster['
            'export]".'
        ) from error
    onnx = torch.onnx.export(
        program,
        dynamo=True,
        input_names=["rows"],
        output_names=outputs,
        verbose=False,
    )
    assert onnx is not None  # it is with dynamo=True
    return onnx.model_proto.SerializeToString()


_WRITERS: dict[str, Callable[[Any, tuple[str, ...]], bytes]] = {
    "torch": _as_torch,
    "onnx": _as_onnx,
}
