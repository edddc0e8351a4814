"""The predictions of an estimator as one module without branches, for export."""

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    RobustScaler,
    StandardScaler,
)
from sklearn.utils.validation import check_is_fitted
from torch import Tensor, nn

from skdeepcluster.base.limits import GAP, Limits, ViewLimits, mean_distance
from skdeepcluster.sharing.estimators import is_known


class Graph(nn.Module):
    """Steps one after the other; the last one has probabilities, or an embedding.

    Parameters
    ----------
    steps : sequence of nn.Module
    clusters : bool
        Whether the last step returns probabilities.
    """

    def __init__(self, steps: list[nn.Module], clusters: bool) -> None:
        super().__init__()
        self.steps = nn.ModuleList(steps)
        self.clusters = clusters
        self.outputs = ("labels", "probabilities") if clusters else ("embedding",)

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        *before, last = self.steps
        for step in before:
            x = step(x)
        result = last(x)
        if not self.clusters:
            return result
        assert isinstance(last, Assignment)
        return last.labels(x, result), result


class Scaling(nn.Module):
    """``(x - center) / scale``, where wanted within a range.

    Parameters
    ----------
    center, scale : array-like of shape (n_features,) or None
    bounds : tuple (lowest, highest) or None
    """

    center: Tensor | None
    scale: Tensor | None

    def __init__(
        self, center: Any, scale: Any, bounds: tuple[float, float] | None = None
    ) -> None:
        super().__init__()
        for name, value in (("center", center), ("scale", scale)):
            known = None if value is None else torch.tensor(np.asarray(value, float))
            self.register_buffer(name, known)
        self.bounds = bounds

    def forward(self, x: Tensor) -> Tensor:
        x = x.double()  # the precision of scikit-learn
        if self.center is not None:
            x = x - self.center
        if self.scale is not None:
            x = x / self.scale
        return (x if self.bounds is None else x.clamp(*self.bounds)).float()


class Limiting(nn.Module):
    """What :class:`~skdeepcluster.base.limits.Limits` does, without branches.

    Parameters
    ----------
    limits : Limits
    n_features : int
    """

    others: Tensor
    order: Tensor

    def __init__(self, limits: Limits, n_features: int) -> None:
        super().__init__()
        self.views = nn.ModuleList(LimitedView(view) for view in limits.views)
        self.reach = limits.reach
        columns = torch.cat([view.columns for view in limits.views])
        kept = torch.ones(n_features, dtype=torch.bool)
        kept[columns] = False
        others = kept.nonzero()[:, 0]
        self.register_buffer("others", others)
        self.register_buffer("order", torch.cat([columns, others]).argsort())

    def forward(self, x: Tensor) -> Tensor:
        results = [view(x) for view in self.views]
        distances = torch.stack([distance for _, _, distance in results], 1)
        extreme = mean_distance(distances) > 0.99 * GAP * self.reach
        extreme = (extreme & ~x.isinf().any(1))[:, None]
        tables = [torch.where(extreme, within, t) for t, within, _ in results]
        return torch.cat([*tables, x[:, self.others]], 1)[:, self.order]


class LimitedView(nn.Module):
    """Columns of a view in units, the same within limits, and distances to the medians.

    Parameters
    ----------
    view : ViewLimits
    """

    columns: Tensor
    center: Tensor
    units: Tensor
    low: Tensor
    high: Tensor
    origin: Tensor

    def __init__(self, view: ViewLimits) -> None:
        super().__init__()
        for name in ("columns", "center", "units", "low", "high"):
            self.register_buffer(name, getattr(view, name).clone())
        # Columns in other units are centred already.
        self.register_buffer("origin", torch.where(view.units == 1, view.center, 0))
        self.has_units = view.has_units()
        self.typical, self.reach = view.typical, view.reach

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        table = x[:, self.columns]
        if self.has_units:
            converted = (table - self.center) * self.units
            table = torch.where(self.units == 1, table, converted)
        distance = ((table - self.origin) / self.typical).norm(dim=1)
        within = table.clamp(self.low, self.high)
        from_center = within - self.origin
        excess = from_center.norm(dim=1, keepdim=True) / self.reach
        center = within - from_center
        within = torch.where(excess > 1, center + from_center / excess, within)
        return table, within, distance


class Assignment(nn.Module):
    """A network's assignment or embedding of rows.

    Parameters
    ----------
    network : nn.Module
    method : {"assign", "encode"}
    """

    def __init__(self, network: nn.Module, method: str) -> None:
        super().__init__()
        self.network: Any = network
        self.method = method
        reach = getattr(network, "reach", None)
        self.has_noise = reach is not None and bool(reach.isfinite())

    def forward(self, x: Tensor) -> Tensor:
        return getattr(self.network, self.method)(x)

    def labels(self, x: Tensor, probabilities: Tensor) -> Tensor:
        """Clusters of rows; -1 for those that belong nowhere."""
        labels = probabilities.argmax(1)
        if not self.has_noise:
            return labels
        return self.network.mark_noise(labels, self.network.project(x))


def as_graph(estimator: Any) -> tuple[Graph, int]:
    """The graph of a fitted estimator or Pipeline, and the number of its columns.

    Raises
    ------
    TypeError
        If the estimator or a step cannot be exported.
    sklearn.exceptions.NotFittedError
        If it is not fitted.
    """
    *before, last = _steps(estimator)
    if not is_known(last):
        raise TypeError(
            "export takes the estimators of skdeepcluster and Pipelines that end with "
            f"one, got {estimator!r}."
        )
    check_is_fitted(estimator)
    clusters = hasattr(last, "predict")
    modules = [module for step in before for module in _modules(step, "encode")]
    modules += _modules(last, "assign" if clusters else "encode")
    return Graph(modules, clusters).eval(), (before or [last])[0].n_features_in_


def _steps(estimator: Any) -> list[Any]:
    """All steps that do something, those of Pipelines in Pipelines too."""
    if not isinstance(estimator, Pipeline):
        return [estimator]
    steps = [step for _, step in estimator.steps if step not in (None, "passthrough")]
    return [inner for step in steps for inner in _steps(step)]


def _modules(step: Any, method: str) -> Iterator[nn.Module]:
    if is_known(step):
        network = copy.deepcopy(step.module_).cpu().eval()
        limits = step._fitted_limits(torch.device("cpu"))
        if limits.views:
            yield Limiting(limits, step.n_features_in_)
        yield Assignment(network.requires_grad_(False), method)
    elif type(step) is StandardScaler:
        yield Scaling(
            step.mean_ if step.with_mean else None,
            step.scale_ if step.with_std else None,
        )
    elif type(step) is RobustScaler:
        yield Scaling(
            step.center_ if step.with_centering else None,
            step.scale_ if step.with_scaling else None,
        )
    elif type(step) is MaxAbsScaler:
        clip = getattr(step, "clip", False)  # since scikit-learn 1.8
        yield Scaling(None, step.scale_, (-1.0, 1.0) if clip else None)
    elif type(step) is MinMaxScaler:
        low, high = map(float, step.feature_range)
        bounds = (low, high) if step.clip else None
        yield Scaling(-step.min_ / step.scale_, 1 / step.scale_, bounds)
    else:
        raise TypeError(
            f"The step {type(step).__name__} cannot be exported. Export the last step "
            "(pipe[-1]), which takes the rows of pipe[:-1].transform(X); "
            "skl2onnx.to_onnx(pipe[:-1], X[:1]) makes an ONNX model of steps before it "
            "that are plain scikit-learn, as table_encoder is not. skdeepcluster.save "
            "keeps the whole Pipeline."
        )
