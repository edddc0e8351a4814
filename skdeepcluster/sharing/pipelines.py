"""Pipelines as plain data: our steps as data, scikit-learn's by skops."""

import zipfile
from io import BytesIO
from typing import Any

import numpy as np
import torch
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skdeepcluster.sharing.estimators import (
    describe_estimator,
    is_known,
    rebuild_estimator,
)
from skdeepcluster.training.plain import (
    MissingArgumentError,
    Tensors,
    from_plain,
    to_plain,
)

#: What steps consist of, apart from what skops knows of NumPy and scikit-learn.
_TRUSTED = {
    "numpy.dtype",
    "skdeepcluster.views.tables.ViewImputer",
    *(
        f"skdeepcluster.compose.{name}"
        for name in (
            "columns.ColumnsOf",
            "values.as_days",
            "values.as_floats",
            "values.as_numbers",
            "values.as_text",
            "values.clipped",
            "values.date_part_names",
            "values.date_parts_of",
        )
    ),
}

#: What stands for a step that does nothing, and for one that skops has stored.
_NOTHING, _BY_SKOPS = "passthrough", "skops"

_SETTINGS = ("verbose", "transform_input")


class MissingPackageError(ImportError):
    """The file is valid, but skops is not installed."""


def is_pipeline(estimator: Any) -> bool:
    """Whether it is scikit-learn's Pipeline, not a class derived from it."""
    return type(estimator) is Pipeline


def describe(estimator: Any, tensors: Tensors) -> dict[str, Any]:
    """The data of a fitted estimator, Pipeline, or step of one.

    Parameters
    ----------
    estimator : object
    tensors : Tensors
        Where arrays are stored.

    Raises
    ------
    TypeError
        If it cannot be stored; the message names the step.
    """
    if estimator is None or isinstance(estimator, str):
        return {"class": _NOTHING}
    if is_known(estimator):
        check_is_fitted(estimator, "module_")
        return describe_estimator(estimator, tensors)
    if not is_pipeline(estimator):
        tensors[_BY_SKOPS] = _as_bytes(estimator)
        return {"class": _BY_SKOPS}
    steps = []
    for number, (name, step) in enumerate(estimator.steps):
        own = Tensors()
        try:
            steps.append([name, describe(step, own)])
        except TypeError as error:
            raise TypeError(f"Step {name!r} cannot be saved: {error}") from error
        tensors.update({f"{number}/{key}": tensor for key, tensor in own.items()})
    # Where a cache is says nothing to another machine, and it is read as pickles.
    code = [] if estimator.memory is None else ["memory"]
    settings = {name: getattr(estimator, name, None) for name in _SETTINGS}
    return {
        "class": Pipeline.__name__,
        "steps": steps,
        "settings": {name: to_plain(v, tensors) for name, v in settings.items()},
        "code": code,
    }


def rebuild(
    content: dict[str, Any],
    tensors: Tensors,
    given: dict[str, Any],
    original: Any = None,
) -> tuple[Any, list[str]]:
    """The estimator, and the names of parameters that are neither stored nor given.

    Parameters
    ----------
    content : dict
        From :func:`describe`.
    tensors : Tensors
    given : dict
        Parameters that are not stored.
    original : object, optional
        Of which ``content`` is the description.

    Raises
    ------
    Exception
        Of any kind, if the content is not what an estimator consists of.
    """
    kind = content["class"]
    if kind == Pipeline.__name__:
        return _rebuild_pipeline(content, tensors, given, original)
    if kind not in (_NOTHING, _BY_SKOPS):
        return rebuild_estimator(content, tensors, given, original)
    if given:
        raise MissingArgumentError(
            f"{next(iter(given))!r} is not needed: the file has all of that step."
        )
    if kind == _NOTHING:
        return _NOTHING, []
    return _from_bytes(tensors[_BY_SKOPS]), []


def _rebuild_pipeline(
    content: dict[str, Any], tensors: Tensors, given: dict[str, Any], original: Any
) -> tuple[Pipeline, list[str]]:
    for name in given:
        step, separator, _ = name.partition("__")
        known = [step for step, _ in content["steps"]]
        if not separator or step not in known:
            raise MissingArgumentError(
                f"{name!r} names no parameter of a step: parameters of a Pipeline "
                f"begin with a step, one of {known}, and two underscores."
            )
    if content["code"] not in ([], ["memory"]):
        raise ValueError(f"a Pipeline has no parameters {content['code']}")
    steps, missing = [], list(content["code"])
    for number, (name, described) in enumerate(content["steps"]):
        inner, absent = rebuild(
            described,
            _below(tensors, f"{number}/"),
            _below(given, f"{name}__"),
            None if original is None else original.steps[number][1],
        )
        steps.append((name, inner))
        missing += [f"{name}__{parameter}" for parameter in absent]
    settings = {name: content["settings"][name] for name in _SETTINGS}
    pipeline = Pipeline(steps, verbose=bool(settings["verbose"]))
    pipeline.transform_input = from_plain(settings["transform_input"], tensors)
    pipeline._validate_names([name for name, _ in steps])
    pipeline._validate_steps()
    check_is_fitted(pipeline)
    return pipeline, missing


def _below(values: Any, prefix: str) -> Any:
    """Those whose names begin with ``prefix``, without it."""
    return type(values)(
        {
            name.removeprefix(prefix): value
            for name, value in values.items()
            if name.startswith(prefix)
        }
    )


# -- steps of scikit-learn --------------------------------------------------------


def _as_bytes(step: Any) -> torch.Tensor:
    """A step as skops stores it; raises TypeError if it could not be read again."""
    io = _skops()
    try:
        content = io.dumps(step)
        unknown = _unknown_types(content)
    except Exception as error:  # skops has no error of its own
        raise TypeError(
            f"skops cannot store {type(step).__name__}: {error!r}. Save the last step "
            "alone (pipe[-1]), or use pickle where it is trusted."
        ) from error
    if unknown:
        raise TypeError(
            f"it contains {', '.join(unknown)}, which is neither of scikit-learn nor "
            "of skdeepcluster. Save the last step alone (pipe[-1]), or use pickle "
            "where it is trusted."
        )
    _check_no_cache(step)
    return torch.from_numpy(np.frombuffer(content, dtype=np.uint8).copy())


def _from_bytes(stored: torch.Tensor) -> Any:
    """The step that :func:`_as_bytes` has stored."""
    io = _skops()
    content = stored.numpy().tobytes()
    with zipfile.ZipFile(BytesIO(content)) as archive:
        # Compressed, a small file could fill the memory.
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.filelist):
            raise ValueError("a step of the Pipeline is compressed")
    unknown = _unknown_types(content)
    if unknown:
        raise ValueError(f"a step of the Pipeline contains {unknown}")
    step = io.loads(content, trusted=sorted(_TRUSTED))
    _check_no_cache(step)
    return step


def _unknown_types(content: bytes) -> list[str]:
    return sorted(set(_skops().get_untrusted_types(data=content)) - _TRUSTED)


def _check_no_cache(step: Any) -> None:
    """Raise if a fit of the step would read a cache, which consists of pickles."""
    caches = [
        name
        for name, value in step.get_params().items()
        if name.rpartition("__")[2] == "memory" and value is not None
    ]
    if caches:
        raise ValueError(
            f"{type(step).__name__} has {caches[0]}, the place of a cache on this "
            f"machine: set_params({caches[0]}=None)"
        )


def _skops() -> Any:
    try:
        import skops.io
    except ImportError as error:
        raise MissingPackageError(
            "save and load need skops for the steps of a Pipeline: pip install skops."
        ) from error
    return skops.io
