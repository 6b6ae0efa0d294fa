"""The tracker: positions and flags of all beads of a frame."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from operator import index
from typing import Any

import numpy as np
from numpy.typing import NDArray

from beadline.tracks import FLAG_DTYPE, empty_tracks

from .fits import Windows
from .frame_memory import frame_memory
from .options import TrackerOptions
from .same_size import Measured, SameSize
from .tables import LookupTable
from .warming import warm_up

_FARTHEST_PX = 2**30
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
        windows_px: Sequence[int] = (),
        *,
        threads: int = 1,
    ) -> None:
        """Prepare the tables and compile what is not compiled yet.

        Args:
            options: how to measure.
            window_count: number of beads.
            tables: look-up table of each bead, None for x and y only; empty for none at all.
            windows_px: side of the window of each bead [px], even; empty for that of the options.
            threads: how many threads share the work, where there is enough of it.

        Raises:
            ValueError: the tables or sizes are not as many as the beads, a size is out of its range, a table was
                made with another shape of profile, or there is no thread.
            TypeError: a size is no whole number.
        """
        tables = list(tables) or [None] * window_count
        sizes = np.array([index(size) for size in windows_px] or [options.window_px] * window_count, np.int64)
        for name, given in (("look-up tables", tables), ("sizes of windows", sizes)):
            if len(given) != window_count:
                none = ", None for a bead without" if given is tables else ""
                raise ValueError(
                    f"Cannot track {window_count} beads with {len(given)} {name}: give one for each bead{none}"
                )
        warm_up("centres" if all(table is None for table in tables) else "tables")
        self.window_count = window_count
        self.windows_px = sizes
        self._sizes: list[SameSize] = []
        for size in np.unique(sizes).tolist() or [options.window_px]:
            beads = np.flatnonzero(sizes == size)
            own = options if size == options.window_px else replace(options, window_px=size)
            self._sizes.append(SameSize(own, beads, [tables[bead] for bead in beads]))
        if threads < 1:
            raise ValueError(f"Cannot track with {threads} threads: at least 1 is needed")
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads - 1, "tracker") if threads > 1 else None

    def track(
        self,
        frame: NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.float32],
        origins: Origins,
        out_tracks: Tracks,
        out_flags: Flags,
        out_about_rings: NDArray[np.float32] | None = None,
    ) -> None:
        """Measure all beads of a frame.

        The result depends on nothing but the frame around the beads, the windows, the tables and the options.

        Args:
            frame: pixels [ADU], shape (rows, columns), u8, u16 or float32; any strides, may be read-only.
            origins: top left pixel of each window, x and y [px], int32, shape (beads, 2).
            out_tracks: filled with tracks, float32, shape (beads, columns).
            out_flags: filled with flags, uint16, shape (beads,).
            out_about_rings: filled with the share of the variance that lies in rings, the root-mean-square of the
                pixels about them [ADU] and the contrast, the root-mean-square of the rings relative to the
                background, float32, shape (beads, 3).

        Raises:
            TypeError: the frame is of another type, or the windows do not begin at whole pixels.
            ValueError: the number of windows is not that of the beads.
        """
        _check_dimensions(frame, 2)
        where = _whole(origins, (self.window_count, 2))[None]
        tracks, flags, about_rings = self.measure(frame, where, about_rings=out_about_rings is not None)
        out_tracks[...], out_flags[...] = tracks[0], flags[0]
        if out_about_rings is not None:
            out_about_rings[...] = about_rings[0]

    def track_frames(self, frames: NDArray[Any], origins: Origins, out_tracks: Tracks, out_flags: Flags) -> None:
        """Measure all beads of some frames in the same windows, which takes less time than one frame after the other.

        Args:
            frames: pixels [ADU], shape (frames, rows, columns), as for `track`.
            origins: top left pixel of each window, x and y [px], int32, shape (beads, 2).
            out_tracks: filled with tracks, float32, shape (frames, beads, columns).
            out_flags: filled with flags, uint16, shape (frames, beads).

        Raises:
            TypeError: the frames are of another type, or the windows do not begin at whole pixels.
            ValueError: these are not several frames, or the number of windows is not that of the beads.
        """
        _check_dimensions(frames, 3)
        where = np.broadcast_to(_whole(origins, (self.window_count, 2)), (len(frames), self.window_count, 2))
        out_tracks[...], out_flags[...], _ = self.measure(frames, where)

    def measure(self, frames: NDArray[Any], origins: Origins, *, about_rings: bool = False) -> Measured:
        """Measure all beads of frames.

        Args:
            frames: pixels [ADU], shape (frames, rows, columns), or (rows, columns) for one.
            origins: top left pixel of each window in each frame, x and y [px], shape (frames, beads, 2).
            about_rings: whether to tell about the rings of beads that have tables, too.

        Returns:
            Tracks, flags and what `track` tells about rings, shapes (frames, beads, columns), (frames, beads) and
            (frames, beads, 3); the latter for beads without a table only, unless it is asked for.
        """
        memory, count = frame_memory(frames), len(origins)
        measured = (
            empty_tracks(count, self.window_count),
            np.zeros((count, self.window_count), FLAG_DTYPE),
            np.zeros((count, self.window_count, 3), np.float32),
        )
        for size in self._sizes:
            beads = len(size.beads)
            windows = Windows(
                np.repeat(np.arange(count, dtype=np.int32), beads),
                np.ascontiguousarray(origins[:, size.beads].reshape(-1, 2)),
                np.tile(np.arange(beads, dtype=np.int32), count),
            )
            found = size.measure(memory, windows, about_rings=about_rings, pool=self._pool, threads=self._threads)
            for whole, of_some in zip(measured, found, strict=True):
                whole[:, size.beads] = of_some.reshape(count, beads, *of_some.shape[1:])
        return measured


def _check_dimensions(frames: NDArray[Any], dimensions: int) -> None:
    if frames.ndim != dimensions:
        expected = "(rows, columns)" if dimensions == 2 else "(frames, rows, columns)"
        raise ValueError(f"Cannot track pixels of shape {frames.shape}: {expected} is expected")


def _whole(origins: NDArray[Any], shape: tuple[int, ...]) -> Origins:
    """Return origins that are whole pixels, for as many beads as there are."""
    if origins.shape != shape:
        raise ValueError(
            f"Cannot track windows of shape {origins.shape}: this tracker was made for {shape[-2]} beads, shape {shape}"
        )
    if origins.dtype.kind not in "iu":
        raise TypeError(
            f"Cannot track windows that begin at numbers of type {origins.dtype}: windows begin at whole pixels, "
            "take them from `window_origins`"
        )
    # no frame is as large: what is further off is outside all the same
    return np.ascontiguousarray(np.clip(origins, -_FARTHEST_PX, _FARTHEST_PX), np.int32)


def track_stack(
    frames: NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.float32],
    origins: NDArray[Any],
    options: TrackerOptions | None = None,
    tables: Sequence[LookupTable | None] = (),
    *,
    windows_px: Sequence[int] = (),
    threads: int = 1,
) -> tuple[Tracks, Flags]:
    """Measure the same beads in many frames.

    Args:
        frames: pixels [ADU], shape (frames, rows, columns).
        origins: top left pixel of each window, x and y [px], shape (beads, 2) or (frames, beads, 2).
        options: how to measure.
        tables: look-up table of each bead, see `Tracker`.
        windows_px: side of the window of each bead [px]; empty for that of the options.
        threads: how many threads share the work.

    Returns:
        Tracks, shape (frames, beads, columns), and flags, shape (frames, beads).

    Raises:
        TypeError: the frames are of another type, or the windows do not begin at whole pixels.
        ValueError: these are not several frames, or tables, windows and frames are not equally many.
    """
    _check_dimensions(frames, 3)
    origins = np.asarray(origins)
    beads = origins.shape[-2] if origins.ndim in (2, 3) else 0
    where = _whole(origins, (len(frames), beads, 2)[3 - origins.ndim :])
    tracker = Tracker(options or TrackerOptions(), beads, tables, windows_px, threads=threads)
    tracks, flags, _ = tracker.measure(frames, np.broadcast_to(where, (len(frames), beads, 2)))
    return tracks, flags
