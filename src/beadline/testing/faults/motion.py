"""Rows M1 and M2: a focus that does not arrive, and targets it may not have."""

import itertools
import math
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bluesky import plan_stubs as bps

from beadline.devices import Motor
from beadline.plans import step_record

from .bench import Bench
from .outcome import Case, Outcome


def does_not_arrive(seed: int, folder: Path, full: bool) -> Outcome:
    """Jam the focus, in a bare move and in a run."""
    outcome = Outcome()
    with Bench(folder / "data", seed) as bench:
        for allowed_s in (0.5, 1.0, 2.0) if full else (0.5,):
            bench.act("stall_axis", axis="focus")
            began_s = time.monotonic()
            error = bench.run(bps.abs_set(bench.focus, 60.0, timeout=allowed_s, wait=True))
            took_s = time.monotonic() - began_s
            outcome.worst(late_percent=100 * (took_s / allowed_s - 1))
            outcome.require(took_s > 0.9 * allowed_s, f"given up after {took_s:.2f} of {allowed_s} s")
            outcome.require(took_s < 1.1 * allowed_s + 0.2, f"given up only after {took_s:.2f} of {allowed_s} s")
            _judge(bench, outcome, error, "asked from 50 to 60 um")
        if full:
            bench.act("stall_axis", axis="focus")
            error = bench.run(step_record(bench.camera, [bench.tracker], bench.focus, [50.0, 51.0], frames=5))
            outcome.require(bench.stop_document().get("exit_status") == "fail", "the run did not fail")
            _judge(bench, outcome, error, "to 51 um")
    return outcome


def _judge(bench: Bench, outcome: Outcome, error: str, way: str) -> None:
    outcome.require(re.search(r"stands at [\d.]+ um", error), f"the message does not say where it stands: {error}")
    bench.judge(outcome, error, names=("focus did not arrive", way))
    bench.act("mend")
    moved = bench.run(bps.mv(bench.focus, 50.5)) or bench.run(bps.mv(bench.focus, 50.0))
    outcome.require(not moved, f"the mended focus does not move: {moved}")
    bench.next_run_works(outcome)


def is_out_of_range(seed: int, folder: Path, full: bool) -> Outcome:
    """Ask two axes for NaN, infinities and places outside their range: bare, in a move and in a plan."""
    outcome = Outcome()
    with Bench(folder / "data", seed) as bench:
        ways: list[Callable[[Motor, float], Any]] = [
            lambda axis, to: bps.mv(axis, to),
            lambda axis, to: bps.abs_set(axis, to, wait=True),
            lambda axis, to: step_record(
                bench.camera, [bench.tracker], axis, [axis.axis.state().position, to], frames=5
            ),
        ]
        for axis, way in itertools.product((bench.focus, bench.height), ways):
            info = axis.info
            for target in (math.nan, math.inf, -math.inf, (info.high or 0) + 1e-3, (info.low or 0) - 1e-3):
                before, runs = axis.axis.state().position, len(bench.runs)
                error = bench.run(way(axis, target))
                outcome.require(error, f"{axis.name} took {target}")
                outcome.require(axis.axis.state().position == before, f"{axis.name} moved when asked for {target}")
                outcome.require(len(bench.runs) == runs, f"a run was opened for {axis.name} at {target}")
                bench.judge(outcome, error, names=(f"Cannot move {axis.name}",))
        bench.next_run_works(outcome)
    outcome.figures["cases"] = outcome.injected
    return outcome


CASES = (
    Case(
        "M1",
        "the focus is jammed",
        "the run fails at its deadline, says from, to and now, and stops it",
        does_not_arrive,
    ),
    Case("M2", "targets out of range, NaN, infinite", "refused before any motion", is_out_of_range),
)
