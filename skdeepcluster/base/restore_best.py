"""Weights of the best epoch in place of the last."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from torch import nn

from skdeepcluster.training import Rows, Run


@dataclass(eq=False, repr=False, kw_only=True)
class RestoreBestMixin:
    """The parameter ``restore_best`` of methods whose epochs can be compared.

    What such a recipe does to its network after the last stage is a part of what is
    judged, and is done again only where nothing was (``run.judged`` is false).
    """

    restore_best: bool = False

    _parameter_constraints: ClassVar[dict[str, Any]] = {"restore_best": ["boolean"]}

    if TYPE_CHECKING:

        def _worth(self, network: nn.Module, rows: Rows) -> float: ...

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
            return self._worth(network, run.rows)

        return judge
