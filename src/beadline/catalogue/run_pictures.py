"""A picture of one run: the traces of each bead over time, or the look-up tables it made."""

from pathlib import Path
from typing import Any

import numpy as np

from beadline.tracks import valid

from .runs_view import Catalogue
from .table_pictures import draw_tables

TABLES_FILE = "lookup_table.h5"
COLUMNS = ("x_nm", "y_nm", "x_px", "y_px", "z_nm")
MOST_BEADS = 12
MOST_POINTS = 4000


def draw_run(catalogue: Catalogue, run: Any, figure: Path) -> None:
    """Draw a run into a file: the look-up tables it made, or its traces, in which frames without a track are gaps.

    Args:
        catalogue: of the run.
        run: as `Catalogue` takes it.
        figure: file to write; its ending says what kind.

    Raises:
        FileNotFoundError: the run has neither.
        ValueError: no frame has been tracked.
    """
    tables = catalogue.folder(run) / TABLES_FILE
    if tables.is_file():
        draw_tables(tables, figure)
    else:
        _draw_traces(catalogue, run, figure)


def _draw_traces(catalogue: Catalogue, run: Any, figure: Path) -> None:
    from matplotlib.figure import Figure  # noqa: PLC0415 - takes its time

    dataset = catalogue.tracks_dataset(run)
    if not dataset.sizes["time"]:
        raise ValueError(f"Cannot draw run {dataset.attrs['scan_id']}: it has no tracked frame yet")
    tracks = dataset["tracks"].where(valid(dataset["flags"].values)[..., None])
    names = [name for name in COLUMNS if name in dataset["column"].values and tracks.sel(column=name).notnull().any()]
    if not names:
        raise ValueError(f"Cannot draw run {dataset.attrs['scan_id']}: no bead has a valid track in it")
    step = max(1, dataset.sizes["time"] // MOST_POINTS)
    picture = Figure(figsize=(10, 2.4 * len(names)), layout="constrained")
    axes = picture.subplots(len(names), sharex=True, squeeze=False)[:, 0]
    for axis, name in zip(axes, names, strict=True):
        for bead in dataset["bead"].values[:MOST_BEADS]:
            trace = tracks.sel(column=name, bead=bead).values
            centred = trace if name == "z_nm" else trace - _centre(trace)
            axis.plot(dataset["time"].values[::step], centred[::step], linewidth=0.5, label=f"bead {bead}")
        axis.set_ylabel(name.replace("_", " [") + "]")
    axes[0].legend(fontsize="x-small", ncols=6, loc="upper right")
    axes[0].set_title(f"run {dataset.attrs['scan_id']}  {dataset.attrs['uid'][:8]}", loc="left")
    axes[-1].set_xlabel("time [s]")
    picture.savefig(figure)


def _centre(trace: np.ndarray[Any, Any]) -> float:
    finite = trace[np.isfinite(trace)]
    return float(np.median(finite)) if len(finite) else 0.0
