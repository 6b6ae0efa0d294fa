"""Guards: what is looked at between the blocks of a recording, and may end it early, in good order."""

import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from ophyd_async.core import SignalR

from .camera import Camera
from .illumination import Lamp

Guard = Callable[[Camera], Awaitable[str]]
"""Asked between blocks: returns why the recording must end now, and is empty when it may go on.

The run then ends with `fail` and this sentence; what has been recorded is stored and announced. A guard never
suspends a run, which would replay what a camera cannot take again.
"""


@dataclass(frozen=True)
class DropGuard:
    """Ends a recording of which the camera loses too many frames.

    Attributes:
        share: of the frames of the recording, at most so many may be lost.
        after_frames: before so many, nothing is concluded.
    """

    share: float
    after_frames: int = 100

    def __post_init__(self) -> None:
        _between("share", self.share, 0, 1)

    async def __call__(self, camera: Camera) -> str:
        board = camera.worker.board
        produced, dropped = int(board["window_produced"]), int(board["window_dropped"])
        if produced < self.after_frames or dropped <= self.share * produced:
            return ""
        return (
            f"dropped frames: {camera.name} lost {dropped} of {produced} ({dropped / produced:.1%}, allowed are "
            f"{self.share:.1%}); lower the frame rate, or record a smaller part of the sensor"
        )


@dataclass(frozen=True)
class FrameRateGuard:
    """Ends a recording whose frames come faster or slower than asked for.

    Attributes:
        off_share: of the frame rate, at most so much it may be off.
        after_frames: before so many, nothing is concluded.
    """

    off_share: float = 0.05
    after_frames: int = 256

    def __post_init__(self) -> None:
        _between("off_share", self.off_share, 0, 1)

    async def __call__(self, camera: Camera) -> str:
        board, asked_hz = camera.worker.board, await camera.frame_rate_hz.get_value()
        found_hz = float(board["device_rate_hz"])
        off = abs(found_hz - asked_hz) > self.off_share * asked_hz
        if int(board["window_produced"]) < self.after_frames or not found_hz or not off:
            return ""
        return (
            f"frame rate: {camera.name} sends {found_hz:.4g} frames/s instead of {asked_hz:.4g}, allowed is "
            f"{self.off_share:.1%} off; shorten the exposure or ask for fewer"
        )


@dataclass(frozen=True)
class LampGuard:
    """Ends a recording when the lamp is darker than it should be.

    Attributes:
        lamp: which one.
        least_percent: it has at least this level [%].
    """

    lamp: Lamp
    least_percent: float = 1.0

    def __post_init__(self) -> None:
        _between("least_percent", self.least_percent, 0, 100)

    async def __call__(self, camera: Camera) -> str:
        level = await self.lamp.level_percent.get_value()
        if level >= self.least_percent:
            return ""
        return (
            f"lamp: {self.lamp.name} is at {level:g} %, at least {self.least_percent:g} % are asked for; "
            "look at its cable and its controller"
        )


@dataclass(frozen=True)
class TemperatureGuard:
    """Ends a recording when a temperature, or any other signal, leaves its range.

    Attributes:
        signal: what to read.
        low: least value allowed, in the unit of the signal.
        high: most.
        unit: for the message.
    """

    signal: SignalR[float]
    low: float
    high: float
    unit: str = "°C"

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(f"The range of {self.signal.name} cannot be {self.low:g} to {self.high:g} {self.unit}")

    async def __call__(self, camera: Camera) -> str:
        value = await self.signal.get_value()
        if self.low <= value <= self.high:
            return ""
        return (
            f"temperature: {self.signal.name} is {value:.4g} {self.unit}, allowed is {self.low:g} to "
            f"{self.high:g} {self.unit}; wait until it has settled"
        )


def _between(name: str, value: Any, least: float, most: float) -> None:
    if not (math.isfinite(value) and least <= value <= most):
        raise ValueError(f"{name} cannot be {value:g}: it is from {least:g} to {most:g}")
