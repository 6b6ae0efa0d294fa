"""Heights of beads that rise and sink with the force, by look-up tables made at high force, against the truth."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .findings import Finding, Section, at_most, within
from .forces import Sample, settling_s
from .laboratory import Laboratory

Floats = NDArray[np.float64]

SAMPLE = Sample("MyOne", 8000, 12, ((8.0, 420), (3.0, 160), (1.0, 56), (0.5, 30), (0.25, 16)))
WRONG_FACTOR = 1.0
JITTER_NM, FINE_STEP_NM, SMOOTHING_NM = 5.0, 50.0, 200.0
_WORST_NM, _WORST_FINE_NM, _SLOPE_OFF = 5.0, 3.0, 0.01


def bench_heights(
    frames: int, seed: int, say: Callable[[str], None] = lambda line: None, *, sample: Sample = SAMPLE
) -> Section:
    """Compare heights with the truth, for a right and a wrong focal factor, and for a focus that jitters."""
    cases: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
        "right": ({}, {}),
        "wrong": ({}, {"focal_factor": WRONG_FACTOR}),
        "jitter": ({"focus_noise_nm": JITTER_NM}, {"step_nm": FINE_STEP_NM, "smoothing_nm": SMOOTHING_NM}),
    }
    findings: list[Finding] = []
    rows = []
    for name, (world, table) in cases.items():
        say(f"heights: {name}")
        made = sample.laboratory(seed, table=table, **world)
        told, true = _heights(made, sample, frames)
        slopes = np.array([np.polyfit(*both, 1)[0] for both in zip(true.T, told.T, strict=True)])
        factor = WRONG_FACTOR / made.settings.focal_factor if name == "wrong" else 1.0
        errors = told - true * factor
        row = {"case": name, "factor": factor, "slope": float(slopes.mean()), "frames": len(true)}
        row |= {"slope_error": float(slopes.std(ddof=1) / np.sqrt(len(slopes))), "beads": len(slopes)}
        row["error_rms_nm"] = float(np.sqrt(np.mean(errors**2)))
        row["error_of_means_rms_nm"] = float(
            np.sqrt(np.mean(errors.reshape(-1, frames, len(slopes)).mean(axis=1) ** 2))
        )
        rows.append(row)
        findings += _findings(row, len(slopes))
    return Section(findings, rows)


def _heights(made: Laboratory, sample: Sample, frames: int) -> tuple[Floats, Floats]:
    """Return heights by the tracker and true ones, relative to the mean height in the sweep, (frames, tethers)."""
    told, true = [], []
    heights: list[list[float]] = []
    for force_pn, rate_hz in sample.points:
        made.pull(force_pn)
        made.wait(settling_s(sample, force_pn))
        heights.clear()
        told.append(made.record(frames, rate_hz, each=lambda: heights.append(made.truth["extension_nm"])).z_nm)
        true.append(np.array(heights)[:, : sample.tethers] + made.true_surface_nm)
    return np.concatenate(told), np.concatenate(true)


def _findings(row: dict[str, Any], beads: int) -> list[Finding]:
    name, factor, slope = row["case"], row["factor"], row["slope"]
    findings = [
        within(
            f"slope of height against truth ({name} focal factor)" if name != "jitter" else "slope with jitter of 5 nm",
            slope,
            factor - _SLOPE_OFF,
            factor + _SLOPE_OFF,
            error=row["slope_error"],
            n=beads,
        )
    ]
    if name != "wrong":
        limit = _WORST_NM if name == "right" else _WORST_FINE_NM
        findings.append(
            at_most(f"error of heights, rms ({name}) [nm]", row["error_rms_nm"], limit, n=row["frames"] * beads)
        )
    return findings
