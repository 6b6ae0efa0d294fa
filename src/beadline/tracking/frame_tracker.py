"""The tracker: positions and flags of all beads of a frame."""

import threading
from collections.abc import Sequence
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from beadline.tracks import FLAG_DTYPE, empty_tracks

from . import kernels
from .options import TrackerOptions
from .prepared_tables import prepare
from .radial_splines import NODES_PER_KNOT, coefficients_from_values, node_weights, sharpening
from .tables import LookupTable, check_matches

_compiling = threading.Lock()
Origins = NDArray[np.int32]
Tracks = NDArray[np.float32]
Flags = NDArray[np.uint16]


class Tracker:
    """Measures a fixed set of beads, frame by frame; it keeps nothing from one frame to the next.

    `track` may be called from several threads at once.
    """

    def __init__(
        self,
        options: TrackerOptions,
        window_count: int,
        tables: Sequence[LookupTable | None] = (),
    ) -> None:
        """Prepare the tables and compile what is not compiled yet.

        Args:
            options: how to measure.
            window_count: number of beads.
            tables: look-up table of each bead, None for x and y only; empty for none at all.

        Raises:
            ValueError: the tables are not as many as the beads, or were made with another shape of profile.
        """
        tables = list(tables) or [None] * window_count
        if len(tables) != window_count:
            raise ValueError(
                f"Cannot track {window_count} beads with {len(tables)} look-up tables: "
                "give one for each bead, None for a bead without"
            )
        for table in tables:
            if table is not None:
                check_matches(table, options, {})
        warm_up()
        self.options = options
        self.window_count = window_count
        knots = options.radius_px * options.samples_per_px + 1
        prepared = prepare(tables, options)
        self._buffers = threading.local()
        self._constants = (
            (
                float(options.radius_px),
                options.samples_per_px,
                NODES_PER_KNOT,
                options.centre_iterations,
                options.fit_iterations,
                float(options.ring_fraction_limit),
                float(options.score_limit),
                float(options.gain_limit),
                float(options.residual_limit),
            ),
            (coefficients_from_values(knots) @ sharpening(knots)).astype(np.float32),
            node_weights(),
            prepared.planes,
            prepared.z_nm,
            prepared.blurred,
            prepared.cubics,
            prepared.residuals,
        )

    def track(
        self,
        frame: NDArray[np.uint8] | NDArray[np.uint16],
        origins: Origins,
        out_tracks: Tracks,
        out_flags: Flags,
        out_about_rings: NDArray[np.float32] | None = None,
    ) -> None:
        """Measure all beads of a frame.

        The result depends on nothing but the frame inside the windows, the tables and the options.

        Args:
            frame: pixels [ADU], shape (rows, columns), u8 or u16; any strides, may be read-only.
            origins: top left pixel of each window, x and y [px], int32, shape (beads, 2).
            out_tracks: filled with tracks, float32, shape (beads, columns).
            out_flags: filled with flags, uint16, shape (beads,).
            out_about_rings: filled with the share of the variance that lies in rings and the root-mean-square of the
                pixels about them [ADU], float32, shape (beads, 2).

        Raises:
            TypeError: the frame is neither u8 nor u16, or the windows do not begin at whole pixels.
            ValueError: the number of windows is not that of the beads.
        """
        top = _top_of(frame, self.options)
        if origins.shape != (self.window_count, 2):
            raise ValueError(
                f"Cannot track windows of shape {origins.shape}: this tracker was made for "
                f"{self.window_count} beads, shape {(self.window_count, 2)}"
            )
        if out_about_rings is None:
            out_about_rings = np.empty((self.window_count, 2), np.float32)
        origins = origins.astype(np.int32, casting="same_kind", copy=False)
        windows, saturated, work, long = self._buffer()
        kernels.load_windows(frame, origins, top, windows, saturated)
        kernels.track_windows(
            windows, saturated, origins, frame.shape, *self._constants, out_tracks, out_flags, out_about_rings,
            work, long,
        )  # fmt: skip

    def _buffer(self) -> tuple[Any, ...]:
        """Return room for windows, counts of saturated pixels and the loops, one for each thread."""
        if not hasattr(self._buffers, "room"):
            side = self.options.window_px
            knots = self.options.radius_px * self.options.samples_per_px + 1
            self._buffers.room = (
                np.empty((self.window_count, side, side), np.float32),
                np.empty(self.window_count, np.int32),
                *kernels.work_space(side, knots, NODES_PER_KNOT),
            )
        return self._buffers.room


def track_stack(
    frames: NDArray[np.uint8] | NDArray[np.uint16],
    origins: Origins,
    options: TrackerOptions | None = None,
    tables: Sequence[LookupTable | None] = (),
) -> tuple[Tracks, Flags]:
    """Measure the same windows in many frames.

    Args:
        frames: pixels [ADU], shape (frames, rows, columns).
        origins: top left pixel of each window, x and y [px], shape (beads, 2) or (frames, beads, 2).
        options: how to measure.
        tables: look-up table of each bead, see `Tracker`.

    Returns:
        Tracks, shape (frames, beads, columns), and flags, shape (frames, beads).
    """
    origins = np.ascontiguousarray(origins, dtype=np.int32)
    per_frame = np.broadcast_to(origins, (len(frames), *origins.shape[-2:]))
    tracker = Tracker(options or TrackerOptions(), origins.shape[-2], tables)
    tracks = empty_tracks(len(frames), tracker.window_count)
    flags = np.zeros(tracks.shape[:2], FLAG_DTYPE)
    for frame, windows, out_tracks, out_flags in zip(frames, per_frame, tracks, flags, strict=True):
        tracker.track(frame, windows, out_tracks, out_flags)
    return tracks, flags


def warm_up() -> float:
    """Compile, or load from the cache, all loops for u8 and u16 frames; return how long it took [s]."""
    start = perf_counter()
    with _compiling:
        kernels.compile_all()
    return perf_counter() - start


def _top_of(frame: NDArray[Any], options: TrackerOptions) -> int:
    if frame.dtype not in (np.uint8, np.uint16) or frame.ndim != 2:
        raise TypeError(
            f"Cannot track a frame of type {frame.dtype} and shape {frame.shape}: "
            "it must be uint8 or uint16 with rows and columns"
        )
    return options.saturation_adu or int(np.iinfo(frame.dtype).max)
