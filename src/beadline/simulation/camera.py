"""The camera of the simulated microscope."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from beadline.hardware import CameraInfo, CameraSettings, FrameArray, FrameStamp

from .pictures import Renderer
from .schedule import DroppedFrames, Schedule
from .truth_file import TruthFile
from .world import Exposure, World

MAX_FRAME_RATE_HZ = 2000.0
MIN_EXPOSURE_S = 1e-5
_LOST_MOTION_S = 1.0


class SimulatedCamera:
    """Delivers the frames of a world on schedule, whether or not they are fetched in time."""

    def __init__(
        self, world: World, truth_file: TruthFile, clock: Callable[[], float], sleep: Callable[[float], None]
    ) -> None:
        """Connect the camera to its world.

        Args:
            world: what it looks at.
            truth_file: is told the truth about every frame.
            clock: the host's monotonic time [s].
            sleep: waits for a number of seconds of that time.
        """
        self._world = world
        self._truth_file = truth_file
        self._clock = clock
        self._sleep = sleep
        self._renderer = Renderer(world.settings)
        period_s = 1 / world.settings.frame_rate_hz
        self._settings = CameraSettings(world.settings.frame_rate_hz, period_s)
        self._schedule: Schedule | None = None
        self._next_id = 0
        self._dropped = DroppedFrames()

    def open(self) -> CameraInfo:
        """Describe the camera."""
        s = self._world.settings
        return CameraInfo(
            model="simulated camera",
            serial=f"seed {s.seed}",
            width_px=s.width_px,
            height_px=s.height_px,
            bit_depth=8,
            max_frame_rate_hz=MAX_FRAME_RATE_HZ,
            min_exposure_s=MIN_EXPOSURE_S,
        )

    def apply(self, settings: CameraSettings) -> CameraSettings:
        """Set the camera while it is stopped and return what it does.

        Raises:
            RuntimeError: it is exposing.
            ValueError: a setting is out of range.
        """
        if self._schedule is not None:
            raise RuntimeError("Cannot set the simulated camera while it is exposing: stop it first")
        self._check(settings)
        self._settings = replace(settings, roi_px=None if settings.roi_px is None else _as_roi(settings.roi_px))
        return self._settings

    def start(self) -> None:
        """Begin to expose; the counter goes on where it was. Harmless when exposing."""
        if self._schedule is None:
            rate_hz, exposure_s = self._settings.frame_rate_hz, self._settings.exposure_s
            self._schedule = Schedule(self._next_id, self._clock(), 1 / rate_hz, exposure_s)

    def grab(self, into: FrameArray, timeout_s: float) -> FrameStamp | None:
        """Draw the next frame into `into` once its exposure is over, and return its stamp.

        Raises:
            RuntimeError: the camera is not exposing.
            ValueError: `into` has the wrong shape or type.
        """
        schedule = self._schedule
        if schedule is None:
            raise RuntimeError("The simulated camera is not exposing: call start() before grab()")
        if into.shape != self._shape or into.dtype != "u1" or not into.flags.c_contiguous:
            raise ValueError(
                f"Cannot draw a frame into {into.dtype} of shape {into.shape}: "
                f"contiguous uint8 of shape {self._shape} is needed"
            )
        pixels = cast(NDArray[np.uint8], into)
        frame_id = self._wait_for_next(schedule, self._clock() + timeout_s)
        if frame_id is None:
            return None
        exposure = self._expose_up_to(frame_id, schedule)
        corner = (self._settings.roi_px or (0, 0, 0, 0))[:2]
        self._renderer.draw(pixels, exposure, self._world.noise_key(frame_id), corner, self._settings.gain)
        start_s = schedule.start_s(frame_id)
        return FrameStamp(frame_id, start_s - self._world.began_s, start_s + schedule.exposure_s)

    def stop(self) -> None:
        """Stop exposing; frames that were not fetched are gone and their numbers are given out again."""
        self._schedule = None

    def close(self) -> None:
        """Stop. Harmless when closed."""
        self.stop()
        self._truth_file.stop()

    def drop_frames(self, ids: Sequence[int]) -> list[int]:
        """Never deliver these frames, and return them.

        Raises:
            ValueError: one of them has been delivered.
        """
        gone = [int(each) for each in ids if int(each) < self._next_id]
        if gone:
            raise ValueError(
                f"Cannot drop frame {gone[0]}: it has been delivered; frames from {self._next_id} on can be dropped"
            )
        self._dropped.add([int(each) for each in ids])
        return [int(each) for each in ids]

    def drop_next(self, count: int, after: int = 0) -> list[int]:
        """Never deliver some of the next frames, and return their ids.

        Args:
            count: how many.
            after: how many to deliver before.

        Raises:
            ValueError: a number is negative.
        """
        if count < 0 or after < 0:
            raise ValueError(f"Cannot drop {count} frames after {after}: both must be at least 0")
        schedule = self._schedule
        first = self._next_id if schedule is None else max(self._next_id, schedule.next_end_id(self._clock()))
        return self.drop_frames(range(first + after, first + after + count))

    @property
    def _shape(self) -> tuple[int, int]:
        roi, s = self._settings.roi_px, self._world.settings
        return (s.height_px, s.width_px) if roi is None else (roi[3], roi[2])

    def _wait_for_next(self, schedule: Schedule, deadline_s: float) -> int | None:
        while True:
            now_s = self._clock()
            oldest_kept = schedule.next_end_id(now_s) - self._world.settings.buffer_frames
            frame_id = self._dropped.next_kept(max(self._next_id, oldest_kept))
            due_s = schedule.end_s(frame_id)
            if due_s <= now_s:
                return frame_id
            if now_s >= deadline_s:
                return None
            self._sleep(min(due_s, deadline_s) - now_s)

    def _expose_up_to(self, frame_id: int, schedule: Schedule) -> Exposure:
        """Move the world through the frames that were lost before this one, and through this one."""
        remembered = math.ceil(_LOST_MOTION_S / schedule.period_s)
        for each in range(max(self._next_id, frame_id - remembered), frame_id):
            self._truth_file.add(self._world.expose(each, schedule.start_s(each), schedule.exposure_s))
        exposure = self._world.expose(frame_id, schedule.start_s(frame_id), schedule.exposure_s)
        self._truth_file.add(exposure)
        self._next_id = frame_id + 1
        self._dropped.forget_before(self._next_id)
        return exposure

    def _check(self, settings: CameraSettings) -> None:
        rate_hz, exposure_s = settings.frame_rate_hz, settings.exposure_s
        if not 0 < rate_hz <= MAX_FRAME_RATE_HZ:
            raise ValueError(
                f"The simulated camera cannot take {rate_hz:g} frames per second: at most {MAX_FRAME_RATE_HZ:g} Hz"
            )
        # a period written down with a few digits is still a period
        if not MIN_EXPOSURE_S <= exposure_s <= 1 / rate_hz * (1 + 1e-6):
            raise ValueError(
                f"The simulated camera cannot expose for {exposure_s:g} s at {rate_hz:g} Hz: "
                f"from {MIN_EXPOSURE_S:g} s to one period, {1 / rate_hz:g} s"
            )
        if not 0 < settings.gain <= 100:
            raise ValueError(f"The simulated camera cannot have gain {settings.gain:g}: above 0, at most 100")
        if settings.roi_px is not None:
            self._check_roi(_as_roi(settings.roi_px))

    def _check_roi(self, roi_px: tuple[int, int, int, int]) -> None:
        x, y, width, height = roi_px
        s = self._world.settings
        if x < 0 or y < 0 or width < 1 or height < 1 or x + width > s.width_px or y + height > s.height_px:
            raise ValueError(
                f"The simulated camera cannot read x, y, width, height = {list(roi_px)} px: "
                f"its sensor has {s.width_px} x {s.height_px} px"
            )


def _as_roi(roi_px: Sequence[int]) -> tuple[int, int, int, int]:
    x, y, width, height = (int(each) for each in roi_px)
    return x, y, width, height
