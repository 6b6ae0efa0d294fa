"""Replay: pictures from files or from memory play the part of a camera, on a camera's schedule."""

from .factory import microscope
from .grabber import ReplayGrabber
from .pacing import FrameSchedule
from .prerender import Prerender
from .stack import ArrayStack, FrameStack

__all__ = ["ArrayStack", "FrameSchedule", "FrameStack", "Prerender", "ReplayGrabber", "microscope"]
