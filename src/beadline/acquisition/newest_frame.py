"""Pictures for people: the newest frame of the ring, or the mean of the newest few."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .ring import FrameRing, RingStamp

ATTEMPTS = 10


def newest_frame(ring: FrameRing, count: int = 1) -> tuple[NDArray[Any], RingStamp]:
    """Return a copy of the newest frame, or the mean of the newest ones, and the stamp of the newest.

    Args:
        ring: where the frames are.
        count: how many frames to average.

    Returns:
        Pixels [ADU], shape (rows, columns), of the camera's type, to which a mean is rounded; and the stamp.

    Raises:
        ValueError: more frames than half the ring.
        RuntimeError: there are not so many frames, or they are overwritten faster than they can be copied.
    """
    most = ring.slots // 2
    if not 1 <= count <= most:
        raise ValueError(f"Cannot average {count} frames: it must be from 1 to {most} with this size of frame")
    for _ in range(ATTEMPTS):
        stop = ring.written
        if stop < count:
            raise RuntimeError(f"Cannot take {count} frames: there are {stop} yet; start the camera first")
        first = ring.pixels(stop - count)
        frame = first.copy() if count == 1 else _mean(ring, stop - count, stop)
        if ring.holds(stop - count):
            return frame, RingStamp._make(ring.stamps(stop - 1, stop).tolist()[0])
    raise RuntimeError("Cannot take a frame: the camera overwrites them faster than one can be copied")


def _mean(ring: FrameRing, start: int, stop: int) -> NDArray[Any]:
    total = np.zeros(ring.frame_shape, np.float64)
    for seq in range(start, stop):
        total += ring.pixels(seq)
    return np.rint(total / (stop - start)).astype(ring.dtype)


def save_frame(path: Path, frame: NDArray[Any]) -> None:
    """Save a picture as it is.

    Args:
        path: ends in .npy or .png.
        frame: pixels [ADU], u8 or u16, shape (rows, columns).

    Raises:
        ValueError: another kind of file.
    """
    if path.suffix == ".npy":
        np.save(path, frame)
    elif path.suffix == ".png":
        from PIL import Image  # noqa: PLC0415 - takes as long to load as a tenth of a tracker that comes back

        Image.fromarray(frame).save(path)
    else:
        raise ValueError(f"Cannot save a frame as {path.name}: write .npy or .png")
