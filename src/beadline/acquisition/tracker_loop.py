"""The tracker worker: positions of every asked frame into a file, and of the newest ones into shared memory."""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from beadline.tracking import (
    LookupTable,
    Tracker,
    TrackerOptions,
    build_lookup_tables,
    check_matches,
    find_beads,
    frames_in_place,
    load_lookup_tables,
    next_origins,
    save_lookup_tables,
    warm_up,
    window_origins,
)
from beadline.tracks import FLAG_DTYPE, empty_tracks

from .background import in_background
from .brightness import frame_brightness
from .consumer import BATCH, Consumer
from .latest import LatestTracks
from .newest_frame import newest_frame, save_frame
from .ring import RingStamp
from .stores import Store, stamp_columns, tracks_store

THREADS = 2
FRAMES_AT_ONCE, AT_ONCE_S = 16, 0.02
"""So many frames that wait are tracked together, of so short a time: beads move. In lock-step, as many as need
no window to follow, so that what comes of it depends on the frames only."""


class TrackerLoop(Consumer):
    """Tracks every asked frame, or skips and counts it; of the frames outside recordings, the newest."""

    def __init__(self) -> None:
        super().__init__()
        self._tracker: Future[Tracker] | None = None
        self._beads: list[dict[str, Any]] = []
        self._origins = np.zeros((0, 2), np.int32)
        self._latest: LatestTracks | None = None
        self._attributes: dict[str, Any] = {}
        self._follow = True
        self._windows_px = np.zeros(0, np.int32)
        self._configured: list[Any] = []
        self._answer: dict[str, Any] = {}
        self._shape(0)
        # Compiling takes seconds the first time; only who needs it then waits for it.
        in_background(warm_up, "compile")
        self.commands |= {
            "configure": self.configure,
            "find_beads": self.find_beads,
            "snapshot": self.snapshot,
            "brightness": self.brightness,
            "build_lookup_tables": self.build_lookup_tables,
            "wait_until_ready": self.wait_until_ready,
        }

    def _shape(self, beads: int) -> None:
        """Make room for a batch of tracks."""
        self._kept_stamps: list[RingStamp] = []
        self._tracks = empty_tracks(BATCH, beads)
        self._flags = np.zeros((BATCH, beads), FLAG_DTYPE)
        self._kept_origins = np.zeros((BATCH, beads, 2), np.int32)
        self._seen, self._whole = range(0), [False]
        self._seen_tracks = empty_tracks(FRAMES_AT_ONCE, beads)
        self._seen_flags = np.zeros((FRAMES_AT_ONCE, beads), FLAG_DTYPE)
        self._seen_origins = self._origins
        self._at_once = FRAMES_AT_ONCE

    # -- commands -------------------------------------------------------------------------------------------

    def configure(
        self,
        beads: Sequence[Mapping[str, Any]],
        options: Mapping[str, Any],
        pixel_size_nm: float | None,
        optics: Mapping[str, Any] | None = None,
        follow: bool = True,  # noqa: FBT002 - a command's arguments come by name
    ) -> dict[str, Any]:
        """Take a set of beads, each in a window where it is said to be.

        Returns at once although the loops may still be compiled: frames are not looked at before that is done, and
        `prepare` and `wait_until_ready` wait for it.

        Args:
            beads: id, role, x_px, y_px and table of each: None or a path and a bead_id; and window_px, the side of its
                window [px], if that is not the one of the options.
            options: of `beadline.tracking.TrackerOptions`.
            pixel_size_nm: size of a pixel in the sample [nm], for the files.
            optics: what the tables must have been made with.
            follow: whether windows follow their beads; may change at any time, and puts no window elsewhere.

        Returns:
            latest: name of the shared ring of newest tracks; table_hashes: of each bead's table, or None.

        Raises:
            ValueError: a table that does not fit the options, its window or the optics, or a size out of range.
            RuntimeError: something else than during the recording that is going on.
        """
        wanted = [[dict(bead) for bead in beads], dict(options), pixel_size_nm, dict(optics or {})]
        self._follow = follow
        if wanted == self._configured:
            return self._answer  # the windows stay where they have followed the beads to
        if self.recording:
            raise RuntimeError("Cannot change the beads during a recording: wait for its end")
        chosen = TrackerOptions.from_dict(options)
        tables = _tables(beads)
        sizes = [int(bead.get("window_px", chosen.window_px)) for bead in beads]
        for table, size in zip(tables, sizes, strict=True):
            of_size = replace(chosen, window_px=size)
            if table is not None:
                check_matches(table, of_size, optics or {})
        self._tracker = in_background(
            partial(Tracker, chosen, len(beads), tables, sizes, threads=THREADS), "prepare the tracker"
        )
        self._windows_px = np.array(sizes, np.int32)
        self._beads = [dict(bead) for bead in beads]
        x_px, y_px = (np.array([bead[axis] for bead in beads], dtype=float) for axis in ("x_px", "y_px"))
        self._origins = window_origins(x_px, y_px, self._windows_px)
        hashes = [None if table is None else table.sha256 for table in tables]
        self._attributes = {"pixel_size_nm": pixel_size_nm, "window_px": sizes}
        if self._latest is not None:
            self._latest.close()
        self._latest = LatestTracks.create(len(beads))
        self._shape(len(beads))
        self.forget_failure()
        self._configured, self._answer = wanted, {"latest": self._latest.name, "table_hashes": hashes}
        return self._answer

    def wait_until_ready(self) -> None:
        """Wait until frames can be tracked; the first time, that is until the loops are compiled.

        Raises:
            RuntimeError: there are no beads.
        """
        if self._tracker is None:
            raise RuntimeError("There are no beads to track: choose beads first")
        self._tracker.result()

    def find_beads(self, image_path: str | None = None, frames: int = 1, **search: Any) -> dict[str, Any]:
        """Find beads in the newest frame, or the mean of the newest few, and keep that in a file if asked."""
        frame, stamp = newest_frame(self.ring, frames)
        if image_path is not None:
            save_frame(Path(image_path), frame)
        columns = ("x_px", "y_px", "score", "contrast")
        beads = [{name: getattr(bead, name) for name in columns} for bead in find_beads(frame, **search)]
        return {"beads": beads, **self._when(stamp)}

    def snapshot(self, path: str) -> dict[str, Any]:
        """Save the newest frame, as .npy or .png."""
        frame, stamp = newest_frame(self.ring)
        save_frame(Path(path), frame)
        return {"shape": list(frame.shape), **self._when(stamp)}

    def brightness(self, full_adu: float) -> dict[str, Any]:
        """Say how bright the newest frame is; `full_adu` is the most a pixel can be."""
        frame, stamp = newest_frame(self.ring)
        return {**frame_brightness(frame, full_adu), "full_adu": full_adu, **self._when(stamp)}

    def _when(self, stamp: RingStamp) -> dict[str, Any]:
        return {"frame_id": stamp.id, "host_time_s": stamp.host_time_s + self.ring.epoch_offset_s}

    def build_lookup_tables(
        self,
        video_path: str,
        plane_of_frame: Sequence[int],
        z_nm: Sequence[float],
        out_path: str,
        options: Mapping[str, Any],
        optics: Mapping[str, Any],
        provenance: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Build look-up tables from the recorded windows of a focus sweep and store them.

        Raises:
            ValueError: the video is not one of the windows of beads.
        """
        chosen, tables, refused = TrackerOptions.from_dict(options), list[LookupTable](), dict[int, str]()
        for size, stack, bead_ids in _windows(video_path, len(plane_of_frame)):
            of_size = replace(chosen, window_px=size)
            built = build_lookup_tables(stack, plane_of_frame, z_nm, of_size, optics, bead_ids)
            tables += built.tables
            refused |= built.refused
        tables.sort(key=lambda table: table.bead_id)
        if tables:
            save_lookup_tables(Path(out_path), tables, {"video": Path(video_path).name, **provenance})
        return {
            "bead_ids": [table.bead_id for table in tables],
            "sha256": [table.sha256 for table in tables],
            "error_nm": [table.quality["plane_error_rms_nm"] for table in tables],
            "refused": {str(bead): reason for bead, reason in refused.items()},
        }

    # -- the loop -------------------------------------------------------------------------------------------

    def make_store(self, path: Path, attributes: Mapping[str, Any]) -> Store:
        self.wait_until_ready()
        self._kept_stamps.clear()
        return tracks_store(path, self._beads, {**self._attributes, **attributes})

    def attach(self, ring: str, lock_step: bool = False) -> None:  # noqa: FBT002 - a command's arguments come by name
        """Take frames from this ring; see `Consumer.attach`."""
        super().attach(ring, lock_step)
        self._seen = range(0)

    def take(self, seq: int, stamp: RingStamp) -> bool:
        if seq not in self._seen:
            self._look(seq, self._at_once if self.lock_step else self._near_in_time(seq, stamp))
        row, place = seq - self._seen.start, len(self._kept_stamps)
        if not self._whole[row]:
            return False
        self._tracks[place], self._flags[place] = self._seen_tracks[row], self._seen_flags[row]
        self._kept_origins[place] = self._seen_origins
        self._kept_stamps.append(stamp)
        self._publish(stamp, row)
        return True

    def has(self, seq: int) -> bool:
        return seq in self._seen and self._whole[seq - self._seen.start]

    def glance(self, seq: int, stamp: RingStamp) -> None:
        if self._tracker is not None and self._tracker.done():
            if seq not in self._seen:
                self._look(seq, self._at_once if self.lock_step else 1)
            row = seq - self._seen.start
            if self._whole[row]:
                self._publish(stamp, row)

    def _near_in_time(self, seq: int, stamp: RingStamp) -> int:
        """Return how many frames from this one on are so close together that beads have hardly moved."""
        stop = min(self.ring.written, seq + FRAMES_AT_ONCE)
        later_s = self.ring.stamps(seq, stop)["device_time_s"] - stamp.device_time_s
        apart = np.flatnonzero((later_s < 0) | (later_s >= AT_ONCE_S))
        return max(1, int(apart[0]) if apart.size else len(later_s))

    def _look(self, seq: int, most: int) -> None:
        """Track a frame, and with it those that wait behind it: one after the other they would take longer."""
        if self._tracker is None:
            raise RuntimeError("There are no beads to track: choose beads first")
        frames = self.ring.pixels_from(seq, most)
        count = len(frames)
        self._seen, self._seen_origins = range(seq, seq + count), self._origins
        self._tracker.result().track_frames(frames, self._origins, self._seen_tracks[:count], self._seen_flags[:count])
        if self.lock_step and self._follow:
            # as if one by one: however many wait, the windows are where the frame before says
            tracks, flags = self._seen_tracks[:count], self._seen_flags[:count]
            count = frames_in_place(self._origins, tracks, flags, self._windows_px)
            self._seen = range(seq, seq + count)
        self._at_once = min(2 * count, FRAMES_AT_ONCE)
        self._whole = [self.ring.holds(each) for each in self._seen]
        if self._follow and self._whole[-1]:
            tracks, flags = self._seen_tracks[count - 1], self._seen_flags[count - 1]
            self._origins = next_origins(self._origins, tracks, flags, self.ring.frame_shape, self._windows_px)

    def _publish(self, stamp: RingStamp, row: int) -> None:
        if self._latest is not None:
            done_s = time.monotonic()
            times = (stamp.id, stamp.device_time_s, stamp.host_time_s, done_s)
            self._latest.push(times, self._seen_tracks[row], self._seen_flags[row])
            if not self.lock_step:  # where the host's clock says nothing
                self.latencies.add((done_s - stamp.host_time_s) * 1000)

    def write(self, store: Store) -> None:
        count = len(self._kept_stamps)
        if not count:
            return
        store.append(
            {
                **stamp_columns(self._kept_stamps, self.ring.epoch_offset_s),
                "tracks": self._tracks[:count],
                "flags": self._flags[:count],
                "window_origin_px": self._kept_origins[:count],
            }
        )
        self._kept_stamps.clear()

    def close(self) -> None:
        try:
            super().close()
        finally:
            if self._latest is not None:
                self._latest.close()


def _windows(video_path: str, frames: int) -> Iterator[tuple[int, NDArray[Any], list[int]]]:
    """Read the windows of a sweep: for each size, that [px], shape (frames, beads, rows, columns), and ids of beads."""
    with h5py.File(video_path, "r", libver="latest", swmr=True) as file:
        video, bead_ids = file["video"], np.asarray(file.attrs.get("bead_ids", ())).astype(int).tolist()
        if not isinstance(video, h5py.Dataset) or video.ndim != 4 or video.shape[1] != len(bead_ids):
            raise ValueError(
                f"Cannot build look-up tables from {video_path}: it has no windows of beads with their ids"
            )
        sizes = np.broadcast_to(file.attrs.get("window_px", video.shape[-1]), len(bead_ids))
        stack = video[:frames]  # at once: the library takes ten times as long to read some of the beads
        for size in np.unique(sizes).tolist():
            some = np.flatnonzero(sizes == size)
            yield size, stack[:, some, :size, :size], [bead_ids[bead] for bead in some]


def _tables(beads: Sequence[Mapping[str, Any]]) -> list[LookupTable | None]:
    """Load the table of each bead, each file once.

    Raises:
        ValueError: a file that is damaged, or has no table for the bead.
    """
    files: dict[str, dict[int, LookupTable]] = {}
    tables: list[LookupTable | None] = []
    for bead in beads:
        if bead.get("table") is None:
            tables.append(None)
            continue
        path, bead_id = bead["table"]["path"], int(bead["table"]["bead_id"])
        if path not in files:
            files[path] = {table.bead_id: table for table in load_lookup_tables(Path(path))}
        if bead_id not in files[path]:
            raise ValueError(f"{path} has no look-up table of bead {bead_id}: it has {sorted(files[path])}")
        tables.append(files[path][bead_id])
    return tables
