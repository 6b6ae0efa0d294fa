"""Rows T1 and T2: a wall clock that jumps, and subscribers that are slow, fail or never return."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from beadline.callbacks import GuardedCallback

from .bench import Bench
from .outcome import Case, Outcome

SLOW_S = 0.1
MOST_GAP_S = 0.005


@contextmanager
def wall_clock(shift_s: Callable[[], float]) -> Iterator[None]:
    """Have `time.time` of this process, in which all workers are threads, tell another time."""
    right = time.time  # noqa: TID251 - it is what jumps
    setattr(time, "time", lambda: right() + shift_s())  # noqa: B010 - as above
    try:
        yield
    finally:
        setattr(time, "time", right)  # noqa: B010


def jumps(seed: int, folder: Path, full: bool) -> Outcome:
    """Let the wall clock jump by an hour, by a few seconds and to and fro while frames come."""
    outcome = Outcome()
    flicker = np.random.default_rng(seed)
    with Bench(folder / "data", seed) as bench:
        for jump_s in (3600.0, -3600.0, 2.0, None):
            shift_s = [0.0]

            def shifted(jump_s: float | None = jump_s, shift_s: list[float] = shift_s) -> float:
                return float(flicker.uniform(-3600, 3600)) if jump_s is None and shift_s[0] else shift_s[0]

            def jump(_: int, jump_s: float | None = jump_s, shift_s: list[float] = shift_s) -> None:
                shift_s[0] = jump_s or 1.0

            with wall_clock(shifted):
                error = bench.record(1000 if full else 100, jump)
            outcome.require(not error, f"the run failed when the clock jumped by {jump_s} s: {error}")
            with h5py.File(bench.last_run.folder / "tracks.h5", "r", swmr=True) as file:
                times = np.asarray(file["host_time_s"])
            outcome.require((np.diff(times) > 0).all(), f"times of frames go back when the clock jumps by {jump_s} s")
            outcome.worst(longest_gap_s=float(np.diff(times).max()))
            outcome.figures["false_timeouts"] = outcome.figures.get("false_timeouts", 0) + bool(error)
            bench.judge(outcome, error)
        bench.next_run_works(outcome)
    return outcome


def are_bad(seed: int, folder: Path, full: bool) -> Outcome:
    """Subscribe callbacks that are slow, fail, change their documents and never return."""
    outcome, forever, seen = Outcome(), threading.Event(), list[str]()
    gaps_s: list[float] = []

    def slow(name: str, document: dict[str, Any]) -> None:
        forever.wait(SLOW_S)

    def fails(name: str, document: dict[str, Any]) -> None:
        raise ValueError("fails on purpose")

    def never_returns(name: str, document: dict[str, Any]) -> None:
        forever.wait()

    def spoils(name: str, document: dict[str, Any]) -> None:
        document.clear()

    guarded = [GuardedCallback(each, capacity=200) for each in (slow, fails, never_returns, spoils)]

    def timed(each: GuardedCallback) -> Callable[[str, dict[str, Any]], None]:
        def call(name: str, document: dict[str, Any]) -> None:
            began_s = time.thread_time()
            each(name, document)
            gaps_s.append(time.thread_time() - began_s)

        return call

    with Bench(folder / "data", seed) as bench:
        for each in guarded:
            bench.RE.subscribe(timed(each))
        bench.RE.subscribe(lambda name, document: seen.append(document["uid"]))
        error = bench.record(4000 if full else 300)
        outcome.require(not error, f"the run failed because of a callback: {error}")
        there = [document["uid"] for _, document in bench.documents]
        outcome.require(seen == there, f"the last subscriber got {len(seen)} of {len(there)} documents")
        outcome.require(guarded[1].quarantined, "a callback that always fails is not quarantined")
        outcome.require(guarded[1].errors == 3, f"it was quarantined after {guarded[1].errors} errors")
        outcome.worst(gap_s=max(gaps_s))
        outcome.require(max(gaps_s) < MOST_GAP_S, f"a callback took {max(gaps_s):.4f} s of the plan")
        bench.judge(outcome)
        outcome.injected = len(guarded)
        bench.next_run_works(outcome)
    forever.set()
    for each in guarded:
        each.close(timeout_s=1.0)
    return outcome


CASES = (
    Case(
        "T1",
        "the wall clock jumps by an hour, by seconds, to and fro",
        "no false time-out, times of frames rise",
        jumps,
    ),
    Case("T2", "subscribers that are slow, fail, never return", "plan and other subscribers do not notice", are_bad),
)
