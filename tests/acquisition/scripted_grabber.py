"""A camera that hands over exactly the frames a test put in, one by one, without a clock of its own."""

import time
from collections import deque

import numpy as np

from beadline.hardware import AxisInfo, AxisState, CameraInfo, CameraSettings, FrameStamp, Microscope

LONG_AGO_S = 60.0


class ScriptedGrabber:
    def __init__(self, width_px=16, height_px=12, bit_depth=8):
        self.info = CameraInfo("scripted", "", width_px, height_px, bit_depth, max_frame_rate_hz=1e4)
        self.script = deque()
        self.calls = []

    def push(self, *ids, exposed="now"):
        """Put in frames, exposed from now on or long ago; an exception is raised in their place."""
        self.script.extend((each, exposed) for each in ids)

    def open(self):
        return self.info

    def apply(self, settings: CameraSettings):
        if settings.frame_rate_hz > self.info.max_frame_rate_hz:
            raise ValueError(f"Cannot take {settings.frame_rate_hz} frames/s")
        return settings

    def start(self):
        self.calls.append("start")

    def grab(self, into, timeout_s):
        if not self.script:
            return None
        number, exposed = self.script.popleft()
        if isinstance(number, Exception):
            raise number
        into[...] = number % 251
        into[0, 0] = number // 251 % 256
        host_time_s = time.monotonic() + 1.0 if exposed == "now" else time.monotonic() - LONG_AGO_S
        return FrameStamp(number, number * 0.01, host_time_s)

    def stop(self):
        self.calls.append("stop")

    def close(self):
        self.calls.append("close")


class ScriptedAxis:
    def __init__(self, *, broken=False):
        self.calls = []
        self.target = 1.0
        self.broken = broken

    def open(self):
        return AxisInfo("mm", 0.0, 10.0, 0.01)

    def state(self):
        return AxisState(self.target, moving=False)

    def move(self, target):
        self.target = target

    def stop(self):
        self.calls.append("stop")
        if self.broken:
            raise OSError("the controller does not answer")

    def close(self):
        self.calls.append("close")


class ScriptedLamp:
    level = 50.0

    def level_percent(self):
        return self.level

    def set_level_percent(self, level_percent):
        self.level = level_percent


class ScriptedRecorder:
    def __init__(self):
        self.calls = []

    def start(self, path):
        self.calls.append(path.name)

    def stop(self):
        self.calls.append("stop")


made = []


def microscope(*, broken_axis=False, **arguments):
    """The factory for a camera loop; the test finds what it made in `made`."""
    axes = {"height": ScriptedAxis(broken=broken_axis), "focus": ScriptedAxis()}
    grabber = ScriptedGrabber(**arguments)
    actions = {"push": lambda ids: grabber.push(*ids)}
    recorders = {"truth": ScriptedRecorder()}
    made.append(Microscope(grabber, axes, {"lamp": ScriptedLamp()}, recorders, actions))
    return made[-1]


class SteadyGrabber(ScriptedGrabber):
    """Delivers frames at its frame rate on the host's clock, all of them or without those lost."""

    def __init__(self, lose_every=0, **arguments):
        super().__init__(**arguments)
        self.settings = CameraSettings(100.0, 0.001)
        self.lose_every = lose_every
        self.next = 0
        self.began_s = 0.0
        self.patterns = np.arange(251, dtype=self.info.dtype)

    def apply(self, settings):
        self.settings = settings
        return settings

    def start(self):
        self.began_s = time.monotonic() - self.next / self.settings.frame_rate_hz

    def grab(self, into, timeout_s):
        if self.lose_every and self.next % self.lose_every == self.lose_every - 1:
            self.next += 1
        exposed_s = self.began_s + self.next / self.settings.frame_rate_hz
        wait_s = exposed_s + self.settings.exposure_s - time.monotonic()
        if wait_s > 0:
            time.sleep(min(wait_s, timeout_s))
            if wait_s > timeout_s:
                return None
        into.fill(self.patterns[self.next % 251])
        stamp = FrameStamp(self.next, exposed_s - self.began_s, exposed_s + self.settings.exposure_s)
        self.next += 1
        return stamp


def steady(**arguments):
    """The factory for a camera worker whose frames come by themselves."""
    return Microscope(SteadyGrabber(**arguments), {"height": ScriptedAxis()}, {"lamp": ScriptedLamp()})


def not_a_microscope():
    return 42
