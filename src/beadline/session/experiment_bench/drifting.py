"""Forces while the sample drifts and nothing is subtracted: what the Hadamard variance is for."""

from collections.abc import Callable

import numpy as np

from beadline.analysis import Camera, Pendulum, allan_force, equipartition_force

from .findings import Section, mean_and_error, within
from .forces import Sample

DRIFT_NM_PER_S = 20.0
SAMPLE = Sample("MyOne", 8000, 46, ((3.0, 160), (1.0, 56), (0.3, 20)))
_MARGIN_PX = 24
_ZERO_FRAMES = 1000
ESTIMATORS = ("hadamard", "allan", "variance")


def bench_drifting(
    frames: int, seed: int, say: Callable[[str], None] = lambda line: None, *, sample: Sample = SAMPLE
) -> Section:
    """Measure the bias of forces while the glass drifts along the field, in positions from which nothing is taken."""
    say(f"drift: {sample.bead} on {sample.bases} bp at {DRIFT_NM_PER_S:g} nm/s")
    made = sample.laboratory(seed, drift_nm_per_s=[DRIFT_NM_PER_S, 0.0, 0.0], margin_px=_MARGIN_PX)
    surface_nm = made.surface_nm(_ZERO_FRAMES)
    radius_nm, rows, findings = made.settings.kind.radius_nm, [], []
    for force_pn, rate_hz in sample.points:
        made.pull(force_pn)
        made.wait(2.0)
        seen = made.record(frames, rate_hz)
        camera, drifting = Camera(seen.frame_s), seen.x_nm + seen.glass_nm[:, :1]
        ratios: dict[str, list[float]] = {name: [] for name in ESTIMATORS}
        for bead, length_nm in enumerate(seen.z_nm.mean(axis=0) - surface_nm):
            pendulum, noise = Pendulum(length_nm, radius_nm), float(seen.noise_nm[0, bead])
            trace, force = drifting[:, bead], seen.force_pn[bead]
            ratios["hadamard"].append(allan_force(trace, pendulum, camera, noise).force_pn / force)
            ratios["allan"].append(allan_force(trace, pendulum, camera, noise, kind="allan").force_pn / force)
            ratios["variance"].append(equipartition_force(trace, pendulum, camera, noise).force_pn / force)
        slopes = np.polyfit(np.arange(frames) * seen.frame_s, drifting, 1)[0]
        row = {"force_pn": force_pn, "rate_hz": rate_hz, "duration_s": frames * seen.frame_s, "tethers": len(slopes)}
        row["drift_nm_per_s"] = float(slopes.mean())
        for name, each in ratios.items():
            bias, error = mean_and_error(100 * (np.array(each) - 1))
            row |= {f"{name}_bias_percent": bias, f"{name}_error_percent": error}
        rows.append(row)
        findings.append(
            within(
                f"bias of the Hadamard force at {force_pn:g} pN, drift {DRIFT_NM_PER_S:g} nm/s [%]",
                row["hadamard_bias_percent"],
                -5,
                5,
                error=row["hadamard_error_percent"],
                n=len(slopes),
            )
        )
    return Section(findings, rows)
