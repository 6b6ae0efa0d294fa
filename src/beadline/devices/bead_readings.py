"""Fresh positions of the beads, for plans that decide and for the bead lock."""

import time
from typing import Any

import numpy as np
from bluesky.protocols import Reading
from event_model import DataKey
from numpy.typing import NDArray
from ophyd_async.core import AsyncStatus, Device, Reference, soft_signal_rw

from beadline.acquisition import LatestTracks, TrackBlock
from beadline.tracks import COLUMN_NAMES, valid

from .connecting import OpenFirst
from .tracker import Tracker

POLL_S = 0.003
MOST_FRAMES = 4000
"""No more than the shared ring of newest tracks keeps."""


class Beads(Device):
    """Mean and scatter of each bead over the next frames.

    Triggered, it waits for `frames` frames that were exposed after that moment: nothing older than the last
    move ever reaches a decision. It needs the camera's stream and the tracker, but no file and no run.
    It holds the tracker by reference: a plan that stages the beads does not stage the tracker again.
    """

    def __init__(self, tracker: Tracker, *, frames: int = 10, patience_s: float = 3.0, name: str = "") -> None:
        self._tracker = Reference(tracker)
        self._patience_s = patience_s
        self._block: TrackBlock | None = None
        self.frames = soft_signal_rw(int, frames)
        super().__init__(name=name, connector=OpenFirst(tracker.connected))

    def trigger(self) -> AsyncStatus[None]:
        """Wait for the next frames, exposed from now on.

        Raises:
            TimeoutError: they did not come in time.
        """
        return self._tracker().camera.clock.takes_time(AsyncStatus(self._take()))

    async def _take(self) -> None:
        tracker = self._tracker()
        camera = tracker.camera
        await tracker.ready()
        wanted = await self.frames.get_value()
        if not 1 <= wanted <= MOST_FRAMES:
            raise ValueError(f"{self.name} cannot average {wanted} frames: from 1 to {MOST_FRAMES} can be")
        clock = camera.clock
        now = clock.now()
        exposure_s = await camera.exposure_s.get_value()
        rate_hz = await camera.frame_rate_hz.get_value()
        deadline = now + wanted / rate_hz + self._patience_s
        tracker.worker.check()
        latest = LatestTracks.attach(tracker.latest)
        try:
            while True:
                block = latest.since_time(now + exposure_s, MOST_FRAMES)
                if len(block.frame_id) >= wanted:
                    self._block = block.head(wanted)
                    return
                await tracker.check_present()
                if clock.now() > deadline:
                    raise TimeoutError(
                        f"{self.name} got {len(block.frame_id)} of {wanted} fresh frames from {camera.name} within "
                        f"{clock.now() - now:.1f} s; start the camera (live) and check its frame rate"
                    )
                await clock.poll(POLL_S, (wanted + 1 - len(block.frame_id)) / rate_hz)
        finally:
            latest.close()

    def _values(self) -> dict[str, NDArray[Any]]:
        if self._block is None:
            raise RuntimeError(f"{self.name} has nothing to read: trigger it first")
        good = valid(self._block.flags)
        tracks = np.where(good[..., None], self._block.tracks.astype(np.float64), np.nan)
        count = np.maximum(np.isfinite(tracks).sum(axis=0), 1)
        known = np.isfinite(tracks).any(axis=0)
        mean = np.where(known, np.nansum(tracks, axis=0) / count, np.nan)
        spread = np.sqrt(np.nansum((tracks - mean) ** 2, axis=0) / count)
        return {
            f"{self.name}-mean": mean,
            f"{self.name}-std": np.where(known, spread, np.nan),
            f"{self.name}-valid": good.sum(axis=0).astype(np.int64),
            f"{self.name}-flags": np.bitwise_or.reduce(self._block.flags, axis=0).astype(np.int64),
            f"{self.name}-last_frame_id": np.array(self._block.frame_id[-1], dtype=np.int64),
        }

    async def describe(self) -> dict[str, DataKey]:
        beads = len(self._tracker().beads.tracked)
        table = [beads, len(COLUMN_NAMES)]
        shapes = {"mean": table, "std": table, "valid": [beads], "flags": [beads], "last_frame_id": []}
        return {
            f"{self.name}-{key}": DataKey(
                source=f"beadline://{self.name}-{key}",
                dtype="array" if shape else "integer",
                dtype_numpy="<f8" if key in ("mean", "std") else "<i8",
                shape=shape,
                dims=["bead", "column"][: len(shape)],
            )
            for key, shape in shapes.items()
        }

    async def read(self) -> dict[str, Reading[Any]]:
        values = self._values()
        now = time.time()  # noqa: TID251 - a time stamp of a document, not a deadline
        return {
            key: Reading(value=value if value.ndim else value.item(), timestamp=now) for key, value in values.items()
        }
