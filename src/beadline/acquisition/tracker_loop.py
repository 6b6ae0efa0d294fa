"""The tracker worker: positions of every asked frame into a file, and of the newest ones into shared memory."""

import time
from collections.abc import Mapping, Sequence
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
    load_lookup_tables,
    next_origins,
    save_lookup_tables,
    window_origins,
)
from beadline.tracks import FLAG_DTYPE, empty_tracks

from .consumer import BATCH, Consumer
from .latest import LatestTracks
from .stores import Store, tracks_store


class TrackerLoop(Consumer):
    """Tracks every asked frame, or skips and counts it; of the frames outside recordings, the newest."""

    def __init__(self) -> None:
        super().__init__()
        self._tracker: Tracker | None = None
        self._beads: list[dict[str, Any]] = []
        self._origins = np.zeros((0, 2), np.int32)
        self._latest: LatestTracks | None = None
        self._attributes: dict[str, Any] = {}
        self._follow = True
        self._window_px = 0
        self._shape(0)
        self.commands |= {
            "configure": self.configure,
            "find_beads": self.find_beads,
            "build_lookup_tables": self.build_lookup_tables,
        }

    def _shape(self, beads: int) -> None:
        """Make room for a batch of tracks."""
        self._kept = 0
        self._tracks = empty_tracks(BATCH, beads)
        self._flags = np.zeros((BATCH, beads), FLAG_DTYPE)
        self._kept_origins = np.zeros((BATCH, beads, 2), np.int32)
        self._kept_stamps = np.zeros((BATCH, 3))

    # -- commands -------------------------------------------------------------------------------------------

    def configure(
        self,
        beads: Sequence[Mapping[str, Any]],
        options: Mapping[str, Any],
        pixel_size_nm: float | None,
        optics: Mapping[str, Any] | None = None,
        follow: bool = True,  # noqa: FBT002 - a command's arguments come by name
    ) -> dict[str, Any]:
        """Take another set of beads; compiles what has to be compiled.

        Returns:
            latest: name of the shared ring of newest tracks; table_hashes: of each bead's table, or None.

        Raises:
            ValueError: a table that does not fit the options or the optics.
        """
        if self._store is not None:
            raise RuntimeError("Cannot change the beads during a recording: wait for its end")
        chosen = TrackerOptions.from_dict(options)
        tables = _tables(beads)
        for table in tables:
            if table is not None:
                check_matches(table, chosen, optics or {})
        self._tracker = Tracker(chosen, len(beads), tables)
        self._window_px = chosen.window_px
        self._beads = [dict(bead) for bead in beads]
        self._follow = follow
        x_px, y_px = (np.array([bead[axis] for bead in beads], dtype=float) for axis in ("x_px", "y_px"))
        self._origins = window_origins(x_px, y_px, chosen.window_px)
        hashes = [None if table is None else table.sha256 for table in tables]
        self._attributes = {"pixel_size_nm": pixel_size_nm}
        if self._latest is not None:
            self._latest.close()
        self._latest = LatestTracks.create(len(beads))
        self._shape(len(beads))
        return {"latest": self._latest.name, "table_hashes": hashes}

    def find_beads(self, image_path: str | None = None, **search: Any) -> dict[str, Any]:
        """Find beads in the newest frame, and keep that frame in a file if asked."""
        frame, stamp = self._newest_frame()
        if image_path is not None:
            np.save(image_path, frame)
        beads = [
            {"x_px": float(bead.x_px), "y_px": float(bead.y_px), "score": float(bead.score)}
            for bead in find_beads(frame, **search)
        ]
        host_time_s = float(stamp["host_time_s"]) + self.ring.epoch_offset_s
        return {"beads": beads, "frame_id": int(stamp["id"]), "host_time_s": host_time_s}

    def _newest_frame(self) -> tuple[NDArray[Any], Any]:
        ring = self.ring
        for _ in range(10):
            seq = ring.written - 1
            if seq < 0:
                raise RuntimeError("There is no frame yet: start the camera first")
            frame = ring.pixels(seq).copy()
            if ring.holds(seq):
                return frame, ring.stamps(seq, seq + 1)[0]
        raise RuntimeError("Cannot take a frame: the camera overwrites them faster than one can be copied")

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
        """Build look-up tables from the recorded windows of a focus sweep and store them."""
        with h5py.File(video_path, "r", libver="latest", swmr=True) as video:
            stack = np.asarray(video["video"])[: len(plane_of_frame)]
            bead_ids = [int(bead["id"]) for bead in self._beads]
        built = build_lookup_tables(stack, plane_of_frame, z_nm, TrackerOptions.from_dict(options), optics, bead_ids)
        if built.tables:
            save_lookup_tables(Path(out_path), built.tables, {"video": Path(video_path).name, **provenance})
        return {
            "bead_ids": [table.bead_id for table in built.tables],
            "sha256": [table.sha256 for table in built.tables],
            "error_nm": [table.quality["plane_error_rms_nm"] for table in built.tables],
            "refused": {str(bead): reason for bead, reason in built.refused.items()},
        }

    # -- the loop -------------------------------------------------------------------------------------------

    def make_store(self, path: Path, attributes: Mapping[str, Any]) -> Store:
        if self._tracker is None:
            raise RuntimeError("There are no beads to track: choose beads first")
        self._kept = 0
        return tracks_store(path, self._beads, {**self._attributes, **attributes})

    def take(self, seq: int, stamp: Any) -> bool:
        place = self._kept
        if not self._track(seq, stamp, self._tracks[place], self._flags[place], self._kept_origins[place]):
            return False
        self._kept_stamps[place] = (stamp["id"], stamp["device_time_s"], stamp["host_time_s"])
        self._kept += 1
        return True

    def glance(self, seq: int, stamp: Any) -> None:
        if self._tracker is not None:
            last = BATCH - 1
            self._track(seq, stamp, self._tracks[last], self._flags[last], self._kept_origins[last])

    def _track(
        self, seq: int, stamp: Any, tracks: NDArray[Any], flags: NDArray[Any], origins: NDArray[np.int32]
    ) -> bool:
        if self._tracker is None or self._latest is None:
            return False
        origins[...] = self._origins
        frame = self.ring.pixels(seq)
        self._tracker.track(frame, self._origins, tracks, flags)
        if not self.ring.holds(seq):
            return False
        done_s = time.monotonic()
        host_time_s = float(stamp["host_time_s"])
        self._latest.push((int(stamp["id"]), float(stamp["device_time_s"]), host_time_s, done_s), tracks, flags)
        self.board["latency_ms"] = (done_s - host_time_s) * 1000
        if self._follow:
            self._origins = next_origins(self._origins, tracks, flags, frame.shape, self._window_px)
        return True

    def write(self, store: Store) -> None:
        count, self._kept = self._kept, 0
        if not count:
            return
        ids, device_time_s, host_time_s = self._kept_stamps[:count].T
        store.append(
            {
                "frame_id": ids.astype(np.int64),
                "device_time_s": device_time_s,
                "host_time_s": host_time_s + self.ring.epoch_offset_s,
                "tracks": self._tracks[:count],
                "flags": self._flags[:count],
                "window_origin_px": self._kept_origins[:count],
            }
        )

    def close(self) -> None:
        try:
            super().close()
        finally:
            if self._latest is not None:
                self._latest.close()


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
