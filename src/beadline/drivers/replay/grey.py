"""From pictures as they are kept to grey pixels of 8 or 16 bit."""

from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from beadline.hardware import FrameArray

Channel = Literal["red", "green", "blue", "grey"]
CHANNELS: tuple[str, ...] = get_args(Channel)
LUMA_PER_MILLE = (299, 587, 114)


def check_channel(channel: str | None) -> None:
    """Refuse a channel that does not exist.

    Raises:
        ValueError: it is none of red, green, blue and grey.
    """
    if channel is not None and channel not in CHANNELS:
        raise ValueError(f"Cannot take the channel {channel!r} of colour pictures: choose one of {', '.join(CHANNELS)}")


def check_pixels(name: str, dtype: np.dtype[Any]) -> None:
    """Refuse pixels that a camera does not deliver.

    Raises:
        ValueError: they are not unsigned, or have neither 8 nor 16 bit.
    """
    if dtype.kind != "u" or dtype.itemsize > 2:
        raise ValueError(f"Cannot replay {name}: its pixels are {dtype.name}, only uint8 and uint16 are allowed")


def colour_refused(name: str) -> ValueError:
    """Return the error for colour pictures nobody chose a channel of."""
    return ValueError(
        f"Cannot replay {name}: it is a colour picture, beads are tracked in grey ones; "
        f"choose a channel ({', '.join(CHANNELS)})"
    )


def one_channel(colours: NDArray[Any], channel: str) -> FrameArray:
    """Return one channel of a colour picture.

    Args:
        colours: shape (rows, columns, 3 or more): red, green, blue.
        channel: red, green, blue, or grey for the perceived brightness of all three.

    Source:
        Weights of grey: ITU-R BT.601, luma.
    """
    if channel != "grey":
        return colours[..., CHANNELS.index(channel)]
    weights = np.array(LUMA_PER_MILLE, dtype=np.uint32)
    return ((colours[..., :3] @ weights + 500) // 1000).astype(colours.dtype)
