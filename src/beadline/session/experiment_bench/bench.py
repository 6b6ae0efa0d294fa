"""All experiments of the bench, one after the other."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from beadline.tracking import warm_up

from . import classes, controls, drifting, folding, forces, heights, lengths, ramping
from .findings import Section

Say = Callable[[str], None]
Experiment = Callable[[int, Say], Section]

EXPERIMENTS: dict[str, Experiment] = {
    "forces": lambda seed, say: forces.bench_forces(forces.SAMPLES, forces.FRAMES, seed, say),
    "drift": lambda seed, say: drifting.bench_drifting(forces.FRAMES, seed, say),
    "lengths": lambda seed, say: lengths.bench_lengths(lengths.SAMPLES, 1500, 300, seed, say),
    "classes": lambda seed, say: classes.bench_classes(4, 13, 50, seed, say),
    "heights": lambda seed, say: heights.bench_heights(300, seed, say),
    "folding": lambda seed, say: folding.bench_folding(folding.FIELDS, 4000, seed, say),
    "ramp": lambda seed, say: ramping.bench_ramping(ramping.Ramping(), seed, say),
    "controls": lambda seed, say: controls.bench_controls(2000, seed, say),
}


def _few(sample: forces.Sample, tethers: int, *points: tuple[float, float]) -> forces.Sample:
    return replace(sample, tethers=tethers, points=points or sample.points)


QUICK: dict[str, Experiment] = {
    "forces": lambda seed, say: forces.bench_forces(forces.QUICK, 500, seed, say),
    "drift": lambda seed, say: drifting.bench_drifting(500, seed, say, sample=_few(drifting.SAMPLE, 3, (3.0, 160))),
    "lengths": lambda seed, say: lengths.bench_lengths(lengths.QUICK, 300, 40, seed, say),
    "classes": lambda seed, say: classes.bench_classes(1, 1, 20, seed, say),
    "heights": lambda seed, say: heights.bench_heights(20, seed, say, sample=_few(heights.SAMPLE, 3)),
    "folding": lambda seed, say: folding.bench_folding(1, 1000, seed, say, sample=_few(folding.SAMPLE, 3)),
    "ramp": lambda seed, say: ramping.bench_ramping(ramping.QUICK, seed, say),
    "controls": lambda seed, say: controls.bench_controls(500, seed, say, sample=_few(controls.SAMPLE, 3)),
}


def bench_experiments(
    only: Sequence[str] = (), *, quick: bool = False, seed: int = 1, say: Say = lambda line: None
) -> dict[str, Any]:
    """Do whole experiments on the simulated microscope, from its pictures through the tracker, and score them.

    Args:
        only: which of `EXPERIMENTS`; empty for all.
        quick: a few beads and frames, to see that everything runs; few goals are met.
        seed: of the simulated worlds.
        say: told the progress.

    Returns:
        `experiments` by name, each with `findings` (what, asked, found, standard_error, n, met) and `rows`, the table
        behind them; `cpu_s` of each; `met`, whether all goals are. Numbers that could not be had are None.

    Raises:
        ValueError: there is no such experiment.
    """
    table = QUICK if quick else EXPERIMENTS
    if unknown := sorted(set(only) - set(table)):
        raise ValueError(f"There is no experiment {', '.join(unknown)}: there are {', '.join(table)}")
    say("compile the tracker")
    warm_up()
    done: dict[str, Any] = {}
    for name in only or table:
        began = time.process_time()
        section = table[name](seed, partial(_timed, say, began))
        done[name] = {**section.plain(), "cpu_s": time.process_time() - began}
    met = [each["met"] for section in done.values() for each in section["findings"] if each["met"] is not None]
    return _plain({"seed": seed, "quick": quick, "experiments": done, "met": all(met)})


def _timed(say: Say, began: float, line: str) -> None:
    say(f"{time.process_time() - began:6.1f} s  {line}")


def _plain(value: Any) -> Any:
    """Return it with rounded numbers, None for what is not a number."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, float):
        return float(f"{value:.5g}") if math.isfinite(value) else None
    return value
