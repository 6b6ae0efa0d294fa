"""Rows P1 and P2: a session that is killed at any moment, and at each boundary between two documents."""

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil

from beadline.documents import JOURNAL_NAME, complete_lines, read_documents, run_folders

from .bench import Bench
from .kept import Acknowledged, judge_kept
from .outcome import Case, NotRun, Outcome

MOST_RECOVERY_S = 5.0
WORKERS_LEAVE_S = 10.0
BOUNDARIES = (
    "start:1",
    "descriptor:1",
    "descriptor:2",
    "descriptor:3",
    "stream_resource:1",
    "stream_resource:6",
    "stream_resource:10",
    "stream_datum:1",
    "stream_datum:7",
    "event:1",
    "stop:1",
)
SHORT_RUN = 60
"""Frames of a run that is killed at a boundary."""


def at_any_moment(seed: int, folder: Path, full: bool) -> Outcome:
    """Kill sessions that record 200 frames and some 50 events a second, each at a random moment."""
    outcome = Outcome()
    for number in range(100 if full else 2):
        data, when = folder / str(number), random.Random(seed + number).uniform(0.0, 4.0)
        with _Lonely(data, seed + number, frames=20_000) as lonely:
            lonely.wait_for_document()
            time.sleep(when)
            lonely.kill()
        _judge(outcome, data, lonely.said[-1], seed)
    outcome.figures["seeds"] = outcome.injected
    return outcome


def at_each_boundary(seed: int, folder: Path, full: bool) -> Outcome:
    """Have a session kill itself right after a document, one after another."""
    outcome = Outcome()
    for boundary in BOUNDARIES if full else BOUNDARIES[2::8]:
        data = folder / boundary.replace(":", "_")
        with _Lonely(data, seed, frames=SHORT_RUN, die_after=boundary) as lonely:
            lonely.wait_until_gone()
        outcome.require(lonely.said[-1]["kind"] == boundary.partition(":")[0], f"it did not die after {boundary}")
        _judge(outcome, data, lonely.said[-1], seed)
    outcome.figures["boundaries"] = outcome.injected
    return outcome


class _Lonely:
    """A session in a process of its own, and what it said."""

    def __init__(self, data: Path, seed: int, *, frames: int, die_after: str | None = None) -> None:
        if not hasattr(signal, "SIGKILL"):
            raise NotRun("there is no SIGKILL on this system")
        command = [sys.executable, "-m", "beadline.testing.faults.lonely_session", str(data)]
        command += ["--seed", str(seed), "--frames", str(frames)]
        command += [] if die_after is None else ["--die-after", die_after]
        self.said: list[dict[str, Any]] = []
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self._workers: list[psutil.Process] = []

    def __enter__(self) -> "_Lonely":
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

    def wait_until_gone(self) -> None:
        """Read to its last word, and wait for its end and that of its workers."""
        rest, _ = self._process.communicate()
        self.said += [json.loads(line) for line in rest.splitlines(keepends=True) if line.endswith("\n")]
        _, alive = psutil.wait_procs(self._workers, timeout=WORKERS_LEAVE_S)
        if alive:
            raise RuntimeError(f"Workers outlived their session: {alive}")

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()


def _judge(outcome: Outcome, data: Path, said: dict[str, Any], seed: int) -> None:
    """Open the folder again, and see what is left of the run."""
    outcome.injected += 1
    (folder,) = run_folders(data)
    lines = list(complete_lines(folder / JOURNAL_NAME))
    outcome.lost_events += max(0, said["documents"] - len(lines))
    acknowledged = Acknowledged(folder, lines, said["frames"] if said["documents"] > _described(lines) else {})
    began_s = time.monotonic()
    with Bench(data, seed) as bench:
        outcome.worst(recovery_s=bench.recovery_s)
        outcome.require(bench.recovery_s < MOST_RECOVERY_S, f"the recovery took {bench.recovery_s:.1f} s")
        judge_kept(outcome, acknowledged)
        stop = read_documents(folder / JOURNAL_NAME).documents[-1]
        outcome.require(stop[0] == "stop", "the recovered run has no end")
        if said["kind"] != "stop":
            outcome.require(stop[1].get("exit_status") == "abort", f"the recovered run is {stop[1].get('exit_status')}")
            outcome.require_named(" ".join(bench.recovered), str(stop[1].get("run_start"))[:8], "had no end")
        bench.next_run_works(outcome)
    outcome.worst(next_start_and_run_s=time.monotonic() - began_s)


def _described(lines: list[bytes]) -> int:
    """Return how many documents come before the last file is announced; before that its frames are nobody's."""
    return max((place for place, line in enumerate(lines, 1) if line.startswith(b'["stream_resource"')), default=10**9)


CASES = (
    Case(
        "P1",
        "SIGKILL of the session at a random moment of a run",
        "the next start recovers the run",
        at_any_moment,
        fast=False,
        deadline_s=7200,
    ),
    Case(
        "P2",
        "SIGKILL of the session after each kind of document",
        "as P1, at each boundary",
        at_each_boundary,
        fast=False,
        deadline_s=3600,
    ),
)
