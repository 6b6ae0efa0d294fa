"""Sends a growing file on to the disk while it is written, and takes what has arrived there out of memory."""

import os
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait

PIECE_BYTES = 32 * 2**20
MOST_PIECES = 16
PERIOD_S = 0.4
"""How long what was flushed waits at most to be sent on [s]; with the time of that itself this stays below half a
second, which is what a power failure may take."""

_to_disk = getattr(os, "fdatasync", os.fsync)  # which not every system has


class WriteBehind:
    """Keeps a fast recording from filling the memory with pages nobody will look at soon.

    To find a fresh page for each 4 KiB can take longer than all else about a frame; pages that are given back
    are used again. What the disk has refused is raised by the next call: without this, it might never be heard of.
    """

    def __init__(self, descriptor: int, piece_bytes: int = PIECE_BYTES, *, give_back: bool = True) -> None:
        """Begin with a file as long as it is.

        Args:
            descriptor: of the open file; it may be closed before this.
            piece_bytes: how much is written before it is sent on at once [byte].
            give_back: whether what has arrived on the disk is taken out of memory.
        """
        self._descriptor = os.dup(descriptor)
        self._piece_bytes = piece_bytes
        self._give_back = give_back and hasattr(os, "posix_fadvise")
        self._hurry = threading.Event()
        self._sent_s = time.monotonic()
        self._more = False
        self._waiting_bytes = 0
        self._sent_bytes = 0
        self._thread = ThreadPoolExecutor(1, "write behind")
        self._going: Future[None] | None = None

    def wrote(self, count: int) -> None:
        """Say that so many bytes were written; they are sent on when they make a piece and the last one is through.

        A disk that is behind by several pieces is waited for: the memory is not there to hide that it is too slow.

        Raises:
            OSError: the disk did not take an earlier piece.
        """
        self._waiting_bytes += count
        if self._waiting_bytes > MOST_PIECES * self._piece_bytes and self._going is not None:
            self._hurry.set()
            wait((self._going,))
        if self._waiting_bytes >= self._piece_bytes:
            self._hurry.set()
            self._begin()

    def flushed(self) -> None:
        """Say that what was written is with the operating system; it is sent on soon, however little it is.

        Raises:
            OSError: the disk did not take an earlier piece.
        """
        self._more = True
        if self._through():
            self._hurry.clear()
            self._begin()

    def _begin(self) -> None:
        if self._through():
            self._waiting_bytes = 0
            self._going = self._thread.submit(self._send_soon)

    def _through(self) -> bool:
        if self._going is not None and self._going.done():
            self._going.result()
            self._going = None
        return self._going is None

    def _send_soon(self) -> None:
        while True:
            self._hurry.wait(max(0.0, self._sent_s + PERIOD_S - time.monotonic()))
            self._more = False
            self._send()
            if self._hurry.is_set() or not self._more:
                return  # whoever writes that much begins the next

    def _send(self) -> None:
        end = os.fstat(self._descriptor).st_size
        self._sent_s = time.monotonic()
        _to_disk(self._descriptor)
        if self._give_back:
            os.posix_fadvise(self._descriptor, self._sent_bytes, end - self._sent_bytes, os.POSIX_FADV_DONTNEED)
        self._sent_bytes = end

    def leave(self) -> None:
        """Begin nothing more, and let go without waiting for what is under way."""
        self._hurry.set()
        self._thread.shutdown(wait=False)

    def close(self) -> None:
        """Send the rest and wait until it has arrived; harmless when done.

        Raises:
            OSError: the disk did not take everything.
        """
        if self._descriptor < 0:
            return
        self._hurry.set()
        try:
            last = self._thread.submit(self._send)
            self._thread.shutdown()
            for sent in (self._going, last):
                if sent is not None:
                    sent.result()
        finally:
            os.close(self._descriptor)
            self._descriptor = -1
