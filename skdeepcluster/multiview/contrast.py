"""The losses of CoMVC's last stage."""

from dataclasses import dataclass

from torch import Tensor

from skdeepcluster.losses import cross_view_loss
from skdeepcluster.multiview.fusion import Divergence, drawn_views
from skdeepcluster.networks import FusedNetwork
from skdeepcluster.training import Batch

#: Views that are contrasted in a step; of more, as many are drawn. The memory of all
#: similarities grows with the squares of the views and of the batch.
_MOST_VIEWS = 8


@dataclass(frozen=True)
class ContrastiveFusion(Divergence):
    """CoMVC's own losses: L_c + delta min(w) L_contrast.

    ``views`` are those that are contrasted: views without votes, whose weight w is 0,
    are not.
    """

    temperature: float
    views: list[int]

    def __call__(self, network: FusedNetwork, batch: Batch) -> dict[str, Tensor]:
        """The terms of the loss on a batch."""
        tables, observed = network.views(batch.x)
        h = network.latents(tables, observed)
        w = network.attend(h, observed)
        u = network.hidden(network.fuse(h, observed, w))
        a = network.assign_hidden(u)
        some = drawn_views(self.views, _MOST_VIEWS, batch.generator)
        terms = {
            **self._clustering(u, a),
            "contrast": lambda: (
                w.detach()[self.views].min()
                * cross_view_loss(
                    h[:, some],
                    a.detach().argmax(1),
                    self.temperature,
                    observed[:, some],
                )
            ),
        }
        return self._weighted(terms)
