"""What must come out wrong, by as much as is predicted: a variance that knows nothing of the exposure."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from beadline.analysis import Pendulum
from beadline.physics import thermal_energy_pn_nm

from .findings import Section, at_least, mean_and_error, within
from .forces import Sample

Floats = NDArray[np.float64]

SAMPLE = Sample("MyOne", 8000, 46, ((3.0, 160), (3.0, 40)))


def bench_controls(
    frames: int, seed: int, say: Callable[[str], None] = lambda line: None, *, sample: Sample = SAMPLE
) -> Section:
    """Measure the bias of kT length / variance where the exposure blurs much."""
    force_pn, rate_hz = sample.points[-1]
    say(f"controls: {sample.bead} on {sample.bases} bp at {force_pn:g} pN and {rate_hz:g} Hz")
    made = sample.laboratory(seed)
    surface_nm = made.surface_nm()
    made.pull(force_pn)
    made.wait(2.0)
    seen = made.record(frames, rate_hz)
    lengths = seen.z_nm.mean(axis=0) - surface_nm
    naive = thermal_energy_pn_nm(made.settings.temperature_k) * lengths / seen.x_nm.var(axis=0) / seen.force_pn - 1
    predicted = np.array(
        [
            _blur_bias(*each, made.settings.kind.radius_nm, seen.frame_s)
            for each in zip(seen.force_pn, lengths, strict=True)
        ]
    )
    bias, error = mean_and_error(100 * (naive - predicted))
    row = {
        "force_pn": force_pn,
        "rate_hz": rate_hz,
        "tethers": len(naive),
        "naive_bias_percent": 100 * float(naive.mean()),
    }
    row["predicted_bias_percent"] = 100 * float(predicted.mean())
    findings = [
        at_least("bias of the naive variance [%]", row["naive_bias_percent"], 20, n=len(naive)),
        within("bias of the naive variance less that predicted from blur [%]", bias, -5, 5, error=error, n=len(naive)),
    ]
    return Section(findings, [row])


def _blur_bias(force_pn: float, length_nm: float, radius_nm: float, exposure_s: float) -> float:
    """Return by how much 1 over the share of the variance that an exposure leaves is above 1."""
    a = force_pn / length_nm * exposure_s / Pendulum(length_nm, radius_nm).expected_drag_pn_s_per_nm
    return float(1 / (2 / a - 2 / a**2 * -np.expm1(-a)) - 1)
