"""Row T4: all processes of a session share one core with others that want it, too."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from .bench import Bench
from .outcome import Case, NotRun, Outcome

GREEDY = "while True: pass"
COMPETITORS, SHORT_COMPETITORS = 6, 3
FRAMES, SHORT_FRAMES = 4000, 400


def is_starved(seed: int, folder: Path, full: bool) -> Outcome:
    """Record on one core that others keep busy; what is not written has to be counted, and the run has to end."""
    if not hasattr(os, "sched_setaffinity"):
        raise NotRun("processes cannot be kept on one core here")
    outcome = Outcome()
    with _one_core(), Bench(folder / "data", seed, transport="process") as bench:
        with _greedy(COMPETITORS if full else SHORT_COMPETITORS):
            for _ in range(3 if full else 1):
                error = bench.record(FRAMES if full else SHORT_FRAMES)
                _judge(outcome, bench, error)
        bench.next_run_works(outcome)
    return outcome


def _judge(outcome: Outcome, bench: Bench, error: str) -> None:
    stop = bench.stop_document()
    outcome.require(stop, "the run has no end")
    outcome.require(not error or stop.get("reason"), f"the run failed and does not say why: {error}")
    for consumer in ("tracker", "recorder"):
        books = bench.books(consumer)
        outcome.require(books, f"the run has no books of {consumer}: {error}")
        if books:
            unaccounted = books["produced"] - books["delivered"] - books["missed"] - books["decimated"]
            outcome.require(unaccounted == 0, f"{unaccounted} frames of {consumer} are neither written nor counted")
            outcome.worst(**{f"{consumer}_missed": books["missed"], f"{consumer}_delivered": books["delivered"]})
    outcome.worst(produced=bench.books("recorder").get("produced", 0), failed=float(bool(error)))
    bench.judge(outcome)


@contextmanager
def _one_core() -> Iterator[None]:
    """Keep this thread, and all that it starts, on one core."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


@contextmanager
def _greedy(count: int) -> Iterator[None]:
    """Have others on the same core that never wait."""
    with ExitStack() as stack:
        for _ in range(count):
            other = subprocess.Popen([sys.executable, "-c", GREEDY])
            stack.callback(other.wait)
            stack.callback(other.kill)
        yield


CASES = (
    Case(
        "T4",
        "one core for all, shared with others that never wait",
        "each frame is written or counted, no run hangs",
        is_starved,
        fast=False,
    ),
)
