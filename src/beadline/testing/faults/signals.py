"""Rows P6 and M4: a session that is asked to end, as when a terminal is closed, and one Ctrl-C during a move."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

from beadline.documents import JOURNAL_NAME, complete_lines, read_documents, run_folders

from .bench import Bench
from .kept import Acknowledged, judge_kept
from .outcome import Case, NotRun, Outcome

MOST_STOP_S, MOST_REACTION_S, MOST_END_S = 0.5, 0.3, 30.0
BEFORE_S = 0.4
"""How long it records or moves before it gets the signal [s]."""


class _Signalled:
    """A session in a process of its own, and what it said."""

    def __init__(self, data: Path, seed: int, does: str) -> None:
        if os.name == "nt":
            raise NotRun("there are no such signals on this system")
        command = [sys.executable, "-m", "beadline.testing.faults.signalled_session", str(data)]
        command += ["--seed", str(seed), "--does", does]
        self.said: list[dict[str, Any]] = []
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()

    def wait_for(self, kind: str) -> None:
        """Read until it has said something of a kind.

        Raises:
            RuntimeError: it ended before.
        """
        for line in self._process.stdout or ():
            self._take(line)
            if self.said and self.said[-1]["kind"] == kind:
                return
        raise RuntimeError(f"The session ended before it said {kind}")

    def send(self, name: str) -> float:
        """Send it a signal, and return when that was, on its clock, too [s]."""
        self._process.send_signal(getattr(signal, name))
        return time.monotonic()

    def wait_until_gone(self) -> int:
        """Read to its last word, and return how it ended."""
        rest, _ = self._process.communicate(timeout=MOST_END_S)
        for line in rest.splitlines():
            self._take(line)
        return self._process.returncode

    def _take(self, line: str) -> None:
        if line.startswith("{"):  # the others are for a person at a terminal
            self.said.append(json.loads(line))

    def of(self, kind: str) -> dict[str, Any]:
        """Return the last it said of a kind; empty when it said nothing."""
        return next((each for each in reversed(self.said) if each["kind"] == kind), {})

    @property
    def documents(self) -> int:
        """How many documents it said were kept."""
        return max((each.get("documents", 0) for each in self.said), default=0)


def is_asked_to_end(seed: int, folder: Path, full: bool) -> Outcome:
    """Send SIGTERM and SIGHUP to sessions that record and that move the magnets."""
    outcome = Outcome()
    cases = [(name, does) for name in ("SIGTERM", "SIGHUP") for does in ("recording", "moving")]
    for name, does in cases if full else cases[::3]:
        data = folder / f"{name}_{does}"
        with _Signalled(data, seed, does) as session:
            session.wait_for("moves" if does == "moving" else "stream_datum")
            time.sleep(BEFORE_S)
            sent_s = session.send(name)
            code = session.wait_until_gone()
            outcome.worst(ended_s=time.monotonic() - sent_s)
            outcome.require(code != 0, f"after {name} it ended with {code}, as if all were well")
            if does == "moving":
                _judge_stand(outcome, session, sent_s, MOST_STOP_S)
        _judge_kept(outcome, data, session, f"ended by {name}", seed)
    return outcome


def is_pressed_once(seed: int, folder: Path, full: bool) -> Outcome:
    """Press Ctrl-C once while the magnets move."""
    outcome = Outcome()
    for number in range(20 if full else 2):
        data = folder / str(number)
        with _Signalled(data, seed + number, "moving") as session:
            session.wait_for("moves")
            time.sleep(BEFORE_S)
            sent_s = session.send("SIGINT")
            session.wait_until_gone()
            _judge_stand(outcome, session, sent_s, MOST_REACTION_S)
            prompt = session.of("prompt")
            outcome.require(prompt.get("state") == "paused", f"the RunEngine is {prompt.get('state')} and not paused")
            outcome.require_safe("the magnets move" if prompt.get("moving", True) else "")
        _judge_kept(outcome, data, session, "seen that it pauses", seed)
    return outcome


def _judge_stand(outcome: Outcome, session: _Signalled, sent_s: float, limit_s: float) -> None:
    stands = session.of("stands")
    if not stands:
        outcome.require_safe("nobody saw the magnets stand")
        return
    took_s = stands["at_s"] - sent_s
    outcome.worst(motion_stopped_s=took_s)
    outcome.require(took_s < limit_s, f"the magnets stood only after {took_s:.2f} s")


def _judge_kept(outcome: Outcome, data: Path, session: _Signalled, reason: str, seed: int) -> None:
    """See what is left of the run, and whether the next one works."""
    outcome.injected += 1
    (folder,) = run_folders(data)
    lines = list(complete_lines(folder / JOURNAL_NAME))
    outcome.lost_events += max(0, session.documents - len(lines))
    judge_kept(outcome, Acknowledged(folder, lines))
    kind, stop = read_documents(folder / JOURNAL_NAME).documents[-1]
    outcome.require(kind == "stop", "the run has no end")
    outcome.require(stop.get("exit_status") == "abort", f"the run is {stop.get('exit_status')} and not aborted")
    outcome.require_named(str(stop.get("reason")), reason)
    with Bench(data, seed) as bench:
        outcome.require(not bench.recovered, f"the next session had to recover: {bench.recovered}")
        bench.next_run_works(outcome)


CASES = (
    Case(
        "P6",
        "SIGTERM, SIGHUP (terminal closed)",
        "the run is aborted in order, the magnets stop",
        is_asked_to_end,
        fast=False,
    ),
    Case(
        "M4",
        "one Ctrl-C during a move of the magnets",
        "they stand within 0.3 s, the plan is paused",
        is_pressed_once,
        fast=False,
    ),
)
