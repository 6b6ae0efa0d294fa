"""The beads of a run that is over, so that another session can go on with them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from beadline.catalogue import Catalogue
from beadline.devices import Bead
from beadline.documents import run_folders
from beadline.tracking import load_lookup_tables

from .interrupted_runs import InterruptedRun

TABLE_NAME, TRACKS_NAME = "lookup_table.h5", "tracks.h5"


def beads_of(records: Catalogue, run: InterruptedRun, tracker: str) -> list[Bead]:
    """Return the beads of a run where its tracker saw them last, with their ids, roles, windows and look-up tables.

    Args:
        records: the runs of the data folder.
        run: one of them.
        tracker: the name of its tracker.

    Raises:
        ValueError: the look-up table of a bead is in no run of this folder.
    """
    configuration = run.configurations[tracker]
    kept = {name: configuration[f"{tracker}-beads-{name}"] for name in ("ids", "roles", "windows_px", "x_px", "y_px")}
    ids, windows_px = [int(each) for each in kept["ids"]], [int(each) for each in kept["windows_px"]]
    places = _last_places(records.folder(str(run.start["uid"])) / TRACKS_NAME, windows_px)
    if places is None:
        places = list(zip(np.asarray(kept["x_px"]).tolist(), np.asarray(kept["y_px"]).tolist(), strict=True))
    tables = _tables(records.data, dict(zip(ids, configuration[f"{tracker}-lookup_tables"], strict=True)))
    usual_px = int(configuration[f"{tracker}-window_px"])
    return [
        Bead(number, x_px, y_px, str(role), tables.get(number), None if side == usual_px else side)  # type: ignore[arg-type]
        for number, (x_px, y_px), role, side in zip(ids, places, kept["roles"], windows_px, strict=True)
    ]


def _last_places(path: Path, windows_px: list[int]) -> list[tuple[float, float]] | None:
    """Return the middles of the last windows [px]; None if there are none."""
    if not path.is_file():
        return None
    with h5py.File(path, "r", swmr=True) as file:
        origins = file["window_origin_px"]
        if not isinstance(origins, h5py.Dataset) or not len(origins):
            return None
        middles = np.asarray(origins[-1]) + np.asarray(windows_px)[:, None] / 2
    return [(float(x_px), float(y_px)) for x_px, y_px in middles]


def _tables(data: Path, hashes: Mapping[int, Any]) -> dict[int, Path]:
    """Find the files with the look-up tables of beads, by the hash of each; a bead without one has none."""
    wanted = {bead: str(each) for bead, each in hashes.items() if each}
    found: dict[int, Path] = {}
    for path in _files_of_tables(data):
        if len(found) == len(wanted):
            break
        there = {(table.bead_id, table.sha256) for table in load_lookup_tables(path)}
        found |= {bead: path for bead, each in wanted.items() if bead not in found and (bead, each) in there}
    if missing := sorted(set(wanted) - set(found)):
        raise ValueError(
            f"The look-up tables of beads {missing} are in no run of {data}: choose the beads and make_lookup_table, "
            "then start a new run"
        )
    return found


def _files_of_tables(data: Path) -> Iterator[Path]:
    for folder in run_folders(data):
        if (folder / TABLE_NAME).is_file():
            yield folder / TABLE_NAME
