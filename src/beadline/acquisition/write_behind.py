"""Sends a growing file on to the disk while it is written, and takes what has arrived there out of memory."""

import os
from concurrent.futures import Future, ThreadPoolExecutor, wait

PIECE_BYTES = 32 * 2**20
MOST_PIECES = 16

_to_disk = getattr(os, "fdatasync", os.fsync)  # which not every system has


class WriteBehind:
    """Keeps a fast recording from filling the memory with pages nobody will look at soon.

    To find a fresh page for each 4 KiB can take longer than all else about a frame; pages that are given back
    are used again. What the disk has refused is raised by the next call: without this, it might never be heard of.
    """

    def __init__(self, descriptor: int, piece_bytes: int = PIECE_BYTES) -> None:
        """Begin with a file as long as it is.

        Args:
            descriptor: of the open file; it may be closed before this.
            piece_bytes: how much is written before it is sent on [byte].
        """
        self._descriptor = os.dup(descriptor)
        self._piece_bytes = piece_bytes
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
            wait((self._going,))
        if self._waiting_bytes < self._piece_bytes or not self._through():
            return
        self._waiting_bytes = 0
        self._going = self._thread.submit(self._send)

    def _through(self) -> bool:
        if self._going is not None and self._going.done():
            self._going.result()
            self._going = None
        return self._going is None

    def _send(self) -> None:
        end = os.fstat(self._descriptor).st_size
        _to_disk(self._descriptor)
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(self._descriptor, self._sent_bytes, end - self._sent_bytes, os.POSIX_FADV_DONTNEED)
        self._sent_bytes = end

    def close(self) -> None:
        """Send the rest and wait until it has arrived; harmless when done.

        Raises:
            OSError: the disk did not take everything.
        """
        if self._descriptor < 0:
            return
        try:
            last = self._thread.submit(self._send)
            self._thread.shutdown()
            for sent in (self._going, last):
                if sent is not None:
                    sent.result()
        finally:
            os.close(self._descriptor)
            self._descriptor = -1
