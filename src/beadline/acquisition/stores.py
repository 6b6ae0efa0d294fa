"""Files that are written frame by frame and readable all the while: HDF5 in single-writer, many-readers mode."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from beadline.tracks import COLUMN_NAMES, COLUMN_UNITS, FLAG_DTYPE, TRACK_DTYPE

from .ring import RingStamp
from .write_behind import WriteBehind

SCHEMA_VERSION = 1
ID_LISTS = ("dropped_frame_id", "missed_frame_id")
_abandoned: list["Store"] = []
"""Files that a full disk has made impossible to close: HDF5 would crash, so nobody lets go of them."""


class Store:
    """Datasets that grow together, one row per frame; a row counts once it is flushed, and is soon on the disk."""

    give_back = False
    """Whether what has arrived on the disk is taken out of memory."""

    def __init__(
        self,
        path: Path,
        datasets: Mapping[str, tuple[tuple[int, ...], Any, tuple[int, ...]]],
        attributes: Mapping[str, Any],
    ) -> None:
        """Create the file.

        Args:
            path: must not exist.
            datasets: by name, the shape of a row, its type, and the shape of a chunk.
            attributes: plain data, written beside the datasets.

        Raises:
            OSError: the file exists, or cannot be written; `abandon` says why it is not closed then.
        """
        self.path = path
        self._file = h5py.File(path, "x", libver="latest")
        self._behind = WriteBehind(self._file.id.get_vfd_handle(), give_back=self.give_back)
        try:
            self._lay_out(datasets, attributes)
        except (OSError, RuntimeError):
            self.abandon()
            raise
        self.rows = 0
        self._flushed = 0

    def _lay_out(
        self, datasets: Mapping[str, tuple[tuple[int, ...], Any, tuple[int, ...]]], attributes: Mapping[str, Any]
    ) -> None:
        # Rows are written and flushed in this order: what has a frame id has everything else.
        stamps = {"host_time_s": "<f8", "device_time_s": "<f8", "frame_id": "<i8"}
        rows = dict(datasets) | {name: ((), dtype, (1024,)) for name, dtype in stamps.items()}
        self._rows = {name: self._grow(name, *row) for name, row in rows.items()}
        self._lists = {name: self._grow(name, (), "<i8", (1024,)) for name in ID_LISTS}
        for name, value in {"schema_version": SCHEMA_VERSION, **attributes}.items():
            self._file.attrs[name] = _attribute(value)
        self._file.swmr_mode = True

    def _grow(self, name: str, shape: tuple[int, ...], dtype: Any, chunks: tuple[int, ...]) -> h5py.Dataset:
        return self._file.create_dataset(name, (0, *shape), dtype, maxshape=(None, *shape), chunks=chunks)

    @property
    def flushed(self) -> int:
        """Rows that survive the death of this process."""
        return self._flushed

    def append(self, block: Mapping[str, NDArray[Any]]) -> None:
        """Add rows: one array per dataset, all of one length."""
        start = self.rows
        stop = start + len(block["frame_id"])
        for name, dataset in self._rows.items():
            dataset.resize(stop, axis=0)
            dataset[start:stop] = block[name]
        self.rows = stop

    def list_ids(self, name: str, ids: Sequence[int]) -> None:
        """Add frame ids to one of the lists of lost frames."""
        if ids:
            dataset = self._lists[name]
            start = len(dataset)
            dataset.resize(start + len(ids), axis=0)
            dataset[start:] = ids

    def flush(self) -> None:
        """Hand everything to the operating system; only then do rows count."""
        for dataset in (*self._lists.values(), *self._rows.values()):
            dataset.flush()
        self._flushed = self.rows
        self._behind.flushed()

    def abandon(self) -> None:
        """Leave the file as it is: HDF5 crashes when it closes one whose disk is full. What was flushed is readable."""
        self._behind.leave()
        _abandoned.append(self)

    def close(self) -> None:
        """Flush and close; harmless when done."""
        if self._file:
            self.flush()
            self._behind.close()
            self._file.close()


def stamp_columns(stamps: Sequence[RingStamp], epoch_offset_s: float) -> dict[str, NDArray[Any]]:
    """Return when frames were taken, as the files keep it: host times are Unix times [s]."""
    return {
        "frame_id": np.array([stamp.id for stamp in stamps], dtype=np.int64),
        "device_time_s": np.array([stamp.device_time_s for stamp in stamps], dtype=np.float64),
        "host_time_s": np.array([stamp.host_time_s for stamp in stamps], dtype=np.float64) + epoch_offset_s,
    }


def tracks_store(path: Path, beads: Sequence[Mapping[str, Any]], attributes: Mapping[str, Any]) -> Store:
    """Create a file of tracks.

    Args:
        path: must not exist.
        beads: id and role of each bead, in the order of the bead axis.
        attributes: plain data, written beside the datasets.
    """
    count, columns = len(beads), len(COLUMN_NAMES)
    datasets = {
        "tracks": ((count, columns), TRACK_DTYPE, (256, min(64, count), columns)),
        "flags": ((count,), FLAG_DTYPE, (256, min(64, count))),
        "window_origin_px": ((count, 2), "<i4", (256, min(64, count), 2)),
    }
    described = {
        "columns": list(COLUMN_NAMES),
        "units": list(COLUMN_UNITS),
        "bead_ids": [int(bead["id"]) for bead in beads],
        "roles": [str(bead["role"]) for bead in beads],
    }
    return Store(path, datasets, {**described, **attributes})


class VideoStore(Store):
    """A file of video, one chunk per frame, written past HDF5's buffers."""

    give_back = True

    def __init__(
        self, path: Path, frame_shape: tuple[int, ...], dtype: np.dtype[Any], attributes: Mapping[str, Any]
    ) -> None:
        super().__init__(path, {"video": (frame_shape, dtype, (1, *frame_shape))}, attributes)
        self._corner = (0,) * len(frame_shape)
        self._frame_bytes = int(np.prod(frame_shape)) * dtype.itemsize

    def append(self, block: Mapping[str, NDArray[Any]]) -> None:
        start = self.rows
        stop = start + len(block["frame_id"])
        for name, dataset in self._rows.items():
            dataset.resize(stop, axis=0)
            if name == "video":
                for place, frame in enumerate(block["video"]):
                    dataset.id.write_direct_chunk((start + place, *self._corner), frame)
            else:
                dataset[start:stop] = block[name]
        self.rows = stop
        self._behind.wrote((stop - start) * self._frame_bytes)


def _attribute(value: Any) -> Any:
    """Return a value as HDF5 keeps it: numbers, texts and lists of them as they are, all else as JSON."""
    if value is None:
        return float("nan")
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        return np.array(value, dtype=h5py.string_dtype())
    if isinstance(value, dict | list | tuple) and not all(isinstance(each, int | float) for each in value):
        return json.dumps(value)
    if isinstance(value, dict):
        return json.dumps(value)
    return value
