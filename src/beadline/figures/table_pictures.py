"""Look-up tables: what each bead looks like at each height, and how well the heights can be told."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from beadline.tracking import LookupTable

from .canvas import new_figure, shown_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_TABLES = 12
_ACROSS = 4


def tables_figure(tables: Sequence[LookupTable], *, title: str = "Look-up tables") -> "Figure":
    """Draw look-up tables, the first 12 of them.

    Each is a map of intensity over radius and height; its title says how far off a plane is measured by the others.

    Args:
        tables: one of each bead.
        title: above all.

    Raises:
        ValueError: there is none.
    """
    if not tables:
        raise ValueError("Look-up tables cannot be drawn: there is none")
    shown = tables[:MOST_TABLES]
    rows = -(-len(shown) // _ACROSS)
    across = min(len(shown), _ACROSS)
    notes = ["in brackets the error of a plane measured by the others"]
    figure = new_figure(3.2 * across + 0.6, 3.1 * rows + 0.4, shown_of(title, len(shown), len(tables), "tables"), notes)
    axes = figure.subplots(rows, across, sharex=True, sharey=True, squeeze=False)
    image = _draw_all(axes.ravel().tolist(), shown)
    figure.colorbar(image, ax=axes, label="intensity, the background is 0", shrink=0.8)
    for below in axes[-1]:
        below.set_xlabel("radius [px]")
    for first in axes[:, 0]:
        first.set_ylabel("height [µm]")
    return figure


def _draw_all(axes: Sequence[Any], tables: Sequence[LookupTable]) -> Any:
    """Draw each table with the same scale of intensity, and return one of the images."""
    most = max(float(abs(table.profiles).max()) for table in tables)
    image: Any = None
    for axis, table in zip(axes, tables, strict=False):
        heights_um = table.z_nm / 1000
        extent = (0.0, (table.profiles.shape[1] - 1) * table.radius_step_px, heights_um[0], heights_um[-1])
        image = axis.imshow(
            table.profiles, cmap="RdGy_r", vmin=-most, vmax=most, aspect="auto", origin="lower", extent=extent
        )
        error_nm = table.quality.get("plane_error_rms_nm")
        axis.set_title(f"bead {table.bead_id}" + ("" if error_nm is None else f"  ({error_nm:.1f} nm)"), fontsize=9)
    for axis in axes[len(tables) :]:
        axis.set_visible(False)
    return image
