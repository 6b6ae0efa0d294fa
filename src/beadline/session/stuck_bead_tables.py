"""Look-up tables for the pipeline bench: of stuck beads of a simulated microscope, whose time is not ours."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from beadline.hardware import CameraSettings, Microscope
from beadline.tracking import TrackerOptions, build_lookup_tables, save_lookup_tables, window_origins

PLANES, FRAMES, REACH_UM = 50, 5, 1.5
FOCAL_FACTOR = 1.0
SIMULATION = "beadline.simulation"


class _OwnTime:
    """A clock that only waiting moves."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s

    def sleep(self, duration_s: float) -> None:
        self.now_s += max(duration_s, 1e-6)


def make_tables(world: Mapping[str, Any], positions_px: NDArray[np.float64], pixel_size_nm: float, shift: int) -> Any:
    """Sweep the focus over a simulated sample and return the table of each bead.

    Args:
        world: plain keyword data of `beadline.simulation.microscope`, whose beads are all stuck.
        positions_px: x and y of each bead [px], shape (beads, 2).
        pixel_size_nm: size of a pixel in the sample [nm].
        shift: how many bits pixels are shifted up; with any, they are u16.

    Raises:
        RuntimeError: a bead got no table.
    """
    clock = _OwnTime()
    scope: Microscope = import_module(SIMULATION).microscope(clock=clock, sleep=clock.sleep, **world)
    origins = window_origins(positions_px[:, 0], positions_px[:, 1], TrackerOptions().window_px)
    travel_um = np.linspace(-REACH_UM, REACH_UM, PLANES)
    windows = _sweep(scope, travel_um, origins, clock)
    stack = windows if not shift else np.left_shift(windows, shift, dtype=np.uint16)
    built = build_lookup_tables(
        stack,
        np.repeat(np.arange(PLANES), FRAMES),
        -1000 * FOCAL_FACTOR * travel_um,
        TrackerOptions(),
        {"pixel_size_nm": pixel_size_nm, "focal_factor": FOCAL_FACTOR},
        list(range(len(origins))),
    )
    if built.refused:
        raise RuntimeError("; ".join(built.refused.values()))
    return built.tables


def save_tables(path: Path, tables: Any) -> Path:
    """Store the tables where a tracker finds them, and return the path."""
    save_lookup_tables(path, tables, {})
    return path


def _sweep(
    scope: Microscope, travel_um: NDArray[np.float64], origins: NDArray[np.int32], clock: _OwnTime
) -> NDArray[np.uint8]:
    """Return the windows of all beads, shape (frames, beads, rows, columns)."""
    focus, camera, side = scope.axes["focus"], scope.grabber, TrackerOptions().window_px
    info = camera.open()
    camera.apply(CameraSettings(100.0, 0.009))
    camera.start()
    frame = np.empty((info.height_px, info.width_px), np.uint8)
    windows = np.empty((len(travel_um) * FRAMES, len(origins), side, side), np.uint8)
    centre_um = focus.state().position
    for plane, travel in enumerate(travel_um):
        focus.move(centre_um + travel)
        while focus.state().moving:
            clock.sleep(0.02)
        camera.grab(frame, 1.0)  # its exposure may have begun during the move
        for taken in range(FRAMES):
            camera.grab(frame, 1.0)
            for bead, (x, y) in enumerate(origins):
                windows[plane * FRAMES + taken, bead] = frame[y : y + side, x : x + side]
    camera.stop()
    return windows
