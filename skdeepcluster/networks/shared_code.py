"""The network of DAMC: several views with one code, and its centres."""

from collections.abc import Sequence

from torch import Tensor, nn

from skdeepcluster.networks.centered import CenteredModule
from skdeepcluster.networks.mlp import MLP, LeakyMLP
from skdeepcluster.networks.views import TablesOfViews, ViewNetwork, encode_views

#: Hidden widths of the critics.
_CRITIC_WIDTHS = 256, 128


class SharedCodeNetwork(CenteredModule, ViewNetwork):
    """Encoders of views, whose mean is decoded to each view and assigned to centres.

    Parameters
    ----------
    views : TablesOfViews
    encoders : sequence of nn.Module
        One per view; all return ``n_components`` values per row.
    input_shapes : sequence of (tuple of int or None)
        Shape of one row inside each encoder, if not flat.
    n_components, n_clusters : int
    hidden : sequence of int
        Hidden widths of the decoders.

    Attributes
    ----------
    decoders : nn.ModuleList or None
        From codes to views; only during training.
    critics : nn.ModuleList or None
        One per view: is this row of it real, or decoded? Only during training.
    """

    decoders: nn.ModuleList | None
    critics: nn.ModuleList | None

    def __init__(
        self,
        views: TablesOfViews,
        encoders: Sequence[nn.Module],
        input_shapes: Sequence[tuple[int, ...] | None],
        n_components: int,
        n_clusters: int,
        hidden: Sequence[int],
    ) -> None:
        super().__init__(views, n_clusters)
        self.encoders = nn.ModuleList(encoders)
        self.input_shapes = list(input_shapes)
        self.decoders = nn.ModuleList(
            MLP([n_components, *hidden, width]) for width in views.widths
        )
        self.critics = nn.ModuleList(
            LeakyMLP([width, *_CRITIC_WIDTHS, 1]) for width in views.widths
        )
        self.register_parameter("centers", None)

    def encode(self, x: Tensor) -> Tensor:
        """Code of rows given in the units of the data."""
        return self.encode_tables(*self.views(x))

    def encode_tables(self, tables: Sequence[Tensor], observed: Tensor) -> Tensor:
        """Mean of the encodings of the views that each row has."""
        h = encode_views(self.encoders, self.input_shapes, tables)
        # Rows without any view do not occur, except as padding.
        n_views = observed.sum(1, keepdim=True).clamp(min=1)
        return (h * observed[:, :, None]).sum(1) / n_views

    def decode(self, z: Tensor) -> list[Tensor]:
        """The table of each view, in float32."""
        assert self.decoders is not None
        return [decoder(z).float() for decoder in self.decoders]

    def assign(self, x: Tensor) -> Tensor:
        """Soft assignment of rows given in the units of the data."""
        return self.assign_embedding(self.encode(x))

    def forward(self, x: Tensor) -> Tensor:
        return self.encode(x)
