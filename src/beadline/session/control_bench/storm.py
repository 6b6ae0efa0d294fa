"""Two hundred questions a second: what they cost a pipeline that has no time to spare."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import numpy as np

from beadline.plans import record
from beadline.session.microscope_session import Session
from beadline.session.run_handle import RunHandle

POLLS_HZ = 200.0
FIRST, LAST = 0.1, 0.95
"""The rate is taken from and to these shares of the frames: how a run begins and ends is not what is measured."""
LOOK_S = 0.01
PATIENCE_S = 600.0
ASKED_PERCENT = 2.0
READER = """
import sys, threading, time
from pathlib import Path
from beadline.catalogue import read_status
data, period_s, polls, over = Path(sys.argv[1]), float(sys.argv[2]), 0, threading.Event()
print("ready", flush=True)
due_s = time.monotonic()
threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
while not over.wait(max(0.0, due_s - time.monotonic())):
    read_status(data, 0.0)
    polls, due_s = polls + 1, due_s + period_s
print(polls, flush=True)
"""
"""What another process does: reads the status of the session again and again, as `beadline status` does once."""


def storms(session: Session, rounds: int, frames: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Record as fast as this machine can, now in peace and now while somebody asks, and compare.

    Args:
        session: in lock-step: its camera waits for nothing but tracker and recorder.
        rounds: of each.
        frames: in each round.
        say: told what happens.

    Returns:
        `peace_hz`: frames per second in peace, the median of the rounds, and by who asks (`thread`, `process`):
        `polls_hz`, `change_percent`: median of the change from the round in peace beside it, `error_percent`: its
        standard error, and `met`: whether the change is less than 2 %.
    """
    peace: list[float] = []
    result: dict[str, Any] = {"frames": frames, "rounds": rounds, "asked_percent": ASKED_PERCENT}
    for name, asking in (("thread", _by_thread), ("process", _by_process)):
        ratios: list[float] = []
        polls_hz: list[float] = []
        for number in range(rounds):
            say(f"round {number + 1} of {rounds}, asked by another {name}")
            pair: dict[bool, float] = {}
            for asked in (False, True) if number % 2 else (True, False):
                pair[asked] = _round(session, frames, asking if asked else None, polls_hz)
            peace.append(pair[False])
            ratios.append(pair[True] / pair[False])
        change = 100 * (np.array(ratios) - 1)
        error = 1.2533 * float(change.std(ddof=1)) / np.sqrt(rounds) if rounds > 1 else float("inf")
        median = float(np.median(change))
        result[name] = {
            "polls_hz": round(float(np.median(polls_hz)), 1),
            "change_percent": round(median, 2),
            "error_percent": round(error, 2),
            "rounds_percent": [round(float(each), 2) for each in change],
            "met": abs(median) < ASKED_PERCENT,
        }
    result["peace_hz"] = round(float(np.median(peace)), 1)
    return result


Asking = Callable[[Session, list[float]], AbstractContextManager[None]]


def _round(session: Session, frames: int, asking: Asking | None, polls_hz: list[float]) -> float:
    """Record once, and return how many frames per second went through tracker and recorder."""
    with nullcontext() if asking is None else asking(session, polls_hz):
        handle = session.start(record, session.camera, [session.tracker, session.recorder], frames=frames)
        rate_hz = _rate_hz(session, handle, frames)
    handle.wait(PATIENCE_S)
    return rate_hz


def _rate_hz(session: Session, handle: RunHandle, frames: int) -> float:
    """Return the rate from the first to the last share of the frames, by what the workers publish."""
    boards = [session.tracker.worker.board, session.recorder.worker.board]
    deadline_s, seen = time.monotonic() + PATIENCE_S, list[tuple[float, int]]()
    while (done := min(int(each["delivered"]) for each in boards)) < LAST * frames or not seen:
        if time.monotonic() > deadline_s or handle.status().finished:
            raise RuntimeError(f"The recording ended early: {handle.status().sentence()}")
        if FIRST * frames <= done < LAST * frames:
            seen.append((time.perf_counter(), done))
        time.sleep(LOOK_S)
    (began_s, first), (ended_s, last) = seen[0], seen[-1]
    return (last - first) / (ended_s - began_s)


@contextmanager
def _by_thread(session: Session, polls_hz: list[float]) -> Iterator[None]:
    """Ask how the plan goes from another thread."""
    over, polls = threading.Event(), [0]

    def ask() -> None:
        due_s = time.monotonic()
        while not over.wait(max(0.0, due_s - time.monotonic())):
            _ = session.plan_status
            polls[0] += 1
            due_s += 1 / POLLS_HZ

    asking, began_s = threading.Thread(target=ask, name="asks", daemon=True), time.monotonic()
    asking.start()
    try:
        yield
    finally:
        over.set()
        asking.join()
        polls_hz.append(polls[0] / (time.monotonic() - began_s))


@contextmanager
def _by_process(session: Session, polls_hz: list[float]) -> Iterator[None]:
    """Read the status of the session in another process, which is there before the recording begins."""
    command = [sys.executable, "-c", READER, str(session.data), str(1 / POLLS_HZ)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout is None or process.stdout.readline().strip() != "ready":
                raise RuntimeError("The process that reads the status did not start")
            began_s = time.monotonic()
            yield
            told, _ = process.communicate(timeout=PATIENCE_S)
            polls_hz.append(int(told) / (time.monotonic() - began_s))
        finally:
            process.kill()
