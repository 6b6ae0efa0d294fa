"""A camera that follows a script: frames come as fast as they are asked for, and say which they are."""

import time
from typing import Any

import numpy as np

from beadline.hardware import AxisInfo, AxisState, CameraInfo, CameraSettings, FrameStamp, Microscope


class ScriptedGrabber:
    """Delivers the ids of a script, or all of them, on schedule; `fail_after` frames it raises.

    Frames are flat, and as bright as their id, or all show the picture in a file.
    """

    def __init__(self, width_px=64, height_px=48, ids=None, fail_after=None, drop=(), bit_depth=8, picture=None):
        self.info = CameraInfo("scripted", "1", width_px, height_px, bit_depth, max_frame_rate_hz=5000.0)
        self.settings = CameraSettings(100.0, 0.005)
        self.fail_after = fail_after
        self.drop = set(drop)
        self._picture = None if picture is None else np.load(picture)
        self._ids = None if ids is None else list(ids)
        self._next = 0
        self._delivered = 0
        self._started = None

    def open(self):
        return self.info

    def apply(self, settings):
        if settings.exposure_s > 1 / settings.frame_rate_hz:
            raise ValueError(f"The exposure of {settings.exposure_s} s is longer than a frame period")
        self.settings = settings
        return settings

    def start(self):
        self._started = time.monotonic() - self._next / self.settings.frame_rate_hz

    def grab(self, into, timeout_s):
        if self.fail_after is not None and self._delivered >= self.fail_after:
            raise OSError("the cable was pulled")
        while self._next in self.drop:
            self._next += 1
        period_s = 1 / self.settings.frame_rate_hz
        begun = self._started + self._next * period_s
        ended = begun + self.settings.exposure_s
        wait_s = ended - time.monotonic()
        if wait_s > timeout_s:
            time.sleep(timeout_s)
            return None
        if wait_s > 0:
            time.sleep(wait_s)
        number = self._next
        if self._ids is not None:
            if number >= len(self._ids):
                time.sleep(timeout_s)
                return None
            number = self._ids[number]
        self._next += 1
        self._delivered += 1
        into[...] = number % 251 if self._picture is None else self._picture
        return FrameStamp(number, begun - self._started, ended)

    def stop(self):
        self._started = None

    def close(self):
        pass


class ScriptedAxis:
    """Moves at constant speed on the monotonic clock."""

    def __init__(self, unit="mm", low=0.0, high=10.0, speed=20.0):
        self.info = AxisInfo(unit, low, high, tolerance=1e-6, speed=speed)
        self._from, self._to, self._since = 5.0, 5.0, time.monotonic()
        self.stops = 0

    def open(self):
        return self.info

    def state(self):
        travelled = (time.monotonic() - self._since) * self.info.speed
        distance = abs(self._to - self._from)
        if travelled >= distance:
            return AxisState(self._to, moving=False)
        return AxisState(self._from + np.sign(self._to - self._from) * travelled, moving=True)

    def move(self, target):
        self._from, self._to, self._since = self.state().position, target, time.monotonic()

    def stop(self):
        self.stops += 1
        position = self.state().position
        self._from = self._to = float(position)

    def close(self):
        pass


def microscope(**arguments: Any) -> Microscope:
    """The factory for a camera worker."""
    return Microscope(ScriptedGrabber(**arguments), axes={"height": ScriptedAxis()})
