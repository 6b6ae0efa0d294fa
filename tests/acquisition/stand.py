"""Loops stepped by hand on the test's own thread, and how to start them in workers."""

import time

from acquisition import scripted_grabber
from beadline.acquisition import CameraLoop

SETTINGS = {"frame_rate_hz": 100.0, "exposure_s": 0.001, "gain": 1.0, "roi_px": None}
FACTORY = "acquisition.scripted_grabber:microscope"
STEADY = "acquisition.scripted_grabber:steady"


def camera_arguments(factory=STEADY, frame_rate_hz=200.0, ring_bytes=None, **arguments):
    """Arguments of a camera worker."""
    return {
        "factory": factory,
        "factory_arguments": arguments,
        "settings": SETTINGS | {"frame_rate_hz": frame_rate_hz},
        "epoch_offset_s": 1000.0,
        "ring_bytes": ring_bytes,
    }


def wait_for(condition, patience_s=10.0):
    """Wait until something is so; fail when it does not come to pass."""
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.002)


class Stand:
    """A camera loop stepped by hand; the ring has as few slots as there can be."""

    def __init__(self, **arguments):
        self.loop = CameraLoop(**camera_arguments(FACTORY, ring_bytes=1, **arguments))
        self.loop.open()
        self.microscope = scripted_grabber.made.pop()
        self.grabber = self.microscope.grabber
        self.loop.start()
        self.board = self.loop.board
        self.begin_books()

    @property
    def ring(self):
        return self.loop.ring()["ring"]

    def begin_books(self):
        self.loop.commands["begin_books"]()

    def show(self, *ids, exposed="now"):
        """Have the loop take these frames."""
        self.grabber.push(*ids, exposed=exposed)
        while self.grabber.script:
            self.loop.step()

    def open_window(self, frames=None, count="counter"):
        return self.loop.open_window(frames, count)["window"]
