"""Pictures taken in advance from another microscope, such as a simulated one."""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from beadline.hardware import CameraSettings, FrameArray, FrameGrabber, Microscope

from .stack import ArrayStack

PATIENCE_S = 5.0


@dataclass(frozen=True)
class Prerender:
    """What to take in advance.

    Attributes:
        factory: `module:function` of the microscope.
        frames: number of pictures.
        arguments: plain keyword data for the factory.
        frame_rate_hz: how fast they are taken [Hz]; frames the microscope skips are not waited for.
        bit_depth: more significant bits than the microscope's: its pixels are shifted up, as u16; 0 is its own.
    """

    factory: str
    frames: int
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])
    frame_rate_hz: float = 100.0
    bit_depth: int = 0

    def __post_init__(self) -> None:
        if self.frames < 1:
            raise ValueError(f"Cannot prerender {self.frames} frames: ask for at least 1")
        if not self.frame_rate_hz > 0:
            raise ValueError(f"Cannot prerender at {self.frame_rate_hz:g} frames/s: the rate must be above 0")
        if not 0 <= self.bit_depth <= 16:
            raise ValueError(f"Cannot prerender pixels of {self.bit_depth} bit: a pixel has at most 16")

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "Prerender":
        """Read the description from plain data.

        Raises:
            ValueError: something is missing, or is not known.
        """
        known = [each.name for each in fields(cls)]
        unknown = [name for name in plain if name not in known]
        missing = [name for name in ("factory", "frames") if name not in plain]
        if unknown or missing:
            raise ValueError(
                f"Cannot prerender from {dict(plain)}: it needs factory and frames, and may have arguments, "
                "frame_rate_hz and bit_depth"
            )
        return cls(**plain)

    def take(self, memory_limit_mb: float) -> tuple[ArrayStack, int]:
        """Build the microscope, take the pictures and close its camera.

        Returns:
            The pictures, and the significant bits of a pixel.

        Raises:
            ValueError: there is no such microscope, or the pictures would not fit into the memory allowed.
            TimeoutError: its camera delivers nothing.
        """
        grabber = self._built().grabber
        try:
            info = grabber.open()
            shift = self._shift(info.bit_depth)
            dtype = np.dtype(np.uint8 if info.bit_depth + shift <= 8 else np.uint16)
            needed_mb = self.frames * info.height_px * info.width_px * dtype.itemsize / 1e6
            check_memory(f"{self.frames} frames of {self.factory}", needed_mb, memory_limit_mb)
            pictures = np.empty((self.frames, info.height_px, info.width_px), dtype)
            taken = np.empty(pictures.shape[1:], info.dtype)
            exposure_s = max(0.5 / self.frame_rate_hz, info.min_exposure_s)
            grabber.apply(CameraSettings(self.frame_rate_hz, exposure_s))
            grabber.start()
            for picture in pictures:
                self._grab(grabber, taken)
                np.left_shift(taken, shift, out=picture, dtype=dtype)
            grabber.stop()
        finally:
            grabber.close()
        return ArrayStack(f"{self.frames} frames of {self.factory}", pictures), info.bit_depth + shift

    def _shift(self, bits: int) -> int:
        if 0 < self.bit_depth < bits:
            raise ValueError(f"Cannot prerender {self.factory} with {self.bit_depth} bit: its camera has {bits}")
        return max(self.bit_depth - bits, 0)

    def _built(self) -> Microscope:
        module, _, name = self.factory.partition(":")
        try:
            make: Callable[..., Any] = getattr(importlib.import_module(module), name)
        except (ImportError, AttributeError, ValueError) as error:
            raise ValueError(f"Cannot prerender from {self.factory!r}: {error}; write module:function") from error
        microscope = make(**self.arguments)
        if not isinstance(microscope, Microscope):
            raise TypeError(f"Cannot prerender from {self.factory}: it returned {microscope!r}, not a Microscope")
        return microscope

    def _grab(self, grabber: FrameGrabber, picture: FrameArray) -> None:
        if grabber.grab(picture, PATIENCE_S) is None:
            raise TimeoutError(
                f"Cannot prerender {self.frames} frames of {self.factory}: its camera was silent for {PATIENCE_S:g} s"
            )


def check_memory(name: str, needed_mb: float, limit_mb: float) -> None:
    """Refuse to hold more in memory than allowed.

    Raises:
        ValueError: it would not fit.
    """
    if needed_mb > limit_mb:
        raise ValueError(
            f"Cannot hold {name} in memory: they take {needed_mb:.3g} MB, the limit is {limit_mb:.3g} MB; "
            "take fewer or raise memory_limit_mb"
        )
