"""The truth about every frame, in a file beside the run."""

import json
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from .sample import Sample
from .world import Exposure

SCHEMA_VERSION = 2
_PER_BEAD = {
    "x_px": ("px", "centre on the sensor, along a row"),
    "y_px": ("px", "centre on the sensor, along a column"),
    "z_nm": ("nm", "height of the bottom of the bead above the surface"),
    "defocus_nm": ("nm", "height of the centre of the bead above the focal plane, drift and focus included"),
    "force_pn": ("pN", "net force, magnets less weight"),
    "turns": ("turns", "in the molecule, those of the magnets less those an enzyme removed"),
    "torque_pn_nm": ("pN nm", "torque of the molecule"),
    "state": ("", "0 nothing, 1 its hairpin is open, 2 the surface holds its bead, 3 lost"),
    "events": ("", "events so far: hairpin, enzyme, surface, rupture"),
}
_PER_FRAME = {
    "magnet_height_mm": ("mm", "height of the magnets"),
    "magnet_turns": ("turns", "of the magnets"),
    "focus_um": ("um", "position of the objective, with its jitter"),
    "lamp_percent": ("%", "brightness of the lamp"),
}
_TYPES = {"x_px": "<f8", "y_px": "<f8", "state": "|u1", "events": "<u4"}
_ROWS_PER_CHUNK = 256
_FLUSH_S = 2.0
"""Rarely, as it takes 10 ms in which no frame is made."""


class TruthFile:
    """Writes frames until it is stopped; called by the frame loop and by whoever starts and stops it."""

    def __init__(self, sample: Sample, clock: Callable[[], float]) -> None:
        self._sample = sample
        self._clock = clock
        self._lock = threading.Lock()
        self._file: Any = None
        self._waiting: list[Exposure] = []
        self._flushed_s = 0.0
        self._error: OSError | RuntimeError | None = None
        self._abandoned: list[Any] = []

    def start(self, path: Path) -> None:
        """Begin to write `path`, from the next frame on.

        Raises:
            RuntimeError: another file is being written.
        """
        with self._lock:
            if self._file is not None:
                raise RuntimeError(
                    f"Cannot write the truth to {path}: {self._file.filename} is being written; stop that first"
                )
            self._file = _new_file(Path(path), self._sample)
            self._error = None
            self._flushed_s = self._clock()

    def add(self, exposure: Exposure) -> None:
        """Take a frame; does nothing when no file is being written."""
        with self._lock:
            if self._file is None or self._error is not None:
                return
            self._waiting.append(exposure)
            if len(self._waiting) >= _ROWS_PER_CHUNK or self._clock() - self._flushed_s > _FLUSH_S:
                self._write()

    def stop(self) -> None:
        """Finish the file. Harmless when nothing is being written.

        Raises:
            RuntimeError: the file could not be written to its end.
        """
        with self._lock:
            file, self._file = self._file, None
            if file is None:
                return
            if self._error is None:
                self._file = file
                self._write()
                self._file = None
            error, self._error = self._error, None
            self._waiting = []
            if error is not None:
                # closing a file on a full disk ends the process: it stays open, and readable as it is
                self._abandoned.append(file)
                raise RuntimeError(f"The truth is incomplete, {file.filename} could not be written: {error}")
            file.close()

    def _write(self) -> None:
        file, exposures = self._file, self._waiting
        if file is None or not exposures:
            return
        try:
            for name in ("id", *_PER_FRAME, *_PER_BEAD):
                dataset = file["frame_id" if name == "id" else name]
                rows = dataset.shape[0]
                dataset.resize(rows + len(exposures), axis=0)
                dataset[rows:] = np.array([getattr(each, name) for each in exposures])
            file.flush()
        except (OSError, RuntimeError) as error:
            self._error = error
        self._waiting = []
        self._flushed_s = self._clock()


def _new_file(path: Path, sample: Sample) -> h5py.File:
    settings = sample.settings
    file = h5py.File(path, "x", libver="latest")
    _dataset(file, "frame_id", (), "<i8", "", "the camera's counter")
    for name, (unit, meaning) in _PER_FRAME.items():
        _dataset(file, name, (), "<f8", unit, meaning)
    for name, (unit, meaning) in _PER_BEAD.items():
        _dataset(file, name, (settings.beads,), _TYPES.get(name, "<f4"), unit, meaning)
    file.attrs["schema"] = SCHEMA_VERSION
    file.attrs["settings"] = json.dumps(asdict(settings))
    file.attrs["kinds"] = ["tether"] * settings.tethers + ["reference"] * settings.references
    file.attrs["classes"] = [*sample.population.classes.tolist(), *["reference"] * settings.references]
    file.attrs["polar_deg"] = sample.population.polar_deg
    file.attrs["contour_nm"] = sample.contours_nm
    file.attrs["force_scale"] = sample.force_scales
    file.swmr_mode = True
    return file


def _dataset(file: h5py.File, name: str, shape: tuple[int, ...], dtype: str, unit: str, meaning: str) -> None:
    dataset = file.create_dataset(
        name, (0, *shape), dtype, maxshape=(None, *shape), chunks=(_ROWS_PER_CHUNK, *(max(each, 1) for each in shape))
    )
    dataset.attrs["unit"] = unit
    dataset.attrs["meaning"] = meaning
