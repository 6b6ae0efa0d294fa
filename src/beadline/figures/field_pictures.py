"""The field of view with the beads that were found in it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from .canvas import ORANGE, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DARK = {"facecolor": "black", "alpha": 0.6, "linewidth": 0, "pad": 1.5}


def field_figure(
    field: NDArray[Any], beads: Mapping[int, tuple[float, float]], window_px: float, *, title: str = ""
) -> "Figure":
    """Draw a frame with the window of each bead.

    Args:
        field: the frame, shape (rows, columns) [ADU].
        beads: x and y of each, by id [px].
        window_px: side of their windows [px].
        title: above the frame.
    """
    from matplotlib.patches import Rectangle  # noqa: PLC0415 - takes its time

    rows, columns = field.shape
    figure = new_figure(8.0, 6.6 * rows / columns + 0.9, title)
    axes = figure.subplots()
    image = axes.imshow(field, cmap="gray", interpolation="nearest")
    figure.colorbar(image, ax=axes, label="intensity [ADU]", shrink=0.8)
    half = window_px / 2
    for bead, (x, y) in beads.items():
        axes.add_patch(Rectangle((x - half, y - half), window_px, window_px, fill=False, edgecolor=ORANGE))
        axes.text(x - half + 2, y - half + 2, str(bead), color=ORANGE, fontsize=9, va="top", bbox=_DARK)
    axes.set(xlabel="x [px]", ylabel="y [px]")
    return figure
