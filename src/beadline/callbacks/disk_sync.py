"""Brings a growing file to the disk, now and then, on a thread of its own."""

import contextlib
import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path

log = logging.getLogger("beadline.journal")
PERIOD_S = 0.4
"""Between two syncs of a file that grows [s]; with the time of a sync itself this stays below half a second."""


class DiskSync:
    """Syncs one file after another; a failure is raised at the next `check`."""

    def __init__(self, fsync: Callable[[int], None]) -> None:
        self._fsync = fsync
        self._changed = threading.Condition()
        self._file = -1
        self._folder: Path | None = None
        self._dirty = self._urgent = False
        self._leaving: list[int] = []
        self._over = False
        self._failure: OSError | None = None
        self._thread: threading.Thread | None = None

    def check(self) -> None:
        """Raise what went wrong since the last check.

        Raises:
            OSError: the disk did not take the data.
        """
        with self._changed:
            failure, self._failure = self._failure, None
        if failure is not None:
            raise OSError(failure.errno, f"Cannot bring the journal to the disk: {failure.strerror}") from failure

    def follow(self, file: int, folder: Path) -> None:
        """Sync this file from now on; its folder is synced once."""
        with self._changed:
            self._file, self._folder = file, folder
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="journal to disk", daemon=True)
                self._thread.start()

    def changed(self) -> None:
        """Say that the file has grown."""
        with self._changed:
            if not self._dirty:
                self._dirty = True
                self._changed.notify()

    def hurry(self) -> None:
        """Ask for a sync at once, without waiting for it."""
        with self._changed:
            self._dirty = self._urgent = True
            self._changed.notify()

    def leave(self) -> None:
        """Sync the file a last time and close it, without waiting for it."""
        with self._changed:
            self._leaving.append(self._file)
            self._file = -1
            self._dirty = False
            self._changed.notify()

    def close(self) -> None:
        """Finish what is to be synced and end the thread.

        Raises:
            OSError: the disk did not take it.
        """
        with self._changed:
            self._over = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self.check()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._dirty or self._leaving or self._over)
                self._changed.wait_for(lambda: self._urgent or self._leaving or self._over, PERIOD_S)
                leaving, self._leaving = self._leaving, []
                # A duplicate stays open however soon the journal leaves the file.
                open_file = os.dup(self._file) if self._dirty and self._file >= 0 else -1
                folder, self._folder = self._folder, None
                self._dirty = self._urgent = False
                over = self._over
            for file in (*leaving, *([open_file] if open_file >= 0 else [])):
                self._sync(file)
            if folder is not None:
                self._sync_folder(folder)
                self._sync_folder(folder.parent)
            if over:
                return

    def _sync(self, file: int) -> None:
        try:
            self._fsync(file)
        except OSError as error:
            self._fail(error)
        finally:
            os.close(file)

    def _sync_folder(self, folder: Path) -> None:
        if os.name == "nt":
            return  # Windows opens no folders
        with contextlib.ExitStack() as stack:
            try:
                opened = os.open(folder, os.O_RDONLY)
                stack.callback(os.close, opened)
                os.fsync(opened)
            except OSError as error:
                self._fail(error)

    def _fail(self, error: OSError) -> None:
        log.error("cannot bring the journal to the disk: %s", error)
        with self._changed:
            self._failure = error
