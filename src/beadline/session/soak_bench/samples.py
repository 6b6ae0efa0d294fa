"""What the processes of a session hold: memory, files, threads, shared memory."""

import gc
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from beadline.session.microscope_session import Session

from .trend import trend

ALLOWED_PER_H: Mapping[str, float] = {"memory_mb": 1.0, "files": 0.0, "threads": 0.0, "segments": 0.0}
"""What is judged, and how fast it may grow [per hour]."""
LEVEL_S, LOOK_S = 60.0, 0.5
"""A sample waits so long at most until the catalogue has all runs [s]."""
SHARED_MEMORY = "/dev/shm/"


class Samples:
    """Samples of all processes of a session, by name of the process and of what was counted."""

    def __init__(self, session: Session) -> None:
        """Begin without samples.

        Args:
            session: whose processes are looked at: its own and its workers'.
        """
        self._session = session
        self._began_s = time.monotonic()
        self.time_s: list[float] = []
        self.behind: list[int] = []
        self.values: dict[str, dict[str, list[float]]] = {}

    def take(self) -> None:
        """Take one, between two runs, when the catalogue is level or does not become so: what waits is no growth."""
        state = self._session.ingestion_state()
        deadline_s = time.monotonic() + LEVEL_S
        while (state["behind"] or state["state"] == "starting") and time.monotonic() < deadline_s:
            time.sleep(LOOK_S)
            state = self._session.ingestion_state()
        self.behind.append(int(state["behind"]))
        gc.collect()  # what waits for that is not what grows
        processes = {"session": psutil.Process()}
        for status in self._session.workbench.workers.statuses():
            if status.pid is not None:
                processes[status.name] = psutil.Process(status.pid)
        self.time_s.append(time.monotonic() - self._began_s)
        for name, process in processes.items():
            for what, value in _held(process).items():
                self.values.setdefault(name, {}).setdefault(what, []).append(value)

    def plain(self) -> dict[str, Any]:
        """Return all samples, when they were taken [s], and how many documents the catalogue was behind."""
        rounded = {
            name: {what: [round(each, 2) for each in seen] for what, seen in held.items()}
            for name, held in self.values.items()
        }
        return {"time_s": [round(each, 1) for each in self.time_s], "behind": self.behind, **rounded}

    def trends(self) -> dict[str, dict[str, Any]]:
        """Return the trend of each, by process and by what is judged; see `trend`."""
        return {
            name: {what: trend(self.time_s, held[what], per_h) for what, per_h in ALLOWED_PER_H.items() if what in held}
            for name, held in self.values.items()
        }


def _held(process: psutil.Process) -> dict[str, float]:
    """Count what a process holds.

    Returns:
        `memory_mb`: that is in no file and shared with nobody; where that is not known, all it has [MB]. `share_mb`:
        its share of all memory [MB]. `files`: open ones; `threads`; `segments`: of shared memory it has mapped.
    """
    files = getattr(process, "num_fds", None) or getattr(process, "num_handles")  # noqa: B009 - the one or the other
    counts = {"files": float(files()), "threads": float(process.num_threads())}
    status = Path(f"/proc/{process.pid}/status")
    if not status.is_file():
        return {"memory_mb": process.memory_info().rss / 1e6, **counts}
    own_kib = next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("RssAnon"))
    mapped = {each.path for each in process.memory_maps() if each.path.startswith(SHARED_MEMORY)}
    share_mb = process.memory_full_info().pss / 1e6
    return {"memory_mb": own_kib * 1.024e-3, "share_mb": share_mb, **counts, "segments": float(len(mapped))}
