"""Pictures of one shape and type, one after the other, wherever they are kept."""

from typing import Any, Protocol

import h5py
import numpy as np
from numpy.typing import NDArray

from beadline.hardware import FrameArray

HDF5_DAMAGE = (OSError, RuntimeError, KeyError)
"""What h5py raises when a file is not as it should be."""


class FrameStack(Protocol):
    """A series of grey pictures that can be read one by one."""

    @property
    def name(self) -> str:
        """What is played, for people and metadata."""
        ...

    @property
    def shape(self) -> tuple[int, int, int]:
        """Frames, rows, columns."""
        ...

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of a pixel, u8 or u16."""
        ...

    def read(self, index: int) -> FrameArray:
        """Return one picture, shape (rows, columns). Raises ValueError when it turns out to be damaged."""
        ...

    def close(self) -> None:
        """Let go of the file. Harmless when closed."""
        ...


class ArrayStack:
    """Pictures in an array, in memory or in a file that reads like one."""

    def __init__(self, name: str, array: NDArray[Any] | h5py.Dataset, file: h5py.File | None = None) -> None:
        """Keep an array of shape (frames, rows, columns), and the file to be closed with it."""
        self.name = name
        self.dtype = np.dtype(array.dtype)
        frames, rows, columns = array.shape
        self.shape = (int(frames), int(rows), int(columns))
        self._array = array
        self._file = file

    def read(self, index: int) -> FrameArray:
        """Return one picture without a copy where the array is in memory.

        Raises:
            ValueError: the file is damaged there.
        """
        try:
            return self._array[index]
        except HDF5_DAMAGE as error:
            raise ValueError(f"Cannot read frame {index} of {self.name}: {error}") from error

    def close(self) -> None:
        """Close the file, if there is one."""
        if self._file is not None:
            self._file.close()


def size_mb(stack: FrameStack) -> float:
    """Return the memory all pictures of a stack take [MB]."""
    frames, rows, columns = stack.shape
    return frames * rows * columns * stack.dtype.itemsize / 1e6


def in_memory(stack: FrameStack) -> ArrayStack:
    """Read all pictures of a stack into one array and close it."""
    pictures = np.empty(stack.shape, stack.dtype.newbyteorder("="))
    try:
        for index, picture in enumerate(pictures):
            picture[...] = stack.read(index)
    finally:
        stack.close()
    return ArrayStack(stack.name, pictures)
