"""One session per data folder: who holds it, and the next scan id."""

import json
import os
import socket
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from beadline.documents import run_folders, scan_id_of

from .file_locking import try_to_lock, unlock

LOCK_NAME = "lock"
SCAN_ID_NAME = "scan_id"


@dataclass(frozen=True, slots=True)
class Holder:
    """The session that holds a data folder.

    Attributes:
        pid: its process id.
        host: its computer.
        boot_id: changes each time that computer starts.
    """

    pid: int
    host: str
    boot_id: str


class DataLock:
    """Holds a data folder for this session.

    The operating system gives the lock of a dead process back, so that a stale one needs no repair.
    """

    def __init__(self, data: Path) -> None:
        self._data = data
        self._file = -1

    def acquire(self) -> None:
        """Take the folder.

        Raises:
            OSError: another session holds it, or the folder cannot be written.
        """
        file = os.open(self._data / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
        if not try_to_lock(file):
            os.close(file)
            raise _in_use(self._data, _read(self._data))
        last = _read(self._data)
        if last is not None and last.host != socket.gethostname():
            # Locks do not always reach across a network: only a person can tell whether that session is alive.
            unlock(file)
            os.close(file)
            raise _in_use(self._data, last)
        os.ftruncate(file, 0)
        os.write(file, json.dumps(asdict(_this_process())).encode())
        os.fsync(file)
        self._file = file

    def release(self) -> None:
        """Give the folder back; harmless when it is not held."""
        if self._file < 0:
            return
        os.ftruncate(self._file, 0)
        unlock(self._file)
        os.close(self._file)
        self._file = -1


def lock_holder(data: Path) -> Holder | None:
    """Return the live session that holds a data folder, this one included, or None."""
    path = data / LOCK_NAME
    if not path.exists():
        return None
    try:
        file = os.open(path, os.O_RDWR)
    except PermissionError:
        return _read(data)
    try:
        if not try_to_lock(file):
            return _read(data) or Holder(0, "an unknown computer", "")
        unlock(file)
    finally:
        os.close(file)
    holder = _read(data)
    return holder if holder is not None and holder.host != socket.gethostname() else None


def next_scan_id(data: Path) -> int:
    """Issue the next scan id of a data folder, which this session holds; ids are issued once, whatever happens.

    Raises:
        RuntimeError: this session does not hold the folder.
        ValueError: the file with the last id is damaged.
    """
    holder = _read(data)
    if holder is None or holder != _this_process():
        raise RuntimeError(f"Cannot issue a scan id in {data}: this session does not hold the folder's lock")
    scan_id = _last_scan_id(data) + 1
    path, unfinished = data / SCAN_ID_NAME, data / f"{SCAN_ID_NAME}.new"
    unfinished.touch(mode=0o600)
    with unfinished.open("w", encoding="ascii") as file:
        file.write(f"{scan_id}\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    return scan_id


def _last_scan_id(data: Path) -> int:
    path = data / SCAN_ID_NAME
    if not path.exists():
        return max(map(scan_id_of, run_folders(data)), default=0)
    text = path.read_text(encoding="ascii", errors="replace").strip()
    if not text.isdecimal():
        raise ValueError(
            f"Cannot issue a scan id: {path} holds {text!r} and not a number; "
            "delete the file, and numbering goes on after the highest scan id of the runs"
        )
    return int(text)


def _read(data: Path) -> Holder | None:
    text = (data / LOCK_NAME).read_text(encoding="utf-8") if (data / LOCK_NAME).exists() else ""
    try:
        return Holder(**json.loads(text)) if text else None
    except (ValueError, TypeError):
        return None  # it was being written when its session died


def _this_process() -> Holder:
    return Holder(os.getpid(), socket.gethostname(), _boot_id())


def _boot_id() -> str:
    path = Path("/proc/sys/kernel/random/boot_id")
    return path.read_text(encoding="ascii").strip() if path.exists() else f"{psutil.boot_time():.0f}"


def _in_use(data: Path, holder: Holder | None) -> OSError:
    who = "another session" if holder is None else f"a session with process id {holder.pid} on {holder.host}"
    remedy = "end that session or choose another folder with --data"
    if holder is not None and holder.host != socket.gethostname():
        remedy += f", or delete {data / LOCK_NAME} if that session is gone"
    return OSError(f"Cannot open a session on {data}: {who} holds it; {remedy}")
