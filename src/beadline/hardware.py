"""What beadline asks of a camera, an axis and a lamp.

Drivers and the simulated microscope implement these protocols; nothing below them can name a vendor.
All calls may block for a moment and never run on an event loop: a grabber is called by the camera worker's
frame loop only, an axis and a lamp by one thread at a time, `stop` and `position` also while a move is under way.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

FrameArray = NDArray[np.uint8] | NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class FrameStamp:
    """When a frame was taken.

    Attributes:
        id: the camera's hardware counter; it advances on schedule whether or not the frame was fetched.
        device_time_s: start of the exposure on the camera's own clock [s].
        host_time_s: end of the exposure on the host's monotonic clock [s], as well as it is known.
    """

    id: int
    device_time_s: float
    host_time_s: float


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture and its stamp; `pixels` has shape (rows, columns) and is valid until the next one is taken."""

    stamp: FrameStamp
    pixels: FrameArray


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """What can be set on a camera.

    Attributes:
        frame_rate_hz: frames per second on the camera's clock.
        exposure_s: at most one frame period.
        gain: camera gain, 1 is the default.
        roi_px: part of the sensor that is read: x, y, width, height; None is all of it.
    """

    frame_rate_hz: float
    exposure_s: float
    gain: float = 1.0
    roi_px: tuple[int, int, int, int] | None = None


@dataclass(frozen=True, slots=True)
class CameraInfo:
    """What a camera is.

    Attributes:
        model: for people and metadata.
        serial: empty when unknown.
        width_px: columns of a full frame.
        height_px: rows of a full frame.
        bit_depth: significant bits of a pixel; up to 8 travels as u8, more as u16.
        max_frame_rate_hz: refused above.
        min_exposure_s: refused below.
    """

    model: str
    serial: str
    width_px: int
    height_px: int
    bit_depth: int
    max_frame_rate_hz: float
    min_exposure_s: float = 1e-6

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of a pixel in memory."""
        return np.dtype(np.uint8 if self.bit_depth <= 8 else np.uint16)


class FrameGrabber(Protocol):
    """A camera that delivers frames one by one."""

    def open(self) -> CameraInfo:
        """Connect; may take seconds. Raises with the reason when the camera is not there."""
        ...

    def apply(self, settings: CameraSettings) -> CameraSettings:
        """Set the camera while it is stopped and return what it really does. Raises ValueError out of range."""
        ...

    def start(self) -> None:
        """Begin to expose; the hardware counter restarts or goes on, as the camera likes."""
        ...

    def grab(self, into: FrameArray, timeout_s: float) -> FrameStamp | None:
        """Write the next frame into `into`, shape (rows, columns), and return its stamp.

        Frames come in order of their ids; one that was lost in the camera is a gap in the ids. Returns None
        when no frame came within `timeout_s`. Raises when the camera has failed for good.
        """
        ...

    def stop(self) -> None:
        """Stop exposing. Harmless when stopped."""
        ...

    def close(self) -> None:
        """Disconnect. Harmless when closed; the last call."""
        ...


@dataclass(frozen=True, slots=True)
class AxisInfo:
    """What an axis is.

    Attributes:
        unit: of its positions, for example "mm".
        low: lowest position allowed; None is unlimited (rotation).
        high: highest position allowed; None is unlimited (rotation).
        tolerance: a move has arrived within this distance of its target.
        settle_s: to wait after arrival before the position is trusted [s].
        homed: whether positions are known absolutely; an axis that is not is never moved.
        speed: greatest speed [unit/s], for time-outs.
    """

    unit: str
    low: float | None
    high: float | None
    tolerance: float
    settle_s: float = 0.0
    homed: bool = True
    speed: float = 1.0


@dataclass(frozen=True, slots=True)
class AxisState:
    """Where an axis is and whether it moves."""

    position: float
    moving: bool


class Axis(Protocol):
    """A motor: focus, magnet height, magnet turns, stage."""

    def open(self) -> AxisInfo:
        """Connect and describe; does not move anything.

        Called again before each move, for the limits and the homing that hold then: an axis that is connected is only
        described, quickly.
        """
        ...

    def state(self) -> AxisState:
        """Read position and motion; quick enough to be called 50 times a second."""
        ...

    def move(self, target: float, speed: float | None = None) -> None:
        """Start a move and return at once. The caller has checked the limits.

        Never faster than `speed` [unit/s] if one is given, wherever on the way: magnets near the sample rely on it. An
        axis whose controller knows no speeds makes many short moves instead.
        """
        ...

    def stop(self) -> None:
        """Stop now. Idempotent, quick, never refused, allowed at any moment from any thread."""
        ...

    def close(self) -> None:
        """Disconnect. Harmless when closed."""
        ...


class Lamp(Protocol):
    """The illumination."""

    def level_percent(self) -> float:
        """Read the brightness [%]."""
        ...

    def set_level_percent(self, level_percent: float) -> None:
        """Set the brightness, 0 to 100 [%]."""
        ...


class SideRecorder(Protocol):
    """A part of the microscope that writes a file of its own beside a run, such as the truth of a simulation."""

    def start(self, path: Path) -> None:
        """Begin to write `path` from the next frame on."""
        ...

    def stop(self) -> None:
        """Finish the file. Harmless when nothing is being written."""
        ...


@dataclass(frozen=True)
class Microscope:
    """What a factory returns to the camera worker: a grabber and what else hangs on the same hardware or world.

    Attributes:
        grabber: the camera.
        axes: by name.
        lamps: by name.
        side_recorders: by name.
        actions: further calls by name, with plain keyword data in and out, for tests, teaching and maintenance.
    """

    grabber: FrameGrabber
    axes: Mapping[str, Axis] = field(default_factory=dict[str, Axis])
    lamps: Mapping[str, Lamp] = field(default_factory=dict[str, Lamp])
    side_recorders: Mapping[str, SideRecorder] = field(default_factory=dict[str, SideRecorder])
    actions: Mapping[str, Callable[..., Any]] = field(default_factory=dict[str, Callable[..., Any]])
