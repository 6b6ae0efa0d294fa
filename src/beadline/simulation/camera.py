"""The camera of the simulated microscope."""

import math
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from beadline.hardware import CameraInfo, CameraSettings, FrameArray, FrameStamp

from .camera_faults import CameraFaults
from .camera_limits import possible
from .pictures import Renderer
from .schedule import DroppedFrames, Schedule
from .truth_file import TruthFile
from .world import Exposure, World

_LOST_MOTION_S = 1.0


class Shot(NamedTuple):
    """A frame that is ready to be drawn: where everything was, and its stamp."""

    exposure: Exposure
    stamp: FrameStamp


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
        self._reference_exposure_s = world.settings.reference_exposure_s
        self._schedule: Schedule | None = None
        self._next_id = 0
        self._dropped = DroppedFrames()
        self._held_back: Shot | None = None
        self._ready: deque[Shot] = deque()
        self._clock_rate = 1 + world.settings.instrument.clock_drift_ppm * 1e-6
        self.faults = CameraFaults(clock)
        self.before_frame: Callable[[int], bool] = lambda frame_id: False
        """Is told each frame before it is exposed; returns whether it has changed anything."""

    def open(self) -> CameraInfo:
        """Describe the camera.

        Raises:
            OSError: it is disconnected.
        """
        self.faults.check()
        s, camera = self._world.settings, self._world.settings.instrument
        return CameraInfo(
            model="simulated camera",
            serial=f"seed {s.seed}",
            width_px=s.width_px,
            height_px=s.height_px,
            bit_depth=camera.bit_depth,
            max_frame_rate_hz=camera.max_frame_rate_hz,
            min_exposure_s=camera.min_exposure_s,
        )

    def apply(self, settings: CameraSettings) -> CameraSettings:
        """Set the camera while it is stopped and return what it does.

        Raises:
            RuntimeError: it is exposing.
            ValueError: a setting is out of range.
            OSError: it is disconnected.
        """
        self.faults.check()
        if self._schedule is not None:
            raise RuntimeError("Cannot set the simulated camera while it is exposing: stop it first")
        self._settings = possible(settings, self._world.settings)
        return self._settings

    def start(self) -> None:
        """Begin to expose; the counter goes on where it was. Harmless when exposing.

        Raises:
            OSError: it is disconnected.
        """
        self.faults.check()
        if self._reference_exposure_s is None:
            self._reference_exposure_s = self._settings.exposure_s
        if self._schedule is None:
            # times are the host's, and a camera whose clock is fast does everything earlier
            period_s = 1 / self._settings.frame_rate_hz / self._clock_rate
            exposure_s = self._settings.exposure_s / self._clock_rate
            self._schedule = Schedule(self._next_id, self._clock(), period_s, exposure_s)

    def grab(self, into: FrameArray, timeout_s: float) -> FrameStamp | None:
        """Draw the next frame into `into` once its exposure is over, and return its stamp.

        Raises:
            RuntimeError: the camera is not exposing, or sends frames of another shape.
            ValueError: `into` has the wrong shape or type.
            OSError: the camera is disconnected.
        """
        schedule = self._schedule
        if schedule is None:
            raise RuntimeError("The simulated camera is not exposing: call start() before grab()")
        dtype = "uint8" if self._world.settings.instrument.bit_depth == 8 else "uint16"
        if into.shape != self._shape or into.dtype != dtype or not into.flags.c_contiguous:
            raise ValueError(
                f"Cannot draw a frame into {into.dtype} of shape {into.shape}: "
                f"contiguous {dtype} of shape {self._shape} is needed"
            )
        shot = self._next_shot(schedule, self._clock() + timeout_s)
        if shot is None:
            return None
        corner = (self._settings.roi_px or (0, 0, 0, 0))[:2]
        key = self._world.noise_key(shot.stamp.id)
        longer = self._settings.exposure_s / (self._reference_exposure_s or self._settings.exposure_s)
        self._renderer.draw(into, shot.exposure, key, corner, self._settings.gain, longer)
        return shot.stamp

    def stop(self) -> None:
        """Stop exposing; frames that were not fetched are gone and their numbers are given out again."""
        self._schedule = None
        self._held_back = None
        self._ready.clear()

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

    def _next_shot(self, schedule: Schedule, deadline_s: float) -> Shot | None:
        """Return the next frame to be sent, in the order of a camera that may repeat and swap them."""
        self.faults.check()
        while not self._ready:
            frame_id = self._wait_for_next(schedule, deadline_s)
            if frame_id is None:
                return None
            if self.before_frame(frame_id):
                self.faults.check()
                continue
            self.faults.check(frame_id, self._shape)
            shot = self._expose_up_to(frame_id, schedule)
            if self._held_back is not None:
                self._ready += [shot, self._held_back]
                self._held_back = None
            elif self.faults.takes_swap():
                self._held_back = shot
            else:
                self._ready += [shot] * (1 + self.faults.takes_repeat())
        return self._ready.popleft()

    def _wait_for_next(self, schedule: Schedule, deadline_s: float) -> int | None:
        while True:
            now_s = self._clock()
            oldest_kept = schedule.next_end_id(now_s) - self._world.settings.buffer_frames
            frame_id = self._dropped.next_kept(max(self._next_id, oldest_kept))
            due_s = max(schedule.end_s(frame_id), self.faults.silent_until_s)
            if due_s <= now_s:
                return frame_id
            if now_s >= deadline_s:
                return None
            self._sleep(min(due_s, deadline_s) - now_s)

    def _expose_up_to(self, frame_id: int, schedule: Schedule) -> Shot:
        """Move the world through the frames that were lost before this one, and through this one."""
        remembered = math.ceil(_LOST_MOTION_S / schedule.period_s)
        for each in range(max(self._next_id, frame_id - remembered), frame_id):
            self._truth_file.add(self._world.expose(each, schedule.start_s(each), schedule.exposure_s))
        exposure = self._world.expose(frame_id, schedule.start_s(frame_id), schedule.exposure_s)
        self._truth_file.add(exposure)
        self._next_id = frame_id + 1
        self._dropped.forget_before(self._next_id)
        start_s = schedule.start_s(frame_id)
        device_time_s = (start_s - self._world.began_s) * self._clock_rate
        return Shot(exposure, FrameStamp(frame_id, device_time_s, start_s + schedule.exposure_s))
