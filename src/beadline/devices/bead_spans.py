"""Where the beads were during a step of a recording, for plans that conclude something from it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from bluesky.protocols import Reading
from event_model import DataKey
from numpy.typing import NDArray
from ophyd_async.core import AsyncStatus

from beadline.acquisition import LatestTracks, TrackBlock
from beadline.analysis import ends_above_surface, touch_frames, touching_height_nm
from beadline.tracks import COLUMN_NAMES, Flag, valid

from .frame_spans import FrameSpan
from .tracker import Tracker

POLL_S, PATIENCE_S = 0.003, 3.0
MOST_FRAMES = 4000
"""No more than the shared ring of newest tracks keeps."""
_UNITS = {"x_px": "px", "y_px": "px", "z_nm": "nm", "lowest_z_nm": "nm"}


class BeadSpan(FrameSpan):
    """The frames of a step, and the mean position of each bead over those in which it was seen.

    Set it when the step begins, trigger it at its end, which waits until the last of its frames is tracked, and read
    it. Beside what a `FrameSpan` has, for each bead that is tracked: `x_px`, `y_px`, `z_nm`, NaN if it was not seen (z
    also without look-up table), `seen`, the share of the frames, `lowest_z_nm`, the least mean of its height over
    0.1 s, NaN where the look-up table ends above that, and `beyond_table`, the share of the frames in which the height
    was outside the table.
    """

    def __init__(self, tracker: Tracker, units: Mapping[str, str], name: str = "step") -> None:
        """Begin without a step.

        Args:
            tracker: whose tracks are averaged, while it takes part in the recording.
            units: unit of each number that says what a step is, by its name.
            name: before the names of all numbers.
        """
        super().__init__(tracker.camera, units, name)
        self._tracker = tracker
        self._last_id = -1
        self._means: dict[str, NDArray[np.float64]] = {}

    async def check_duration(self, duration_s: float) -> None:
        """Refuse a step that has more frames than can be averaged.

        Raises:
            ValueError: with how long it may last.
        """
        rate_hz = await self._camera.frame_rate_hz.get_value()
        if duration_s * rate_hz > MOST_FRAMES:
            raise ValueError(
                f"A step of {duration_s:g} s at {rate_hz:g} frames/s cannot be averaged at once: "
                f"it lasts at most {MOST_FRAMES / rate_hz:g} s"
            )

    def trigger(self) -> AsyncStatus[None]:
        """End the step, and wait until its frames are tracked.

        Raises:
            TimeoutError: the tracker does not come after.
        """
        return self._camera.clock.takes_time(AsyncStatus(self._average()))

    async def _average(self) -> None:
        self._last_id = int(self._camera.worker.board["last_id"])
        rate_hz = await self._camera.frame_rate_hz.get_value()
        block = await self._tracked(rate_hz)
        mine = (block.frame_id >= self._first_id) & (block.frame_id <= self._last_id)
        self._means = _means(block.where(mine), touch_frames(1 / rate_hz))

    async def _tracked(self, rate_hz: float) -> TrackBlock:
        clock = self._camera.clock
        deadline_s = clock.now() + PATIENCE_S + 5 / rate_hz
        self._tracker.worker.check()
        latest = LatestTracks.attach(self._tracker.latest)
        try:
            while True:
                newest = latest.newest(1).frame_id
                if newest.size and newest[-1] >= self._last_id:
                    return latest.since(self._first_id - 1)
                await self._tracker.check_present()
                if clock.now() > deadline_s:
                    raise TimeoutError(
                        f"{self._tracker.name} is {self._last_id - int(newest[-1]) if newest.size else 'all'} frames "
                        f"behind {self._camera.name}: choose fewer beads or a lower frame rate"
                    )
                await clock.poll(POLL_S, 1 / rate_hz)
        finally:
            latest.close()

    async def describe(self) -> dict[str, DataKey]:
        keys = await super().describe()
        for name in ("x_px", "y_px", "z_nm", "lowest_z_nm", "seen", "beyond_table"):
            key = DataKey(
                source=f"beadline://{self.name}-{name}",
                dtype="array",
                dtype_numpy="<f8",
                shape=[len(self._tracker.beads.tracked)],
                dims=["bead"],
            )
            if name in _UNITS:
                key["units"] = _UNITS[name]
            keys[f"{self.name}-{name}"] = key
        return keys

    async def read(self) -> dict[str, Reading[Any]]:
        readings = await super().read()
        stamp = next(iter(readings.values()))["timestamp"]
        readings[f"{self.name}-last_frame"]["value"] = self._last_id
        for name, value in self._means.items():
            readings[f"{self.name}-{name}"] = Reading(value=value, timestamp=stamp)
        return readings


def _means(block: TrackBlock, touching: int) -> dict[str, NDArray[np.float64]]:
    tracks = np.where(valid(block.flags)[..., None], block.tracks.astype(np.float64), np.nan)
    columns = {name: tracks[..., COLUMN_NAMES.index(name)] for name in ("x_px", "y_px", "z_nm")}
    means = {name: _mean(values) for name, values in columns.items()}
    if not len(tracks):
        return {
            **means,
            "lowest_z_nm": means["z_nm"],
            **dict.fromkeys(("seen", "beyond_table"), np.zeros(tracks.shape[1])),
        }
    beyond = (block.flags & np.uint16(Flag.Z_RANGE)) > 0
    z = columns["z_nm"]
    lowest = touching_height_nm(z, average_frames=min(touching, len(z)))
    return {
        **means,
        "lowest_z_nm": np.where(ends_above_surface(beyond), np.nan, lowest),
        "seen": np.isfinite(columns["x_px"]).mean(axis=0),
        "beyond_table": beyond.mean(axis=0),
    }


def _mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of each bead over what is known of it, NaN where nothing is."""
    known = np.isfinite(values)
    total, count = np.where(known, values, 0.0).sum(axis=0), known.sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
