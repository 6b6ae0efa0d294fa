"""Blocks of memory shared between processes, in which one process writes and any number read."""

import contextlib
import sys
import threading
from collections.abc import Mapping
from multiprocessing import resource_tracker
from multiprocessing.shared_memory import SharedMemory
from typing import Any

import numpy as np
from numpy.typing import NDArray

PAGE = 4096
_attaching = threading.Lock()


class _Memory(SharedMemory):
    """Shared memory that may be let go of while somebody still holds a view; it is unmapped with the last view."""

    def __del__(self) -> None:
        with contextlib.suppress(BufferError, OSError):
            self.close()


def create_block(size: int) -> SharedMemory:
    """Create a block of at least `size` bytes, filled with zeros; its creator unlinks it."""
    return _Memory(create=True, size=max(size, 1))


def attach_block(name: str) -> SharedMemory:
    """Attach a block another process created.

    Raises:
        FileNotFoundError: its creator is gone, or never was.
    """
    if sys.version_info >= (3, 13):
        return _Memory(name=name, track=False)
    # Before Python 3.13 a process that merely attaches a block unlinks it at its exit, unless it does not register.
    with _attaching:
        register, me = resource_tracker.register, threading.get_ident()

        def register_others(name: str, kind: str) -> None:
            if threading.get_ident() != me:
                register(name, kind)

        resource_tracker.register = register_others
        try:
            return _Memory(name=name)
        finally:
            resource_tracker.register = register


def bytes_of(memory: SharedMemory) -> memoryview:
    """Return the bytes of a block.

    Raises:
        RuntimeError: it is closed.
    """
    if memory.buf is None:
        raise RuntimeError(f"The shared memory {memory.name} is closed")
    return memory.buf


class SharedBlock:
    """A block of shared memory laid out as named arrays, each on a page of its own."""

    def __init__(self, memory: SharedMemory, layout: Mapping[str, tuple[tuple[int, ...], Any]], *, owner: bool) -> None:
        self._memory = memory
        self._owner = owner
        self.arrays: dict[str, NDArray[Any]] = {}
        offset = 0
        for name, (shape, dtype) in layout.items():
            self.arrays[name] = np.ndarray(shape, dtype, buffer=bytes_of(memory), offset=offset)
            offset += _padded(self.arrays[name].nbytes)

    @staticmethod
    def size(layout: Mapping[str, tuple[tuple[int, ...], Any]]) -> int:
        """Return how many bytes a layout needs."""
        return sum(_padded(int(np.prod(shape)) * np.dtype(dtype).itemsize) for shape, dtype in layout.values())

    @property
    def name(self) -> str:
        """The name by which other processes attach it."""
        return self._memory.name

    def close(self) -> None:
        """Let go of it, and unlink it if this process created it; harmless when done."""
        self.arrays.clear()
        # Somebody may still hold a view; the memory goes when the view goes.
        with contextlib.suppress(BufferError):
            self._memory.close()
        if self._owner:
            self._owner = False
            self._memory.unlink()


def _padded(size: int) -> int:
    return -(-size // PAGE) * PAGE
