"""Forces from fluctuations, bead by bead and force by force, against the truth."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from beadline.analysis import Camera, ForceEstimate, Pendulum, allan_force
from beadline.physics import rolling_descent_nm

from .findings import Finding, Section, at_least, at_most, mean_and_error, share_error, within
from .laboratory import Laboratory, Recording

Floats = NDArray[np.float64]
Axis = Literal["short", "long"]

NAMES: dict[Axis, str] = {"short": "x_nm", "long": "y_nm"}
SETTLE_S = 2.0


@dataclass(frozen=True)
class Sample:
    """Beads, their molecules, and the forces and frame rates they are seen at.

    Attributes:
        bead: "MyOne" or "M270".
        bases: of the molecule, 0.34 nm each.
        tethers: number of beads.
        points: force [pN] and frame rate [Hz]; from the greatest force, at which the look-up tables are made.
    """

    bead: str
    bases: int
    tethers: int
    points: tuple[tuple[float, float], ...]

    @property
    def contour_nm(self) -> float:
        """Contour length of its molecules [nm]."""
        return 0.34 * self.bases

    def laboratory(self, seed: int, *, table: Mapping[str, Any] | None = None, **further: Any) -> Laboratory:
        """Put the sample under the microscope, with all tethers at its first force and look-up tables made.

        Args:
            seed: of the world.
            table: arguments of `Laboratory.make_tables` that are not as usual.
            further: fields of the simulated world.
        """
        # the beads stay below the focal plane by what their rings need
        needed_nm = {"MyOne": 3300.0, "M270": 3700.0}[self.bead]
        chosen = {"molecules": {"classes": {"nicked": 1.0}}, "contour_nm": self.contour_nm, "seed": seed, **further}
        made = Laboratory(self.tethers, self.bead, focal_plane_nm=needed_nm + self.contour_nm, **chosen)
        made.pull(self.points[0][0])
        made.wait(SETTLE_S)
        usual = {"below_nm": 1.05 * self.contour_nm, "step_nm": 75.0 if self.bead == "MyOne" else 150.0}
        made.make_tables(**{**usual, **(table or {})})
        return made


SAMPLES = (
    Sample("MyOne", 8000, 46, ((8.0, 420), (8.0, 100), (3.0, 160), (1.0, 56), (0.3, 20), (0.2, 14))),
    Sample("M270", 8000, 33, ((20.0, 340), (5.0, 90), (1.0, 20))),
    Sample("M270", 21000, 33, ((20.0, 150), (5.0, 40), (0.5, 5))),
)
FRAMES = 2000
QUICK = (Sample("MyOne", 8000, 4, ((8.0, 420), (1.0, 56))),)


def estimate(
    made: Laboratory, seen: Recording, surface_nm: Floats, axis: Axis, *, shortening_nm: Floats | float = 0.0
) -> list[ForceEstimate]:
    """Return the Hadamard force of each tether, its extension by its height above the surface.

    Args:
        made: the laboratory.
        seen: a recording.
        surface_nm: height at which each touches the surface, shape (tethers,) [nm].
        axis: along which the motion is taken.
        shortening_nm: what the attachment hides of each extension [nm].
    """
    radius_nm, temperature_k = made.settings.kind.radius_nm, made.settings.temperature_k
    lengths_nm = seen.z_nm.mean(axis=0) - surface_nm + shortening_nm
    noise_nm = seen.noise_nm[0 if axis == "short" else 1]
    camera, traces = Camera(seen.frame_s), getattr(seen, NAMES[axis])
    found = []
    for bead, length_nm in enumerate(lengths_nm):
        trace, noise = traces[:, bead], float(noise_nm[bead])
        first = allan_force(trace, Pendulum(length_nm, radius_nm, axis, temperature_k), camera, noise)
        # what rolling takes from the height depends on the force
        longer_nm = length_nm + float(rolling_descent_nm(first.force_pn, radius_nm, temperature_k))
        found.append(allan_force(trace, Pendulum(longer_nm, radius_nm, axis, temperature_k), camera, noise))
    return found


def bench_forces(
    samples: Sequence[Sample], frames: int, seed: int, say: Callable[[str], None] = lambda line: None
) -> Section:
    """Measure the bias of forces from fluctuations, and how many are within one claimed error of the truth."""
    rows, deviations = [], []
    for sample in samples:
        made = sample.laboratory(seed)
        surface_nm = made.surface_nm()
        for force_pn, rate_hz in sample.points:
            say(f"forces: {sample.bead} on {sample.bases} bp at {force_pn:g} pN and {rate_hz:g} Hz")
            made.pull(force_pn)
            made.wait(settling_s(sample, force_pn))
            seen = made.record(frames, rate_hz)
            for axis in NAMES:
                found = estimate(made, seen, surface_nm, axis)
                row, sigmas = _row(sample, force_pn, rate_hz, axis, seen, found)
                rows.append(row)
                if row["sampled_well"]:
                    deviations.append(sigmas)
    return Section(_findings(rows, np.concatenate(deviations)), rows)


def settling_s(sample: Sample, force_pn: float) -> float:
    """Return ten relaxation times of the motion across, roughly, with the drag four times that of the bulk [s]."""
    drag = 6 * np.pi * 0.89e-9 * {"MyOne": 525.0, "M270": 1400.0}[sample.bead]
    return SETTLE_S + 20 * drag * sample.contour_nm / force_pn


def _row(
    sample: Sample, force_pn: float, rate_hz: float, axis: Axis, seen: Recording, found: list[ForceEstimate]
) -> tuple[dict[str, Any], Floats]:
    forces, errors = (np.array([getattr(each, name) for each in found]) for name in ("force_pn", "force_error_pn"))
    ratios = forces / seen.force_pn
    bias, error = mean_and_error(ratios - 1)
    sigmas = np.log(ratios) / (errors / forces)
    warned = [any("corner frequency" in warning for warning in each.warnings) for each in found]
    row = {
        "bead": sample.bead,
        "bases": sample.bases,
        "force_pn": force_pn,
        "axis": axis,
        "rate_hz": rate_hz,
        "duration_s": len(seen.z_nm) * seen.frame_s,
        "corner_hz": float(np.median([each.corner_hz for each in found])),
        "sampled_well": not any(warned),
        "tethers": len(found),
        "bias_percent": 100 * bias,
        "standard_error_percent": 100 * error,
        "scatter_percent": 100 * float(ratios.std(ddof=1)),
        "within_one_sigma": float(np.mean(np.abs(sigmas) < 1)),
        "frames_lost": int(seen.lost.sum()),
    }
    return row, sigmas


def _findings(rows: list[dict[str, Any]], sigmas: Floats) -> list[Finding]:
    good = [row for row in rows if row["sampled_well"]]
    worst = max(good, key=lambda row: abs(row["bias_percent"]))
    inside = float(np.mean(np.abs(sigmas) < 1))
    spread = max(row["standard_error_percent"] for row in good)
    named = f"{worst['bead']}, {worst['bases']} bp, {worst['force_pn']:g} pN, {worst['axis']}"
    return [
        within(
            f"largest mean bias of a point [%] ({named})",
            worst["bias_percent"],
            -3,
            3,
            error=worst["standard_error_percent"],
            n=worst["tethers"],
        ),
        at_most("largest standard error of a mean [%]", spread, 1, n=len(good)),
        within("truth within one sigma", inside, 0.60, 0.75, error=share_error(inside, len(sigmas)), n=len(sigmas)),
        at_least("independent estimates", len(sigmas), 400, n=len(sigmas)),
    ]
