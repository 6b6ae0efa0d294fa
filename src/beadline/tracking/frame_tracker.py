"""The tracker: positions and flags of all beads of a frame."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from beadline.tracks import FLAG_DTYPE, empty_tracks

from .fits import Windows
from .frame_memory import FrameMemory, frame_memory
from .options import TrackerOptions
from .same_size import Measured, SameSize
from .tables import LookupTable
from .warming import warm_up

if TYPE_CHECKING:
    from .stages import Stages

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
            ValueError: the tables or sizes are not as many as the beads, a size is out of its range, or a table was
                made with another shape of profile.
        """
        tables = list(tables) or [None] * window_count
        sizes = np.array(list(windows_px) or [options.window_px] * window_count, dtype=np.int64)
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
        self._row = np.zeros(window_count, np.int32)
        for size in np.unique(sizes).tolist() or [options.window_px]:
            beads = np.flatnonzero(sizes == size)
            self._row[beads] = np.arange(len(beads))
            own = options if size == options.window_px else replace(options, window_px=size)
            self._sizes.append(SameSize(own, beads, [tables[bead] for bead in beads]))
        self._beads = np.arange(window_count, dtype=np.int32)
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
        memory = frame_memory(frame)
        if origins.shape != (self.window_count, 2):
            raise ValueError(
                f"Cannot track windows of shape {origins.shape}: this tracker was made for "
                f"{self.window_count} beads, shape {(self.window_count, 2)}"
            )
        origins = np.ascontiguousarray(origins.astype(np.int32, casting="same_kind", copy=False))
        windows = Windows(np.zeros_like(self._beads), origins, self._beads)
        out_tracks[...], out_flags[...], about_rings = self.measure(
            memory, windows, about_rings=out_about_rings is not None
        )
        if out_about_rings is not None:
            out_about_rings[...] = about_rings

    def track_frames(self, frames: NDArray[Any], origins: Origins, out_tracks: Tracks, out_flags: Flags) -> None:
        """Measure all beads of some frames in the same windows, which takes less time than one frame after the other.

        Args:
            frames: pixels [ADU], shape (frames, rows, columns), as for `track`.
            origins: top left pixel of each window, x and y [px], int32, shape (beads, 2).
            out_tracks: filled with tracks, float32, shape (frames, beads, columns).
            out_flags: filled with flags, uint16, shape (frames, beads).
        """
        count = len(frames)
        windows = Windows(
            np.repeat(np.arange(count, dtype=np.int32), self.window_count),
            np.tile(origins, (count, 1)),
            np.tile(self._beads, count),
        )
        tracks, flags, _ = self.measure(frame_memory(frames), windows)
        out_tracks[...], out_flags[...] = tracks.reshape(out_tracks.shape), flags.reshape(out_flags.shape)

    def measure(self, memory: FrameMemory, windows: Windows, *, about_rings: bool = False) -> Measured:
        """Measure any windows of any frames.

        Returns:
            Tracks, flags and what `track` tells about rings, for each window; the latter for beads without a table
            only, unless it is asked for.
        """
        how: dict[str, Any] = {"about_rings": about_rings, "pool": self._pool, "parts": self._threads}
        if len(self._sizes) == 1:
            return self._sizes[0].measure(memory, windows, **how)
        count = len(windows.beads)
        measured = empty_tracks(count), np.zeros(count, FLAG_DTYPE), np.zeros((count, 3), np.float32)
        for size in self._sizes:
            some = np.flatnonzero(np.isin(windows.beads, size.beads))
            beads = self._row[windows.beads[some]]
            part = Windows(windows.frames[some], np.ascontiguousarray(windows.origins[some]), beads)
            for whole, of_some in zip(measured, size.measure(memory, part, **how), strict=True):
                whole[some] = of_some
        return measured

    @property
    def stages(self) -> "Stages":
        """The compiled stages for the smallest windows, with room for this thread."""
        return self._sizes[0].stages


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
    """
    origins = np.ascontiguousarray(origins, dtype=np.int32)
    beads, count = origins.shape[-2], len(frames)
    tracker = Tracker(options or TrackerOptions(), beads, tables, windows_px, threads=threads)
    windows = Windows(
        np.repeat(np.arange(count, dtype=np.int32), beads),
        np.broadcast_to(origins, (count, beads, 2)).reshape(-1, 2),
        np.tile(np.arange(beads, dtype=np.int32), count),
    )
    tracks, flags, _ = tracker.measure(frame_memory(frames), windows)
    return tracks.reshape(count, beads, tracks.shape[1]), flags.reshape(count, beads)
