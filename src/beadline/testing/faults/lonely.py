"""A session in a process of its own that is to be killed, as who kills it sees it."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil

from .outcome import NotRun

WORKERS_LEAVE_S = 10.0


class Lonely:
    """A session in a process of its own.

    Attributes:
        said: of each document, what had been acknowledged by then: see `lonely_session`.
    """

    def __init__(
        self, data: Path, seed: int, *, frames: int, die_after: str = "", die_when_ingested: int | None = None
    ) -> None:
        if not hasattr(signal, "SIGKILL"):
            raise NotRun("there is no SIGKILL on this system")
        command = [sys.executable, "-m", "beadline.testing.faults.lonely_session", str(data)]
        command += ["--seed", str(seed), "--frames", str(frames)]
        command += ["--die-after", die_after] if die_after else []
        command += ["--die-when-ingested", str(die_when_ingested)] if die_when_ingested else []
        self.said: list[dict[str, Any]] = []
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self._workers: list[psutil.Process] = []

    def __enter__(self) -> "Lonely":
        return self

    def wait_for_document(self) -> None:
        """Wait until it has said that the first document is kept.

        Raises:
            RuntimeError: it ended before.
        """
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise RuntimeError("The session ended before its first document")
        self.said.append(json.loads(line))
        self._workers = psutil.Process(self._process.pid).children(recursive=True)

    def kill(self) -> None:
        """Kill it, and read what it had said by then."""
        self._process.send_signal(signal.SIGKILL)
        self.wait_until_gone()

    def kill_all(self) -> None:
        """Kill its workers and it at one moment, so that none lives on to close its file."""
        for each in self._workers:
            each.kill()
        self.kill()

    def wait_until_gone(self) -> int:
        """Read to its last word, wait for its end and that of its workers, and return its exit code."""
        rest, _ = self._process.communicate()
        self.said += [json.loads(line) for line in rest.splitlines(keepends=True) if line.endswith("\n")]
        _, alive = psutil.wait_procs(self._workers, timeout=WORKERS_LEAVE_S)
        if alive:
            raise RuntimeError(f"Workers outlived their session: {alive}")
        return self._process.returncode

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()
