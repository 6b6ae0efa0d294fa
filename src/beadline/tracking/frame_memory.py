"""Frames as the compiled loops read them: in place, whatever their type and pitch."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

_KINDS = {np.dtype(np.uint8): 1, np.dtype(np.uint16): 2, np.dtype(np.float32): 3}
_NOTHING = {kind: np.zeros(1, dtype) for dtype, kind in _KINDS.items()}


@dataclass(frozen=True, slots=True)
class FrameMemory:
    """Frames of one type.

    Attributes:
        parts: their memory as u8, u16 and float32 pixels, of which two are empty.
        layout: kind of pixels, pitch of rows and of frames [pixels], rows and columns.
        top: largest value of a pixel [ADU].
    """

    parts: tuple[NDArray[Any], NDArray[Any], NDArray[Any]]
    layout: NDArray[np.int64]
    top: float


def frame_memory(frames: NDArray[Any]) -> FrameMemory:
    """Describe the memory of frames; only what no camera delivers, as pixels that are not neighbours, is copied.

    Args:
        frames: u8, u16 or float32, shape (frames, rows, columns) or (rows, columns).

    Raises:
        TypeError: the frames are of another type or shape.
    """
    kind = _KINDS.get(frames.dtype)
    if kind is None or frames.ndim not in (2, 3):
        raise TypeError(
            f"Cannot track a frame of type {frames.dtype} and shape {frames.shape}: "
            "it must be uint8 or uint16, or float32, with rows and columns"
        )
    size = frames.itemsize
    if frames.strides[-1] != size or any(stride < 0 or stride % size for stride in frames.strides):
        frames = np.ascontiguousarray(frames)
    rows, columns = frames.shape[-2:]
    pitch, apart = frames.strides[-2] // size, (frames.strides[0] // size if frames.ndim == 3 else 0)
    if frames.flags.c_contiguous:
        memory = frames.reshape(-1)
    else:
        length = (frames.shape[0] - 1) * apart if frames.ndim == 3 else 0
        memory = as_strided(frames, (length + (rows - 1) * pitch + columns,), (size,), writeable=False)
    parts = [_NOTHING[1], _NOTHING[2], _NOTHING[3]]
    parts[kind - 1] = memory
    top = float(np.iinfo(frames.dtype).max) if kind < 3 else np.inf
    return FrameMemory((parts[0], parts[1], parts[2]), np.array((kind, pitch, apart, rows, columns)), top)
