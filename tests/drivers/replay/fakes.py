"""A clock that jumps, and pictures that say which they are."""

import numpy as np

from beadline.drivers.replay import ArrayStack, ReplayGrabber
from beadline.hardware import CameraSettings


class JumpingClock:
    """Time passes only when somebody sleeps or says so."""

    def __init__(self, now_s=1000.0):
        self.now_s = now_s

    def __call__(self):
        return self.now_s

    def sleep(self, duration_s):
        assert duration_s >= 0
        self.now_s += duration_s


def numbered(frames, rows=6, columns=8, dtype=np.uint16):
    """Return pictures whose pixels encode frame, row and column."""
    frame, row, column = np.indices((frames, rows, columns))
    return (frame * 100 + row * 10 + column).astype(dtype)


def playing(frames=5, rate_hz=100.0, exposure_s=0.004, roi_px=None, pictures=None, **options):
    """Return a grabber that has started, and its clock."""
    clock = JumpingClock()
    stack = ArrayStack("numbered pictures", numbered(frames) if pictures is None else pictures)
    grabber = ReplayGrabber(lambda: (stack, 16), clock=clock, sleep=clock.sleep, **options)
    grabber.open()
    grabber.apply(CameraSettings(rate_hz, exposure_s, roi_px=roi_px))
    grabber.start()
    return grabber, clock
