"""Rates and step of a hairpin that opens and closes, and whether their intervals hold the truth."""

from collections.abc import Callable
from typing import Any

import numpy as np

from beadline.analysis import fit_two_states
from beadline.physics import Hairpin

from .findings import Finding, Section, mean_and_error, share_error, told, within
from .forces import SETTLE_S, Sample

HAIRPIN = {"equilibrium_pn": 6.0, "opening_nm": 12.0, "barrier_nm": 6.0, "rate_per_s": 2.0}
SAMPLE = Sample("MyOne", 3000, 46, ((8.0, 100), (6.0, 100)))
"""Tables are made at 8 pN, where every hairpin is open: one that changes during the sweep bends its table, and the
less a tether wobbles meanwhile, the straighter it is."""
TABLE = {"below_nm": 500.0, "step_nm": 25.0, "smoothing_nm": 100.0, "frames": 40}
"""Knots every 200 nm are too far apart for a step: between two of them the scale of a height is off by 0.5 %."""
FIELDS = 3
QUANTITIES = ("opening_per_s", "closing_per_s", "step_nm")


def bench_folding(
    fields: int, frames: int, seed: int, say: Callable[[str], None] = lambda line: None, *, sample: Sample = SAMPLE
) -> Section:
    """Let hairpins open and close at their equilibrium force, and find rates and steps in their heights.

    Args:
        fields: how many, each with its own seed.
        frames: of each recording.
        seed: of the first field.
        say: told the progress.
        sample: beads in a field, and the forces of the look-up tables and of the recording.
    """
    rows: list[dict[str, Any]] = []
    for field in range(fields):
        say(f"folding: field {field + 1} of {fields}, {sample.tethers} hairpins, {frames / sample.points[-1][1]:g} s")
        rows += _field(frames, seed + field, sample)
    return Section([each for name in QUANTITIES for each in _findings(rows, name)], rows)


def _field(frames: int, seed: int, sample: Sample) -> list[dict[str, Any]]:
    force_pn, rate_hz = sample.points[-1]
    molecules = {"classes": {"nicked": 1.0}, "hairpin": HAIRPIN}
    made = sample.laboratory(seed, table=TABLE, molecules=molecules, force_scatter=0.0)
    made.pull(force_pn)
    made.wait(SETTLE_S)
    seen = made.record(frames, rate_hz)
    hairpin = Hairpin(**HAIRPIN, temperature_k=made.settings.temperature_k)
    rows: list[dict[str, Any]] = []
    for bead in range(sample.tethers):
        found = fit_two_states(seen.z_nm[:, bead], seen.frame_s)
        force = float(seen.force_pn[bead])
        true = (float(hairpin.opening.per_s(force)), float(hairpin.closing.per_s(force)), HAIRPIN["opening_nm"])
        intervals = (found.opening_interval_per_s, found.closing_interval_per_s, found.step_interval_nm)
        row: dict[str, Any] = {"seed": seed, "tether": bead, "warnings": len(found.warnings)}
        for name, truth, interval in zip(QUANTITIES, true, intervals, strict=True):
            row[name] = float(getattr(found, name))
            row[f"{name}_true"], row[f"{name}_held"] = truth, bool(interval[0] <= truth <= interval[1])
        rows.append(row)
    return rows


def _findings(rows: list[dict[str, Any]], name: str) -> list[Finding]:
    n, held = len(rows), float(np.mean([row[f"{name}_held"] for row in rows]))
    bias, error = mean_and_error(np.array([100 * (row[name] / row[f"{name}_true"] - 1) for row in rows]))
    return [
        within(
            f"95 % intervals that hold the truth, {name}",
            held,
            0.88,
            1.0,
            error=share_error(held, len(rows)),
            n=len(rows),
        ),
        told(f"mean error of {name} [%]", bias, error=error, n=n),
    ]
