"""Which frames belong to a step of a recording without gaps, and when something was read, on the camera's counter."""

import math
import time
from collections.abc import Mapping
from typing import Any

from bluesky.protocols import Reading
from event_model import DataKey
from ophyd_async.core import AsyncStatus

from .camera import Camera

POLL_S = 0.003


class FrameMoment:
    """What frame it is now: read beside an axis, it says where between two frames the axis stood where it was read.

    `frame` is a fractional frame id, `time_s` the time on the clock of the instrument. A plan makes one for its run.
    """

    parent = None

    def __init__(self, camera: Camera, name: str = "moment") -> None:
        self.name = name
        self._camera = camera

    async def frame_now(self) -> tuple[float, float]:
        """Return the fractional id of the frame whose exposure ends now, and the time on the instrument's clock [s]."""
        board, now_s = self._camera.worker.board, self._camera.clock.now()
        rate_hz = await self._camera.frame_rate_hz.get_value()
        return float(board["last_id"]) + max(now_s - float(board["last_frame_s"]), 0.0) * rate_hz, now_s

    async def describe(self) -> dict[str, DataKey]:
        return _data_keys(self.name, {"frame": 0.0, "time_s": 0.0}, {"time_s": "s"})

    async def read(self) -> dict[str, Reading[Any]]:
        frame, now_s = await self.frame_now()
        return _readings(self.name, {"frame": frame, "time_s": now_s})


class FrameSpan:
    """The frames of a step, and what the step is: set it when the step begins, read it at its end.

    The first frame was exposed after it was set, the last one had arrived when it was read. A plan makes one for its
    run; all its steps have numbers of the same names.
    """

    parent = None

    def __init__(self, camera: Camera, units: Mapping[str, str], name: str = "step") -> None:
        """Begin without a step.

        Args:
            camera: whose frames are counted.
            units: unit of each number that says what a step is, by its name.
            name: before the names of all numbers.
        """
        self.name = name
        self._camera = camera
        self._units = dict(units)
        self._moment = FrameMoment(camera)
        self._values: dict[str, float] = {}
        self._first_id = -1

    def set(self, values: Mapping[str, float]) -> AsyncStatus[None]:
        """Begin a step, when the first frame of the recording has come.

        Raises:
            ValueError: the numbers are not those it has.
            TimeoutError: no frame comes.
        """
        return self._camera.clock.takes_time(AsyncStatus(self._begin(values)))

    async def _begin(self, values: Mapping[str, float]) -> None:
        if set(values) != set(self._units):
            raise ValueError(f"{self.name} has the numbers {sorted(self._units)}, got {sorted(values)}")
        await self._wait_for_frames()
        self._values = {name: float(value) for name, value in values.items()}
        frame, _ = await self._moment.frame_now()
        exposed = await self._camera.exposure_s.get_value() * await self._camera.frame_rate_hz.get_value()
        self._first_id = math.ceil(frame + exposed)

    async def _wait_for_frames(self) -> None:
        worker, clock = self._camera.worker, self._camera.clock
        rate_hz = await self._camera.frame_rate_hz.get_value()
        deadline_s = clock.now() + 3.0 + 5 / rate_hz
        while not worker.board["window_delivered"]:
            worker.check()
            if worker.board["failed"] or clock.now() > deadline_s:
                raise TimeoutError(f"{self._camera.name} sends no frames; check its cable and power")
            await clock.poll(POLL_S, 1 / rate_hz)

    async def describe(self) -> dict[str, DataKey]:
        return _data_keys(
            self.name, {**dict.fromkeys(self._units, 0.0), "first_frame": 0, "last_frame": 0}, self._units
        )

    async def read(self) -> dict[str, Reading[Any]]:
        if not self._values and self._units:
            raise RuntimeError(f"{self.name} has nothing to read: set it first")
        last_id = int(self._camera.worker.board["last_id"])
        return _readings(self.name, {**self._values, "first_frame": self._first_id, "last_frame": last_id})


class Numbers:
    """A few numbers that a plan has found: set it to them, read it into an event."""

    parent = None

    def __init__(self, units: Mapping[str, str], name: str) -> None:
        """Begin without numbers.

        Args:
            units: unit of each number, by its name.
            name: before the names of all numbers.
        """
        self.name = name
        self._units = dict(units)
        self._values: dict[str, float] = {}

    @AsyncStatus.wrap
    async def set(self, values: Mapping[str, float]) -> None:
        """Take numbers.

        Raises:
            ValueError: they are not those it has.
        """
        if set(values) != set(self._units):
            raise ValueError(f"{self.name} has the numbers {sorted(self._units)}, got {sorted(values)}")
        self._values = {name: float(value) for name, value in values.items()}

    async def describe(self) -> dict[str, DataKey]:
        return _data_keys(self.name, dict.fromkeys(self._units, 0.0), self._units)

    async def read(self) -> dict[str, Reading[Any]]:
        return _readings(self.name, self._values)


def _data_keys(owner: str, values: Mapping[str, float], units: Mapping[str, str]) -> dict[str, DataKey]:
    keys: dict[str, DataKey] = {}
    for name, value in values.items():
        whole = isinstance(value, int)
        key = DataKey(
            source=f"beadline://{owner}-{name}",
            dtype="integer" if whole else "number",
            dtype_numpy="<i8" if whole else "<f8",
            shape=[],
        )
        if units.get(name):
            key["units"] = units[name]
        keys[f"{owner}-{name}"] = key
    return keys


def _readings(owner: str, values: Mapping[str, float]) -> dict[str, Reading[Any]]:
    now = time.time()  # noqa: TID251 - a time stamp of a document, not a deadline
    return {f"{owner}-{name}": Reading(value=value, timestamp=now) for name, value in values.items()}
