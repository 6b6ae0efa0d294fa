"""The rules every session has: no frames, lost beads, a lock at its limits, too little room on the disk."""

import math
import time
from collections.abc import Callable, Mapping
from typing import Any

from beadline.acquisition import LatestTracks, TrackBlock
from beadline.devices import BeadLock, Camera, DiskReserve, Tracker
from beadline.tracks import valid

from .rules import Rule

SILENT_S, SILENT_PERIODS = 2.0, 3
LOST_FRAMES = 20
RAILED_RECORDS, LOOKED_BACK = 5, 60


def rules_for(devices: Mapping[str, Any], disk: DiskReserve | None) -> list[Rule]:
    """Return the rules that fit the devices of a session, which are given by name."""
    of_kind = {Camera: NoFrames, Tracker: BeadsLost, BeadLock: LockRailed}
    rules: list[Rule] = [
        rule(each) for kind, rule in of_kind.items() for each in devices.values() if isinstance(each, kind)
    ]
    return rules + ([] if disk is None else [DiskLow(disk)])


class NoFrames:
    """A camera streams and sends nothing for 2 s, or for three of its frame periods if these are longer."""

    def __init__(self, camera: Camera, clock: Callable[[], float] = time.monotonic) -> None:
        self.name = f"no frames from {camera.name}"
        self._camera = camera
        self._clock = clock
        self._seen: tuple[int, int] = (-1, 0)
        self._since_s = math.inf

    def look(self) -> str:
        board = self._camera.worker.board
        seen, now_s = (int(board["frames"]), int(board["running"])), self._clock()
        if seen != self._seen:
            self._seen, self._since_s = seen, now_s
        if board["failed"]:
            return f"{self._camera.name} has failed; look at its cable and power, and at the log"
        rate_hz = float(board["host_rate_hz"])
        allowed_s = max(SILENT_S, SILENT_PERIODS / rate_hz if rate_hz > 0 else 0.0)
        # in lock-step, time stands still whenever nobody waits
        if self._camera.clock.lock_step or not board["running"] or now_s - self._since_s < allowed_s:
            return ""
        return f"{self._camera.name} sends no frames for {allowed_s:.0f} s; check its cable and power"


class BeadsLost:
    """Beads that were seen in none of the newest frames."""

    def __init__(self, tracker: Tracker) -> None:
        self.name = f"beads lost by {tracker.name}"
        self._tracker = tracker

    def look(self) -> str:
        tracked, camera = self._tracker.beads.tracked, self._tracker.camera
        board, block = camera.worker.board, newest_tracks(self._tracker, LOST_FRAMES)
        if not board["running"] or block is None or len(block.frame_id) < LOST_FRAMES:
            return ""
        within_s = max(SILENT_S, 2 * LOST_FRAMES / max(float(board["host_rate_hz"]), 0.01))
        if camera.clock.now() - block.host_time_s[0] > within_s or block.flags.shape[1] != len(tracked):
            return ""  # they are from another time
        seen = valid(block.flags)
        lost = [f"{bead.id} ({bead.role})" for row, bead in enumerate(tracked) if not seen[:, row].any()]
        if not lost:
            return ""
        return f"{self._tracker.name} has lost the beads {', '.join(lost)}; look at focus and light, or remove them"


class LockRailed:
    """A bead lock that asks for more than it may, again and again, or has frozen an axis."""

    def __init__(self, lock: BeadLock) -> None:
        self.name = f"{lock.name} railed"
        self._lock = lock

    def look(self) -> str:
        records = list(self._lock.records.kept.copy())[-LOOKED_BACK:]
        sentences = [
            self._of_axis(name, [each.reason for each in records if each.axis == name])
            for name in dict.fromkeys(each.axis for each in records)
        ]
        return "; ".join(filter(None, sentences)) if self._lock.locking is not None else ""

    def _of_axis(self, axis: str, reasons: list[str]) -> str:
        newest = reasons[-RAILED_RECORDS:]
        if newest[-1].startswith("frozen"):
            return f"{self._lock.name}: {newest[-1]}"
        if len(newest) == RAILED_RECORDS and all(each.startswith("limited") for each in newest):
            return (
                f"{self._lock.name} cannot keep up on {axis}: its last {RAILED_RECORDS} steps were all limited; "
                "look for drift, or allow it larger steps"
            )
        return ""


class DiskLow:
    """The next look of a recording would end it."""

    name = "disk low"

    def __init__(self, disk: DiskReserve) -> None:
        self._disk = disk

    def look(self) -> str:
        if not self._disk.lacks():
            return ""
        return (
            f"disk: less than the reserve of {self._disk.reserve_bytes / 1e9:.2f} GB is free in {self._disk.folder}; "
            "make room"
        )


def newest_tracks(tracker: Tracker, frames: int) -> TrackBlock | None:
    """Return the newest tracks of a live tracker; None when there are no beads, or it is not there."""
    if not tracker.beads.tracked or not tracker.worker.alive:
        return None
    try:
        latest = LatestTracks.attach(tracker.latest)
    except (FileNotFoundError, RuntimeError):
        return None  # it has just been told other beads, or has died
    try:
        return latest.newest(frames)
    finally:
        latest.close()
