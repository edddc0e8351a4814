"""Encoders of views, behind their principal components."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from torch import nn

from skdeepcluster.base.compat import StrOptions
from skdeepcluster.maps import embedding_network, hidden_widths, projected_views
from skdeepcluster.networks import ConvNet, ProjectedViews
from skdeepcluster.training import Rows
from skdeepcluster.views.estimator import MultiViewEstimator

ImageShape = tuple[int, int, int]


@dataclass(eq=False, repr=False, kw_only=True)
class EncodedViews(MultiViewEstimator):
    """An estimator with an encoder for each view: the user's, or one by its kind."""

    hidden_layer_sizes: Annotated[
        Sequence[int] | str, "array-like", StrOptions({"auto"})
    ] = "auto"

    def _encoded_views(
        self, rows: Rows
    ) -> tuple[ProjectedViews, list[nn.Module], list[ImageShape | None]]:
        """Principal components of the views, their encoders, and shapes of images."""
        shapes, given = self._image_shapes(), self._per_view("encoder")
        scaled, kept = self._view_input(rows), self._own_encoders()
        views = projected_views(rows, scaled, kept, "auto")
        encoders = [
            self._encoder(*view)
            for view in zip(self.views_, given, views.widths, shapes, strict=True)
        ]
        return views, encoders, shapes

    def _encoder(
        self, name: str, given: Any, n_features: int, shape: ImageShape | None
    ) -> nn.Module:
        if given is not None:
            return self._users_encoder(name, given, n_features, shape)
        if shape is not None:
            return ConvNet(shape, self.n_components)
        return embedding_network(n_features, self._hidden_layers(), self.n_components)

    def _hidden_layers(self) -> Sequence[int]:
        if isinstance(self.hidden_layer_sizes, str):
            return hidden_widths(len(self.views_))
        return self.hidden_layer_sizes
