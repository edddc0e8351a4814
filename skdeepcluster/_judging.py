"""Weights of the best epoch in place of the last."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from torch import nn

from skdeepcluster.training import Rows, Run


@dataclass(eq=False, repr=False, kw_only=True)
class RestoreBestMixin:
    """The parameter ``restore_best`` of methods whose epochs can be compared."""

    restore_best: bool = False

    _parameter_constraints: ClassVar[dict[str, Any]] = {"restore_best": ["boolean"]}

    if TYPE_CHECKING:

        def _objective(self, network: nn.Module, rows: Rows) -> float: ...

    def _judge(
        self,
        network: nn.Module,
        run: Run,
        conclude: Callable[[nn.Module, Run], None] | None = None,
    ) -> Callable[[], float] | None:
        """The judge of the last stage, if one is asked for.

        ``conclude`` is what the recipe does to the network after the stage.
        """
        if not self.restore_best:
            return None

        def judge() -> float:
            if conclude is not None:
                conclude(network, run)
            return self._objective(network, run.rows)

        return judge
