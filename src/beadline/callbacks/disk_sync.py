"""Brings a growing file to the disk, now and then, on a thread of its own."""

import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path

log = logging.getLogger("beadline.journal")
PERIOD_S = 0.4
"""Between two syncs of a file that grows [s]; with the time of a sync itself this stays below half a second."""


class DiskSync:
    """Syncs one file after another; a failure is raised at the next `check` while that file is followed, or at `close`.

    Only the thread closes files, so that none is closed while it is being synced.
    """

    def __init__(self, fsync: Callable[[int], None]) -> None:
        self._fsync = fsync
        self._changed = threading.Condition()
        self._file = -1
        self._name = ""
        self._folder: Path | None = None
        self._dirty = self._urgent = False
        self._leaving: list[tuple[int, str]] = []
        self._over = False
        self._failures: dict[str, OSError] = {}
        self._thread: threading.Thread | None = None

    def check(self) -> None:
        """Raise what went wrong with the present file since the last check.

        Raises:
            OSError: the disk did not take the data.
        """
        with self._changed:
            failure = self._failures.pop(self._name, None)
        if failure is not None:
            raise failure

    def follow(self, file: int, folder: Path) -> None:
        """Sync this file from now on; its folder is synced once."""
        with self._changed:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="journal to disk", daemon=True)
                self._thread.start()
            self._file, self._folder, self._name = file, folder, f"run {folder.name}"

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
        """Sync the file a last time and close it, without waiting for it; when that fails, `close` says so."""
        with self._changed:
            self._leaving.append((self._file, self._name))
            self._file = -1
            self._dirty = False
            self._changed.notify()

    def close(self) -> None:
        """Finish what is to be synced and end the thread.

        Raises:
            OSError: the disk did not take it, or the end of a file that was left before.
        """
        with self._changed:
            self._over = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        failures, self._failures = list(self._failures.values()), {}
        if failures:
            raise failures[0]

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._dirty or self._leaving or self._over)
                self._changed.wait_for(lambda: self._urgent or self._leaving or self._over, PERIOD_S)
                leaving, self._leaving = self._leaving, []
                growing = (self._file, self._name) if self._dirty and self._file >= 0 else None
                folder, self._folder = self._folder, None
                self._dirty = self._urgent = False
                over = self._over
            for file, name in leaving:
                self._try(name, lambda file=file: self._fsync(file))
                self._try(name, lambda file=file: os.close(file))
            if growing is not None:
                file, name = growing
                self._try(name, lambda file=file: self._fsync(file))
            if folder is not None and os.name != "nt":  # Windows opens no folders
                self._try(f"run {folder.name}", lambda folder=folder: _sync_folders(folder))
            if over:
                return

    def _try(self, name: str, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - if the thread died, nobody would notice what follows
            why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            failure = OSError(getattr(error, "errno", None), f"Cannot bring the journal of {name} to the disk: {why}")
            failure.__cause__ = error
            log.error(failure.strerror)
            with self._changed:
                self._failures[name] = failure


def _sync_folders(folder: Path) -> None:
    for each in (folder, folder.parent):
        opened = os.open(each, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
