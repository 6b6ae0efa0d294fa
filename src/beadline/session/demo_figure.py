"""The picture of the demonstration."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from beadline.tracking import load_lookup_tables

from .demo_analysis import FloatArray

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#666666"


@dataclass(frozen=True)
class DemoPicture:
    """What is drawn; heights per force as time and height above the surface, shapes (frames,), (frames, beads)."""

    field: NDArray[np.uint8]
    x_px: FloatArray
    y_px: FloatArray
    references: NDArray[np.bool_]
    traces: dict[float, tuple[FloatArray, FloatArray]]
    found_nm: dict[float, FloatArray]
    expected_nm: dict[float, FloatArray]
    table: Path


def load_libraries() -> None:
    """Load what reading tracks and drawing them needs, which takes two seconds."""
    for name in ("matplotlib.backends.backend_agg", "matplotlib.axes", "xarray", "dask.array"):
        import_module(name)


def draw(picture: DemoPicture, path: Path) -> None:
    """Draw field, look-up table, traces and extensions into a PNG."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - as above

    figure = Figure(figsize=(12, 9), layout="constrained")
    ((field, table), (traces, extensions)) = figure.subplots(2, 2)
    _draw_field(field, picture)
    _draw_table(table, picture)
    _draw_traces(traces, picture)
    _draw_extensions(extensions, picture)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130)


def _draw_field(axes: Any, picture: DemoPicture) -> None:
    axes.imshow(picture.field, cmap="gray", interpolation="nearest")
    for bead, (x, y, stuck) in enumerate(zip(picture.x_px, picture.y_px, picture.references, strict=True)):
        colour = ORANGE if stuck else BLUE
        axes.add_patch(_square(x, y, 64, colour))
        axes.text(x - 30, y - 34, f"{bead}{'*' if stuck else ''}", color=colour, fontsize=8)
    axes.set(title="Beads found (* stuck: reference)", xlabel="x [px]", ylabel="y [px]")


def _square(x: float, y: float, side: float, colour: str) -> Any:
    from matplotlib.patches import Rectangle  # noqa: PLC0415 - as above

    return Rectangle((x - side / 2, y - side / 2), side, side, fill=False, edgecolor=colour, linewidth=1.2)


def _draw_table(axes: Any, picture: DemoPicture) -> None:
    table = load_lookup_tables(picture.table)[0]
    radius_px = np.arange(table.profiles.shape[1]) * table.radius_step_px
    extent = (radius_px[0], radius_px[-1], table.z_nm[0] / 1000, table.z_nm[-1] / 1000)
    axes.imshow(table.profiles, cmap="gray", aspect="auto", origin="lower", extent=extent, interpolation="bilinear")
    axes.set(title=f"Look-up table of bead {table.bead_id}", xlabel="radius [px]", ylabel="height [µm]")


def _draw_traces(axes: Any, picture: DemoPicture) -> None:
    tethers = np.flatnonzero(~picture.references)
    start = 0.0
    for colour, (force, (time_s, height_nm)) in zip((BLUE, ORANGE), picture.traces.items(), strict=False):
        for bead in tethers[:6]:
            axes.plot(start + time_s - time_s[0], height_nm[:, bead], color=colour, linewidth=0.4, alpha=0.7)
        axes.plot([], [], color=colour, label=f"{force:g} pN")
        start += time_s[-1] - time_s[0] + 1
    axes.set(title="Height of six tethered beads", xlabel="time [s]", ylabel="height above the surface [nm]")
    axes.legend(loc="lower right", frameon=False)


def _draw_extensions(axes: Any, picture: DemoPicture) -> None:
    tethers = ~picture.references
    for colour, force in zip((BLUE, ORANGE), picture.found_nm, strict=False):
        expected, found = picture.expected_nm[force][tethers], picture.found_nm[force][tethers]
        axes.scatter(expected, found, s=22, color=colour, label=f"{force:g} pN: median {np.nanmedian(found):.0f} nm")
    every = np.concatenate([values[tethers] for values in picture.expected_nm.values()])
    limits = np.array([np.nanmin(every) - 60, np.nanmax(every) + 60])
    axes.plot(limits, limits, color=GREY, linewidth=1, label="found = true")
    axes.fill_between(limits, limits * 0.95, limits * 1.05, color=GREY, alpha=0.15, label="within 5 %")
    axes.set(title="Extension of each tether", xlabel="true [nm]", ylabel="found [nm]")
    axes.legend(loc="upper left", frameon=False)
