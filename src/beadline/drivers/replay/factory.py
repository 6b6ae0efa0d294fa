"""What a camera worker calls: from plain data to a microscope that replays."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from beadline.hardware import Microscope

from .grabber import OpenStack, ReplayGrabber
from .prerender import Prerender, check_memory
from .sources import open_source
from .stack import FrameStack, in_memory, size_mb


def microscope(
    *,
    source: str = "",
    prerender: Mapping[str, Any] | None = None,
    channel: str | None = None,
    bit_depth: int | None = None,
    once: bool = False,
    preload: bool | None = None,
    memory_limit_mb: float = 2000.0,
    buffer_frames: int = 500,
    max_frame_rate_hz: float = 5000.0,
) -> Microscope:
    """Return a microscope of nothing but a camera that replays pictures.

    Args:
        source: a folder of pictures, a picture, a TIFF, a NumPy stack, or `file.h5::/dataset`.
        prerender: instead of a source, another microscope whose pictures are taken in advance; see `Prerender`.
        channel: red, green, blue or grey of colour pictures; None refuses them.
        bit_depth: significant bits of a pixel, for 10, 12 or 14 bit cameras; None is all bits of the type.
        once: be silent after the last picture instead of beginning again.
        preload: read all pictures before the start; None does so when they fit into `memory_limit_mb`.
        memory_limit_mb: memory the pictures may take [MB].
        buffer_frames: frames that wait for a late host.
        max_frame_rate_hz: refused above [Hz].

    Raises:
        ValueError: neither or both of source and prerender are given, or options of the other.
    """
    open_stack: OpenStack
    if bool(source) == (prerender is not None):
        raise ValueError("Cannot replay: name either a source or a prerender, and not both")
    if prerender is not None:
        if (channel, bit_depth, preload) != (None, None, None):
            raise ValueError("Cannot replay: channel, bit_depth and preload belong to a source, not to a prerender")
        open_stack = partial(Prerender.from_plain(prerender).take, memory_limit_mb)
    else:
        open_stack = partial(_opened, source, channel, bit_depth, preload, memory_limit_mb)
    grabber = ReplayGrabber(open_stack, once=once, buffer_frames=buffer_frames, max_frame_rate_hz=max_frame_rate_hz)
    return Microscope(grabber)


def _opened(
    source: str, channel: str | None, bit_depth: int | None, preload: bool | None, memory_limit_mb: float
) -> tuple[FrameStack, int]:
    stack = open_source(source, channel)
    try:
        bits = _checked_bits(stack, bit_depth)
        if preload:
            check_memory(f"the pictures of {stack.name}", size_mb(stack), memory_limit_mb)
    except ValueError:
        stack.close()
        raise
    if preload is None:
        preload = size_mb(stack) <= memory_limit_mb
    return (in_memory(stack) if preload else stack), bits


def _checked_bits(stack: FrameStack, bit_depth: int | None) -> int:
    low, high = (1, 8) if stack.dtype.itemsize == 1 else (9, 16)
    if bit_depth is None:
        return high
    if not low <= bit_depth <= high:
        raise ValueError(
            f"Cannot replay {stack.name} with {bit_depth} bit: its pixels are {stack.dtype.name}, {low} to {high} bit "
            "are allowed"
        )
    return bit_depth
