"""Row S3: a catalogue whose writer is frozen or killed, and one whose databases are busy or refuse everything."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
from bluesky import preprocessors as bpp

from beadline.plans import record

from .bench import Bench
from .ingested import PATIENCE_S, ingestion_at_once, judge_catalogue
from .outcome import Case, NotRun, Outcome
from .stubborn_databases import busy, refusing, stubborn

MOST_ADDED_GAP_S = 0.020
SLOW_S = 5.0
RATE_HZ = 200.0
FRAMES = 400
Strike = Callable[[Bench, float], Callable[[], Any]]
"""Strikes the catalogue of a bench, for so many seconds where it ends by itself; returns what ends it or waits."""
When = Literal["before", "during", "at the stop"]


def _freeze(bench: Bench, for_s: float) -> Callable[[], Any]:
    pid = _writer(bench)
    os.kill(pid, signal.SIGSTOP)
    return lambda: os.kill(pid, signal.SIGCONT)


def _kill(bench: Bench, for_s: float) -> Callable[[], Any]:
    os.kill(_writer(bench), signal.SIGKILL)
    return lambda: None


def _slow(bench: Bench, for_s: float) -> Callable[[], Any]:
    return stubborn(busy, bench.data, for_s).join


def _refuse(bench: Bench, for_s: float) -> Callable[[], Any]:
    return stubborn(refusing, bench.data, for_s).join


def _writer(bench: Bench) -> int:
    return bench.supervisor.workers["ingester"].status().pid or 0


SHORT: tuple[tuple[When, Strike, float], ...] = (
    ("before", _freeze, 2.0),
    ("during", _freeze, 2.0),
    ("during", _kill, 0.0),
    ("during", _slow, SLOW_S),
    ("before", _refuse, SLOW_S),
    ("during", _refuse, SLOW_S),
)
FULL: tuple[tuple[When, Strike, float], ...] = (
    *SHORT,
    ("at the stop", _kill, 0.0),
    ("at the stop", _freeze, 2.0),
    ("before", _slow, SLOW_S),
    ("at the stop", _slow, SLOW_S),
    ("at the stop", _refuse, SLOW_S),
    ("during", _freeze, 60.0),
    ("during", _slow, 60.0),
)


def is_down(seed: int, folder: Path, full: bool) -> Outcome:
    """Strike the catalogue before, in and at the end of runs; they do not notice, and later it has everything once."""
    if not hasattr(signal, "SIGSTOP"):
        raise NotRun("the ingester is frozen by signal, which this system does not have")
    outcome, data = Outcome(), folder / "data"
    with Bench(data, seed, transport="process", frame_rate_hz=RATE_HZ) as bench:
        ingestion = ingestion_at_once(bench.supervisor, data)
        bench.when_opened.append(ingestion.follow)
        ingestion.wait_until_open(PATIENCE_S)
        for when, strike, for_s in FULL if full else SHORT:
            _struck(outcome, bench, when, strike, for_s)
        bench.next_run_works(outcome)
        judge_catalogue(outcome, ingestion, data, bench.runs)
        state = ingestion.state()
        outcome.require(state["state"] == "ok", f"in the end the catalogue is {state['state']}: {state['message']}")
    return outcome


def _struck(outcome: Outcome, bench: Bench, when: When, strike: Strike, for_s: float) -> None:
    """Record twice, and the second time while the catalogue is struck; note by how much events came later then."""
    quiet_s, _ = _gaps_s(outcome, bench, FRAMES // 2)
    undo: list[Callable[[], Any]] = []

    def now(*_: Any) -> None:
        undo.append(strike(bench, for_s))

    if when == "before":
        now()
    frames = max(FRAMES, int(RATE_HZ * (for_s + 3.0)))
    gap_s, longest_s = _gaps_s(outcome, bench, frames, {when: now})
    if when == "at the stop":
        now()  # the run is over for whoever made it, and not for the catalogue
    outcome.worst(added_gap_s=gap_s - quiet_s, longest_gap_s=longest_s)
    what = f"{strike.__name__.strip('_')} {when}"
    outcome.require(gap_s - quiet_s < MOST_ADDED_GAP_S, f"{what}: events came {gap_s - quiet_s:.3f} s later")
    bench.judge(outcome)
    for each in undo:
        each()


def _gaps_s(outcome: Outcome, bench: Bench, frames: int, strikes: dict[str, Any] | None = None) -> tuple[float, float]:
    """Record with events beside the frames; return the time between two that 95 % stay below, and the longest [s]."""
    times: list[float] = []
    token = bench.RE.subscribe(lambda name, _: times.append(time.monotonic()), "event")
    plan = record(bench.camera, [bench.tracker, bench.recorder], frames=frames)
    watched = bpp.monitor_during_wrapper(plan, [bench.camera.frames])
    during = (strikes or {}).get("during")
    error = bench.run(watched if during is None else bench.struck(watched, during))
    bench.RE.unsubscribe(token)
    outcome.require(not error, f"the run failed because of the catalogue: {error}")
    gaps_s = np.diff(times)
    return float(np.percentile(gaps_s, 95)), float(gaps_s.max())


CASES = (
    Case(
        "S3",
        "the catalogue's writer frozen and killed, its databases busy, refusing",
        "runs do not notice; later all is there, once",
        is_down,
        fast=False,
        deadline_s=1800,
    ),
)
