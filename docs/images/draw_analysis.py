"""Measures the estimators of "From tracks to forces" on simulated beads, and draws it.

`PYTHONPATH=tests python docs/images/draw_analysis.py [estimates]`; some minutes for 400 estimates of each.
"""

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from beadline.analysis import (
    Camera,
    Pendulum,
    allan_force,
    averaging_frames,
    equipartition_force,
    hadamard_variance_nm2,
    power_spectrum_force,
)
from tethered_beads import M270_NM, MYONE_NM, drag_of, extension_of, short_traces

HERE = Path(__file__).parent
NOISE_NM, FRAMES = 3.0, 2000
ESTIMATORS = {
    "variance": (equipartition_force, "#0072B2", "o"),
    "power spectrum": (power_spectrum_force, "#E69F00", "s"),
    "Allan variance": (lambda *given: allan_force(*given, kind="allan"), "#009E73", "^"),
    "Hadamard variance": (allan_force, "#D55E00", "D"),
}
# bead radius [nm], bases, force [pN], frame rate [Hz]
TETHERS = (
    (MYONE_NM, 8000, 0.1, 50),
    (MYONE_NM, 8000, 1.0, 100),
    (MYONE_NM, 8000, 8.0, 400),
    (M270_NM, 21000, 0.5, 50),
    (M270_NM, 3000, 5.0, 200),
    (M270_NM, 3000, 20.0, 400),
)
DRIFTS_NM_PER_S = (0.0, 2.0, 5.0, 10.0, 20.0)
Found = dict[str, NDArray[np.float64]]


def measured(radius_nm: float, bases: int, force_pn: float, rate_hz: float, drift: float, number: int) -> Found:
    """Return, for each estimator, estimates and claimed relative errors, shape (2, number)."""
    extension = extension_of(bases, force_pn)
    drag = drag_of(radius_nm, extension)
    traces = short_traces(
        force_pn, extension, drag, FRAMES, number, frame_s=1 / rate_hz, noise_nm=NOISE_NM, drift_nm_per_s=drift
    )
    given = (Pendulum(extension, radius_nm), Camera(1 / rate_hz), NOISE_NM)
    results = {}
    for name, (estimate, _, _) in ESTIMATORS.items():
        found = [estimate(trace, *given) for trace in traces.T]
        errors = [each.force_error_pn / each.force_pn for each in found]
        results[name] = np.array([[each.force_pn / force_pn for each in found], errors])
    return results


def say(what: str, results: Found) -> None:
    """Print bias, its error, scatter, claimed error and share inside one of it, for each estimator."""
    for name, (ratio, error) in results.items():
        inside = np.mean(np.abs(np.log(ratio)) < error)
        chance = ratio.std() / np.sqrt(len(ratio))
        print(  # noqa: T201 - this is what it is for
            f"{what} | {name:17s} | bias {100 * (ratio.mean() - 1):+6.1f} ± {100 * chance:.1f} % | scatter "
            f"{100 * np.log(ratio).std():4.1f} % | claimed {100 * error.mean():4.1f} % | inside {100 * inside:.0f} %",
            flush=True,
        )


def draw(by_force: list[Found], by_drift: list[Found]) -> None:
    """Draw one trace with its fit, the bias by force, and the bias by drift."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - only when a picture is drawn

    figure = Figure(figsize=(11, 4), layout="constrained")
    curve, force, drift = figure.subplots(1, 3)
    draw_curve(curve)
    for shift, (name, (_, colour, marker)) in zip((-0.24, -0.08, 0.08, 0.24), ESTIMATORS.items(), strict=True):
        style = {"color": colour, "marker": marker, "markersize": 5, "capsize": 2, "label": name}
        # variance and spectrum fall together: the one is drawn wide, the other on it
        wide = {"linewidth": 5, "alpha": 0.5} if name == "variance" else {}
        ratios = [each[name][0] for each in by_force]
        bias = [100 * (ratio.mean() - 1) for ratio in ratios]
        chance = [200 * ratio.std() / np.sqrt(len(ratio)) for ratio in ratios]
        force.errorbar(np.arange(len(TETHERS)) + shift, bias, chance, linestyle="none", **style)
        ratios = [each[name][0] for each in by_drift]
        bias = [100 * (ratio.mean() - 1) for ratio in ratios]
        drift.errorbar(
            DRIFTS_NM_PER_S, bias, [200 * each.std() / np.sqrt(len(each)) for each in ratios], **style | wide
        )
    names = [f"{'MyOne' if r == MYONE_NM else 'M270'}\n{b // 1000} kb\n{f:g} pN" for r, b, f, _ in TETHERS]
    force.axhspan(-3, 3, color="#eeeeee", zorder=0)
    force.axhline(0, color="#666666", linewidth=0.8)
    force.set_xticks(range(len(names)), names, fontsize=8)
    force.set(ylabel="bias of the force [%]", ylim=(-5, 5), title="without drift")
    force.legend(frameon=False, fontsize=8, loc="lower left", ncols=2)
    drift.axhline(0, color="#666666", linewidth=0.8)
    drift.set(xlabel="drift [nm/s]", ylabel="bias of the force [%]", title="0.1 pN, 8 kb, MyOne, 40 s")
    figure.savefig(HERE / "force-estimators.png", dpi=110)


def draw_curve(axes) -> None:
    """Draw the Hadamard deviation of one bead at three forces, and what the fitted force expects."""
    for seed, (force_pn, colour) in enumerate(((0.1, "#0072B2"), (1.0, "#009E73"), (8.0, "#D55E00"))):
        extension = extension_of(8000, force_pn)
        pendulum, camera = Pendulum(extension, MYONE_NM), Camera(0.0025)
        (trace,) = short_traces(
            force_pn, extension, drag_of(MYONE_NM, extension), 40_000, 1, frame_s=0.0025, noise_nm=NOISE_NM, seed=seed
        ).T
        found = allan_force(trace, pendulum, camera, NOISE_NM)
        frames = averaging_frames(len(trace))
        seen = pendulum.well(camera, found.force_pn, found.drag_pn_s_per_nm, NOISE_NM)
        expected = seen.hadamard_variance_nm2(frames[:, np.newaxis]).sum(axis=-1)
        axes.loglog(frames * 0.0025, np.sqrt(hadamard_variance_nm2(trace, frames)), "o", color=colour, markersize=4)
        label = f"{found.force_pn:.3g} ± {found.force_error_pn:.1g} pN (true {force_pn:g})"
        axes.loglog(frames * 0.0025, np.sqrt(expected), color=colour, label=label)
    axes.set(xlabel="averaged over [s]", ylabel="Hadamard deviation [nm]", title="8 kb, MyOne, 400 Hz, 100 s")
    axes.legend(frameon=False, fontsize=8, loc="lower center")


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    by_force = [measured(*tether, 0.0, number) for tether in TETHERS]
    for (radius_nm, bases, force_pn, rate_hz), results in zip(TETHERS, by_force, strict=True):
        say(f"R {radius_nm:g} nm, {bases} bp, {force_pn:g} pN, {rate_hz} Hz", results)
    by_drift = [measured(*TETHERS[0], each, number) for each in DRIFTS_NM_PER_S]
    for each, results in zip(DRIFTS_NM_PER_S, by_drift, strict=True):
        say(f"0.1 pN, drift {each:g} nm/s", results)
    draw(by_force, by_drift)
