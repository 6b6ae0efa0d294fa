"""A picture of look-up tables: what each bead looks like at each height, and how well the heights can be told."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from beadline.tracking import LookupTable, load_lookup_tables

MOST_TABLES = 12
_ACROSS = 4


def draw_tables(path: Path, figure: Path) -> None:
    """Draw the look-up tables of a file, the first 12 of them.

    Each is a map of intensity over radius and height; its title says how far off a plane is measured by the others.

    Args:
        path: file with look-up tables.
        figure: file to write; its ending says what kind.

    Raises:
        ValueError: the file is damaged, or there is no table in it.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415 - takes its time

    tables = load_lookup_tables(path)
    if not tables:
        raise ValueError(f"Cannot draw {path}: there is no look-up table in it")
    shown = tables[:MOST_TABLES]
    rows = -(-len(shown) // _ACROSS)
    across = min(len(shown), _ACROSS)
    picture = Figure(figsize=(3.2 * across + 0.6, 3.1 * rows + 0.4), layout="constrained")
    axes = picture.subplots(rows, across, sharex=True, sharey=True, squeeze=False)
    image = _draw_all(axes.ravel().tolist(), shown)
    picture.colorbar(image, ax=axes, label="intensity, the background is 0", shrink=0.8)
    picture.supxlabel("radius [px]")
    picture.supylabel("height [µm]")
    more = f" (the first {len(shown)} of {len(tables)})" if len(tables) > len(shown) else ""
    picture.suptitle(f"Look-up tables{more}; in brackets the error of a plane measured by the others")
    picture.savefig(figure)


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
