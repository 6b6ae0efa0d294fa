"""Looking after a session once a second: rules, alerts, and the status file."""

import os
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from beadline.acquisition import Watch
from beadline.catalogue import write_status
from beadline.devices import DiskReserve
from beadline.status import SessionStatus

from .rules import Rules

EVERY_S = 1.0


class Health:
    """Looks at the rules and writes the status of a session, on a thread of its own; never raises because of it."""

    def __init__(self, data: Path, rules: Rules, status: Callable[[], SessionStatus]) -> None:
        """Begin with the first look, which is taken at once.

        Args:
            data: folder of the status file.
            rules: to look at.
            status: says how the session is.
        """
        self.rules = rules
        self._data = data
        self._status = status
        self._watch = Watch(self.look, EVERY_S, "health")

    def start(self) -> None:
        """Begin."""
        self._watch.look()
        self._watch.start()

    def look(self) -> None:
        """Look once, and write what there is."""
        self.rules.look()
        write_status(self._data, self._status())

    def close(self) -> None:
        """Look a last time, which says how the session ended."""
        self._watch.stop()
        self._watch.look()


def session_status(*, disk: DiskReserve | None, start: Mapping[str, Any] | None, **said: Any) -> SessionStatus:
    """Return the status of this session, now.

    Args:
        disk: of the data folder.
        start: start document of the open run, or None.
        said: the further fields of a `SessionStatus`.
    """
    run = None
    if start is not None:
        run = {name: start.get(name, "") for name in ("uid", "scan_id", "plan_name")} | {"started_s": start["time"]}
    try:
        free_bytes = None if disk is None else disk.free_bytes()
    except OSError:
        free_bytes = None
    return SessionStatus(
        pid=os.getpid(),
        host=socket.gethostname(),
        written_s=time.time(),  # noqa: TID251 - a label for people, not a deadline
        run=run,
        free_bytes=free_bytes,
        reserve_bytes=0 if disk is None else disk.reserve_bytes,
        **said,
    )
