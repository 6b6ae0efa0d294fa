"""Persistence and contour length of single tethers that are attached anywhere, one force-extension curve each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from beadline.analysis import ChainFit, RotationCircle, fit_worm_like_chain, rotation_circle
from beadline.physics import rolling_descent_nm, wlc_stiffness_pn_per_nm

from .findings import Finding, Section, at_least, mean_and_error, median_and_error, told, within
from .forces import Sample, estimate, settling_s
from .laboratory import Laboratory, Recording
from .marko_siggia import Misfit, fit_marko_siggia

Floats = NDArray[np.float64]

SAMPLES = (
    Sample("MyOne", 8000, 32, ((8.0, 420), (5.0, 260), (3.0, 160), (1.5, 82), (0.8, 46), (0.45, 27), (0.25, 16))),
    Sample("M270", 21000, 24, ((20.0, 150), (10.0, 76), (5.0, 40), (2.0, 17), (1.0, 9), (0.5, 5), (0.25, 3))),
)
QUICK = (Sample("MyOne", 8000, 4, ((8.0, 420), (3.0, 160), (1.0, 56), (0.3, 20))),)
STRETCH_PN = 1000.0
CLASSES = {"off-centre": 0.75, "coilable": 0.25}
CIRCLE_FORCE_PN, CIRCLE_TURNS, CIRCLE_RATE_HZ = 0.5, np.arange(0, 2.01, 0.25), 20.0


def bench_lengths(
    samples: Sequence[Sample],
    frames: int,
    circle_frames: int,
    seed: int,
    say: Callable[[str], None] = lambda line: None,
) -> Section:
    """Measure how well force-extension curves tell the molecule, with and without the circle of the rotating bead."""
    findings, rows = [], []
    for sample in samples:
        say(f"lengths: {sample.bead} on {sample.bases} bp")
        made = sample.laboratory(seed, molecules={"classes": CLASSES, "stretch_pn": STRETCH_PN})
        surface_nm = made.surface_nm()
        circles = _circles(made, sample, circle_frames)
        seen = []
        for force_pn, rate_hz in sample.points:
            say(f"lengths: {sample.bead} at {force_pn:g} pN")
            made.pull(force_pn)
            made.wait(settling_s(sample, force_pn))
            seen.append(made.record(frames, rate_hz))
        some = _rows(made, sample, surface_nm, circles, seen)
        rows += some
        findings += _findings(sample, some, surface_nm - made.true_surface_nm)
    return Section(findings, rows)


def _circles(made: Laboratory, sample: Sample, frames: int) -> list[RotationCircle | str]:
    """Turn the magnets at low force; of each tether the circle, or why there is none."""
    made.pull(CIRCLE_FORCE_PN)
    made.wait(settling_s(sample, CIRCLE_FORCE_PN))
    places = []
    for turns in CIRCLE_TURNS:
        made.move("magnet_turns", float(turns))
        made.wait(settling_s(sample, CIRCLE_FORCE_PN))
        seen = made.record(frames, CIRCLE_RATE_HZ)
        places.append((seen.x_nm.mean(axis=0), seen.y_nm.mean(axis=0)))
    made.move("magnet_turns", 0.0)
    x_nm, y_nm = np.array(places).swapaxes(0, 1)
    return [_circle(x, y, made.settings.kind.radius_nm) for x, y in zip(x_nm.T, y_nm.T, strict=True)]


def _circle(x_nm: Floats, y_nm: Floats, radius_nm: float) -> RotationCircle | str:
    try:
        return rotation_circle(x_nm, y_nm, CIRCLE_TURNS, radius_nm)
    except ValueError as error:
        return str(error)


@dataclass(frozen=True, eq=False)
class _Curve:
    """The force-extension curve of one tether: heights with what rolling takes from them, and what they still lack."""

    height_nm: Floats
    force_pn: Floats
    height_error_nm: Floats
    force_error_pn: Floats
    hidden_nm: float
    temperature_k: float

    def fit(self) -> ChainFit:
        """Fit the chain of seven terms."""
        errors = (self.height_error_nm, self.force_error_pn)
        further = {"shortening_nm": self.hidden_nm, "temperature_k": self.temperature_k}
        return fit_worm_like_chain(self.height_nm, self.force_pn, *errors, stretch_pn=STRETCH_PN, **further)

    def misfit(self, near: ChainFit) -> Misfit:
        """Fit the chain of Marko and Siggia, with the errors that the right one gives the forces."""
        chain = (near.contour_nm, near.persistence_nm, self.temperature_k, STRETCH_PN)
        stiffness = wlc_stiffness_pn_per_nm(self.force_pn, *chain)
        errors = np.hypot(self.height_error_nm, self.force_error_pn / stiffness)
        return fit_marko_siggia(self.height_nm + self.hidden_nm, self.force_pn, errors, STRETCH_PN, self.temperature_k)


def _curves(made: Laboratory, surface_nm: Floats, seen: list[Recording], hidden_nm: Floats) -> list[_Curve]:
    """Return the curve of each tether, with forces along the field."""
    radius_nm, temperature_k = made.settings.kind.radius_nm, made.settings.temperature_k
    found = [estimate(made, each, surface_nm, "short", shortening_nm=hidden_nm) for each in seen]
    curves = []
    for bead, hidden in enumerate(hidden_nm.tolist()):
        forces = np.array([each[bead].force_pn for each in found])
        heights = np.array([each.z_nm[:, bead].mean() for each in seen]) - surface_nm[bead]
        curves.append(
            _Curve(
                heights + rolling_descent_nm(forces, radius_nm - hidden, temperature_k),
                forces,
                np.array([_error_of_mean(each.z_nm[:, bead]) for each in seen]),
                np.array([each[bead].force_error_pn for each in found]),
                hidden,
                temperature_k,
            )
        )
    return curves


def _rows(
    made: Laboratory,
    sample: Sample,
    surface_nm: Floats,
    circles: list[RotationCircle | str],
    seen: list[Recording],
) -> list[dict[str, Any]]:
    hidden = np.array([0.0 if isinstance(each, str) else each.shortening_nm for each in circles])
    corrected, plain = (_curves(made, surface_nm, seen, each) for each in (hidden, 0 * hidden))
    truth, persistence_nm = made.truth, made.settings.persistence_nm
    rows = []
    for bead, circle in enumerate(circles):
        contour_nm, fit, without = truth["contour_nm"][bead], corrected[bead].fit(), plain[bead].fit()
        misfit, freedom = corrected[bead].misfit(fit), len(seen) - 2
        rows.append(
            {
                "bead": sample.bead,
                "bases": sample.bases,
                "class": truth["class"][bead],
                **_said_of(circle),
                "shortening_nm": float(hidden[bead]),
                "persistence_percent": 100 * (fit.persistence_nm / persistence_nm - 1),
                "persistence_error_percent": 100 * fit.persistence_error_nm / persistence_nm,
                "contour_percent": 100 * (fit.contour_nm / contour_nm - 1),
                "chi_squared": fit.reduced_chi_squared * freedom,
                "uncorrected_persistence_percent": 100 * (without.persistence_nm / persistence_nm - 1),
                "uncorrected_contour_percent": 100 * (without.contour_nm / contour_nm - 1),
                "marko_siggia_persistence_percent": 100 * (misfit.persistence_nm / persistence_nm - 1),
                "marko_siggia_chi_squared": misfit.chi_squared,
            }
        )
    return rows


def _said_of(circle: RotationCircle | str) -> dict[str, Any]:
    if isinstance(circle, str):
        return {"circle": circle, "circle_nm": None, "circle_error_nm": None}
    said = "; ".join(circle.warnings) or "measured"
    return {"circle": said, "circle_nm": circle.radius_nm, "circle_error_nm": circle.radius_error_nm}


def _error_of_mean(trace: Floats, parts: int = 10) -> float:
    """Return the standard error of the mean of a trace, by its parts."""
    means = [part.mean() for part in np.array_split(trace, parts)]
    return float(np.std(means, ddof=1) / np.sqrt(parts))


def _findings(sample: Sample, rows: list[dict[str, Any]], zero_errors_nm: Floats) -> list[Finding]:
    name = f"{sample.bead}, {sample.bases} bp"
    measured = [row for row in rows if row["circle_nm"] is not None]
    aside = [row for row in rows if row["class"] == "off-centre"]

    def median(of: list[dict[str, Any]], key: str) -> tuple[float, float]:
        return median_and_error(np.array([row[key] for row in of]))

    findings = [at_least(f"tethers with a circle ({name})", len(measured), min(20, len(rows) - 1), n=len(rows))]
    for what, limit in (("persistence", 5), ("contour", 1)):
        middle, error = median(measured, f"{what}_percent")
        label = f"median error of the {what} length ({name}) [%]"
        findings.append(within(label, middle, -limit, limit, error=error, n=len(measured)))
        middle, error = median(aside, f"uncorrected_{what}_percent")
        findings.append(
            told(f"the same without the circle, attached 20 to 50° off ({name})", middle, error=error, n=len(aside))
        )
    worse = np.array([row["marko_siggia_chi_squared"] - row["chi_squared"] for row in rows])
    mean, error = mean_and_error(worse)
    label = f"chi-squared by which the chain of Marko and Siggia fits worse, mean of a tether ({name})"
    findings.append(at_least(label, mean, 3 * error, error=error, n=len(rows)))
    middle, error = median(measured, "marko_siggia_persistence_percent")
    label = f"median error of the persistence length by Marko and Siggia ({name}) [%]"
    findings.append(told(label, middle, error=error, n=len(measured)))
    bias, error = mean_and_error(zero_errors_nm)
    return [*findings, told(f"bias of the height of the surface ({name}) [nm]", bias, error=error, n=len(rows))]
