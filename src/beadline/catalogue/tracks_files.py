"""The tracks of a run as one labelled dataset, read straight from its file."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from .run_files import own_file
from .run_records import RunRecord, frames_per_event
from .true_lengths import whole_rows

TRACKS_FILE = "tracks.h5"
_PER_ROW = ("frame_id", "device_time_s", "host_time_s", "tracks", "flags", "window_origin_px")


def tracks_dataset(run: RunRecord) -> Any:
    """Return the tracks of a run, whether it has ended or not.

    Of a run that is being recorded these are the rows announced so far; of one whose file lost its end in a power
    failure, those that are whole. With a known pixel size the columns x_px and
    y_px become x_nm and y_nm.

    Returns:
        `xarray.Dataset` with tracks (time, bead, column), flags (time, bead), window_origin_px (time, bead, xy) and
        the coordinates time [s from the first frame, camera's clock], frame_id, host_time_s [s, Unix], bead, role,
        window_px, column, unit, and, in a run of steps, event.

    Raises:
        FileNotFoundError: the run has no tracks.
        OSError: the file cannot be read.
        ValueError: it is a link that leads out of the folder of the run.
    """
    import xarray as xr  # noqa: PLC0415 - takes a second

    path = own_file(run.folder, TRACKS_FILE)
    if not path.is_file():
        raise FileNotFoundError(f"Run {run.scan_id} ({run.uid[:8]}) has no tracks: there is no {TRACKS_FILE} in it")
    announced = None if run.overview.stop is not None else run.rows_announced().get(path.name, 0)
    with _reading(path) as file:
        rows = min(whole_rows(file[name], path.stat().st_size) for name in _PER_ROW)
        if announced is not None:
            rows = min(rows, announced)
        read = {name: file[name][:rows] for name in _PER_ROW}
        attributes = {name: _plain(value) for name, value in file.attrs.items()}
    tracks, columns, units = _in_nm(read["tracks"], attributes)
    time_s = read["device_time_s"] - read["device_time_s"][0] if rows else read["device_time_s"]
    coordinates: dict[str, Any] = {
        "time": ("time", time_s, {"units": "s"}),
        "frame_id": ("time", read["frame_id"]),
        "host_time_s": ("time", read["host_time_s"], {"units": "s"}),
        "bead": ("bead", np.asarray(attributes["bead_ids"], dtype=np.int64).reshape(-1)),
        "role": ("bead", np.asarray(attributes["roles"], dtype=np.str_).reshape(-1)),
        "column": ("column", np.asarray(columns)),
        "unit": ("column", np.asarray(units)),
        "xy": ("xy", np.asarray(["x", "y"])),
    }
    if "window_px" in attributes:
        coordinates["window_px"] = ("bead", np.asarray(attributes["window_px"], dtype=np.int64).reshape(-1))
    steps = _frames_of_a_step(run)
    if steps is not None:
        coordinates["event"] = ("time", np.arange(rows) // steps)
    return xr.Dataset(
        {
            "tracks": (("time", "bead", "column"), tracks),
            "flags": (("time", "bead"), read["flags"]),
            "window_origin_px": (("time", "bead", "xy"), read["window_origin_px"], {"units": "px"}),
        },
        coords=coordinates,
        attrs={"uid": run.uid, "scan_id": run.scan_id, "pixel_size_nm": _pixel_size_nm(attributes)},
    )


def _reading(path: Path) -> Any:
    """Open a file that may be growing, or that a killed worker left behind."""
    return h5py.File(path, "r", libver="latest", swmr=True)


def _in_nm(tracks: NDArray[Any], attributes: dict[str, Any]) -> tuple[NDArray[Any], list[str], list[str]]:
    columns, units = list(attributes["columns"]), list(attributes["units"])
    pixel_nm = _pixel_size_nm(attributes)
    if np.isfinite(pixel_nm):
        for place, name in enumerate(columns):
            if name in {"x_px", "y_px"}:
                tracks[..., place] *= pixel_nm
                columns[place], units[place] = name.replace("_px", "_nm"), "nm"
    return tracks, columns, units


def _pixel_size_nm(attributes: dict[str, Any]) -> float:
    """Return the size of a pixel [nm]; NaN when it is not known."""
    return float(attributes.get("pixel_size_nm", np.nan))


def _frames_of_a_step(run: RunRecord) -> int | None:
    """Return how many frames each step has, or None in a continuous run."""
    for descriptor in run.overview.descriptors.values():
        for name, key in descriptor["data_keys"].items():
            if name.endswith("-tracks") and list(key.get("dims") or ())[:1] == ["frame"]:
                return frames_per_event(key)
    return None


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return [_plain(each) for each in value.tolist()]
    return value.decode() if isinstance(value, bytes) else value


def rows_in(path: Path) -> int:
    """Count the rows of a file of frames, also while it is written; 0 of one that cannot be read."""
    try:
        with _reading(path) as file:
            return len(file["frame_id"])
    except (OSError, KeyError):
        return 0
