"""The camera that replays: its schedule, its buffer, its settings."""

import time
from collections.abc import Callable
from math import isfinite

import numpy as np

from beadline.hardware import CameraInfo, CameraSettings, FrameArray, FrameStamp

from .pacing import FrameSchedule
from .stack import FrameStack

MIN_EXPOSURE_S = 1e-6
OpenStack = Callable[[], tuple[FrameStack, int]]


class ReplayGrabber:
    """Plays a stack of pictures as a camera would deliver them.

    Each start plays from the first picture; the counter goes on. A frame whose exposure has ended waits in a
    buffer of `buffer_frames`; a host that comes later than that finds the oldest ones gone.
    """

    def __init__(
        self,
        open_stack: OpenStack,
        *,
        once: bool = False,
        buffer_frames: int = 500,
        max_frame_rate_hz: float = 5000.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Take what to play; nothing is opened yet.

        Args:
            open_stack: returns the pictures and their significant bits per pixel; called by `open`.
            once: be silent after the last picture instead of beginning again.
            buffer_frames: frames that wait for a late host.
            max_frame_rate_hz: refused above [Hz].
            clock: the host's monotonic clock [s].
            sleep: waits on that clock [s].

        Raises:
            ValueError: the buffer holds no frame, or no rate is allowed.
        """
        if buffer_frames < 1:
            raise ValueError(f"The replay camera cannot have a buffer of {buffer_frames} frames: give it at least 1")
        if not max_frame_rate_hz > 0:
            raise ValueError(
                f"The replay camera cannot have a limit of {max_frame_rate_hz:g} frames/s: give a rate > 0"
            )
        self._open_stack = open_stack
        self._once = once
        self._buffer_frames = buffer_frames
        self._max_frame_rate_hz = max_frame_rate_hz
        self._clock = clock
        self._sleep = sleep
        self._stack: FrameStack | None = None
        self._settings: CameraSettings | None = None
        self._schedule: FrameSchedule | None = None
        self._first_id = 0
        self._next = 0
        self._opened_s = 0.0

    def open(self) -> CameraInfo:
        """Open the pictures.

        Raises:
            ValueError: they cannot be played; the sentence says why.
        """
        self.close()
        self._stack, bit_depth = self._open_stack()
        self._opened_s = self._clock()
        _, rows, columns = self._stack.shape
        return CameraInfo(
            model=f"replay of {self._stack.name}",
            serial="",
            width_px=columns,
            height_px=rows,
            bit_depth=bit_depth,
            max_frame_rate_hz=self._max_frame_rate_hz,
            min_exposure_s=MIN_EXPOSURE_S,
        )

    def apply(self, settings: CameraSettings) -> CameraSettings:
        """Set rate, exposure and region; the exposure changes the stamps, not the pictures.

        Raises:
            RuntimeError: the camera is running or not open.
            ValueError: out of range.
        """
        if self._schedule is not None:
            raise RuntimeError("Cannot set the replay camera while it is running: stop it first")
        _, rows, columns = self._opened().shape
        _check_times(settings, self._max_frame_rate_hz)
        if settings.gain != 1.0:
            raise ValueError(f"Cannot set the gain of the replay camera to {settings.gain:g}: recordings have gain 1")
        if settings.roi_px is not None:
            _check_roi(settings.roi_px, columns, rows)
        self._settings = settings
        return settings

    def start(self) -> None:
        """Play from the first picture; the counter goes on.

        Raises:
            RuntimeError: the camera was not set.
        """
        stack, settings = self._opened(), self._settings
        if settings is None:
            raise RuntimeError("Cannot start the replay camera: apply settings first")
        self.stop()
        self._schedule = FrameSchedule(
            begin_s=self._clock(),
            period_s=1.0 / settings.frame_rate_hz,
            exposure_s=settings.exposure_s,
            buffer_frames=self._buffer_frames,
            length=stack.shape[0] if self._once else None,
        )

    def grab(self, into: FrameArray, timeout_s: float) -> FrameStamp | None:
        """Write the next frame; None when none ends within `timeout_s`, and after the last one of `once`.

        Raises:
            RuntimeError: the camera is not running.
            ValueError: the file turns out to be damaged.
        """
        stack, settings, schedule = self._opened(), self._settings, self._schedule
        if settings is None or schedule is None:
            raise RuntimeError("Cannot grab from the replay camera: start it first")
        number = max(self._next, schedule.oldest_kept(self._clock()))
        if not self._await(schedule, number, timeout_s):
            return None
        x_px, y_px, columns, rows = settings.roi_px or (0, 0, stack.shape[2], stack.shape[1])
        picture = stack.read(number % stack.shape[0])
        np.copyto(into, picture[y_px : y_px + rows, x_px : x_px + columns])
        self._next = number + 1
        end_s = schedule.end_s(number)
        begin_s = end_s - settings.exposure_s
        return FrameStamp(self._first_id + number, begin_s - self._opened_s, end_s)

    def stop(self) -> None:
        """Stop playing. Harmless when stopped."""
        self._schedule = None
        self._first_id += self._next
        self._next = 0

    def close(self) -> None:
        """Close the file. Harmless when closed."""
        self.stop()
        if self._stack is not None:
            self._stack.close()
            self._stack = None

    def _opened(self) -> FrameStack:
        if self._stack is None:
            raise RuntimeError("The replay camera is not open: open it first")
        return self._stack

    def _await(self, schedule: FrameSchedule, number: int, timeout_s: float) -> bool:
        """Wait until a frame is there; whether it is."""
        wait_s = schedule.end_s(number) - self._clock()
        if schedule.is_over(number) or wait_s > timeout_s:
            self._sleep(timeout_s)
            return False
        if wait_s > 0:
            self._sleep(wait_s)
        return True


def _check_times(settings: CameraSettings, max_frame_rate_hz: float) -> None:
    rate_hz, exposure_s = settings.frame_rate_hz, settings.exposure_s
    if not (isfinite(rate_hz) and 0 < rate_hz <= max_frame_rate_hz):
        raise ValueError(
            f"Cannot set the replay camera to {rate_hz:g} frames/s: more than 0 and up to {max_frame_rate_hz:g} "
            "frames/s are allowed"
        )
    if not MIN_EXPOSURE_S <= exposure_s <= 1 / rate_hz:
        raise ValueError(
            f"Cannot set the exposure of the replay camera to {exposure_s:g} s: "
            f"{MIN_EXPOSURE_S:g} to {1 / rate_hz:g} s are allowed at {rate_hz:g} frames/s"
        )


def _check_roi(roi_px: tuple[int, int, int, int], columns: int, rows: int) -> None:
    x_px, y_px, wide_px, high_px = roi_px
    inside = x_px >= 0 and y_px >= 0 and x_px + wide_px <= columns and y_px + high_px <= rows
    if not inside or wide_px < 1 or high_px < 1:
        raise ValueError(
            f"Cannot read the region x {x_px}, y {y_px}, {wide_px} × {high_px} px of the replay camera: "
            f"the pictures are {columns} × {rows} px"
        )
