"""The journal: every document of a run as one line in the folder of the run."""

import contextlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from beadline.documents import JOURNAL_NAME, encode_document, run_folder

from .disk_sync import DiskSync

SYNCED_AT_ONCE = frozenset({"start", "descriptor", "stop"})
Told = Callable[[Path, dict[str, Any]], None]


def _nobody(folder: Path, document: dict[str, Any]) -> None:
    pass


class Journal:
    """Writes each document before anybody else sees it: the first subscriber of a RunEngine.

    A document is acknowledged when its line has reached the operating system; the disk follows within half a
    second on a thread of its own. The journal is the one callback whose failure stops a run.

    Attributes:
        acknowledged: lines written since the journal was made.
        folder: of the open run, or None.
    """

    def __init__(
        self,
        data: Path,
        on_open: Told = _nobody,
        on_close: Told = _nobody,
        fsync: Callable[[int], None] = os.fsync,
    ) -> None:
        """Write journals below a data folder.

        Args:
            data: where the folders of runs are made.
            on_open: told the folder and the start document when a run has been opened.
            on_close: told the folder and the stop document when it has been closed.
            fsync: brings a file to the disk.
        """
        self.acknowledged = 0
        self.folder: Path | None = None
        self._data = data
        self._on_open = on_open
        self._on_close = on_close
        self._uid = ""
        self._file = -1
        self._length = 0
        self._sync = DiskSync(fsync)

    def __call__(self, name: str, document: Mapping[str, Any]) -> None:
        """Write one document.

        Raises:
            OSError: the folder cannot be made, or the disk does not take the line.
            RuntimeError: no run is open, or one is open already.
            TypeError: a value that cannot be stored; the message says where it is.
        """
        line = encode_document(name, document)
        if name == "start":
            self._open(document, line)
        elif self.folder is None:
            raise RuntimeError(f"Cannot write a {name} document: no run is open in the journal")
        try:
            if name != "start":
                self._write(line)
            if name in SYNCED_AT_ONCE:
                self._sync.hurry()
            if name == "start" and self.folder is not None:
                self._on_open(self.folder, dict(document))
        finally:
            # A run is over with its stop document, whether or not the disk took it: the next one must be able to begin.
            if name == "stop":
                self._end(document)
        self._sync.check()

    def _open(self, start: Mapping[str, Any], line: bytes) -> None:
        if self.folder is not None:
            raise RuntimeError(
                f"Cannot open run {str(start['uid'])[:8]}: run {self._uid[:8]} is still open; one run at a time"
            )
        folder = run_folder(self._data, start)
        _make_private(folder)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0)
        self._file = os.open(folder / JOURNAL_NAME, flags, 0o600)
        self._length = 0
        self.folder, self._uid = folder, str(start["uid"])
        try:
            self._write(line)
            self._sync.follow(self._file, folder)
        except BaseException:
            self._take_back(folder)
            raise

    def _take_back(self, folder: Path) -> None:
        """Leave nothing of a run that could not begin: neither its folder nor a run that seems to be open."""
        file, self._file, self.folder = self._file, -1, None
        for undo in (lambda: os.close(file), (folder / JOURNAL_NAME).unlink, folder.rmdir):
            with contextlib.suppress(OSError):
                undo()

    def _write(self, line: bytes) -> None:
        try:
            rest = memoryview(line)
            while rest:
                rest = rest[os.write(self._file, rest) :]
        except OSError as error:
            # Half a line would make the lines after it unreadable.
            os.ftruncate(self._file, self._length)
            what = f"Cannot write the journal of run {self._uid[:8]} after {self.acknowledged} documents"
            raise OSError(error.errno, f"{what}: {error.strerror}", str(self.folder)) from error
        self._length += len(line)
        self.acknowledged += 1
        self._sync.changed()

    def _end(self, stop: Mapping[str, Any]) -> None:
        folder, self.folder = self.folder, None
        self._sync.leave()
        self._file = -1
        if folder is not None:
            self._on_close(folder, dict(stop))

    def close(self) -> None:
        """Bring everything to the disk and end the thread; a run that is still open is left without a stop.

        Raises:
            OSError: the disk did not take it.
        """
        if self.folder is not None:
            self._sync.leave()
            self.folder, self._file = None, -1
        self._sync.close()


def _make_private(folder: Path) -> None:
    """Make a folder and those above it, readable by their owner only."""
    missing = [folder, *folder.parents]
    for each in reversed([each for each in missing if not each.exists()]):
        each.mkdir(mode=0o700, exist_ok=True)
