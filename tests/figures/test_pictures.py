"""Figures from arrays and results: what is drawn is what was given, with units, and inside the sheet."""

import re
from dataclasses import replace

import numpy as np
import pytest

from beadline.analysis import (
    Camera,
    Pendulum,
    TetherEvidence,
    allan_force,
    calibrate_magnets,
    classify_tether,
    fit_hat_curve,
    noise_floor,
)
from beadline.figures import (
    Course,
    ForcePoints,
    HatPoints,
    Motion,
    Screened,
    Trace,
    calibration_figure,
    field_figure,
    fitted,
    force_extension_figure,
    hats_figure,
    motion_figure,
    noise_figure,
    screening_figure,
    traces_figure,
    with_error,
    write_figure,
)
from beadline.figures.motion_pictures import hadamard_points, spectrum_points
from beadline.figures.trace_pictures import binned
from beadline.physics import M270_PAIR, wlc_extension_nm
from tethered_beads import MYONE_NM, drag_of, extension_of, short_traces

RNG = np.random.default_rng(4)
TURNS = np.arange(-20.0, 21.0, 2.0)
FORCES_PN = np.array([0.3, 0.6, 1.2, 2.5, 5.0, 10.0])


def hat(bead=1):
    extension = np.minimum(2000.0, 2000.0 - 80.0 * (np.abs(TURNS) - 8)) + RNG.normal(0, 5, len(TURNS))
    fit = fit_hat_curve(TURNS, extension)
    return HatPoints(bead, TURNS, extension, np.full(len(TURNS), 5.0), np.ones(len(TURNS)), fit, fit.warnings)


def chain(bead=1, factor=1.0):
    """Return the points of 8 kb of DNA whose forces are exact, and the last of which was sampled too slowly."""
    length = wlc_extension_nm(FORCES_PN * factor, 2720.0, 50.0, 298.15, 1000.0)
    error = 0.05 * FORCES_PN * factor
    trusted = np.arange(len(FORCES_PN)) < len(FORCES_PN) - 1
    return fitted(
        ForcePoints(bead, M270_PAIR.height_mm(FORCES_PN), FORCES_PN * factor, error, length, np.full(6, 2.0), trusted)
    )


def motion(force_pn=1.0):
    extension = extension_of(8000, force_pn)
    (trace,) = short_traces(
        force_pn, extension, drag_of(MYONE_NM, extension), 4000, 1, frame_s=0.01, noise_nm=2.0, seed=3
    ).T
    pendulum, camera = Pendulum(extension, MYONE_NM), Camera(0.01)
    return Motion(trace, pendulum, camera, allan_force(trace, pendulum, camera, 2.0))


def calibration():
    beads = [chain(1, 0.9), chain(2, 1.0), chain(3, 1 / 0.9)]
    points = [(each.height_mm[:-1], each.force_pn[:-1]) for each in beads]
    height, force = (np.concatenate(column) for column in zip(*points, strict=True))
    return beads, calibrate_magnets(height, force, 0.05, np.repeat([0, 1, 2], 5))


def verdict(bead, **evidence):
    seen = TetherEvidence(**evidence)
    return Screened(bead, seen, classify_tether(seen))


TIME_S = np.arange(0, 20, 0.01)
STEPS = Course("force [pN]", np.array([1.0, 11.0]), np.array([9.0, 19.0]), np.array([1.0, 8.0]))
FIGURES = {
    "traces": lambda: traces_figure(TIME_S, [Trace(f"bead {n}", RNG.normal(0, 9, 2000)) for n in range(9)], [STEPS]),
    "hats": lambda: hats_figure([hat(n) for n in range(9)]),
    "force-extension": lambda: force_extension_figure([chain(n) for n in range(3)]),
    "motion": lambda: motion_figure([motion(1.0), motion(0.3)]),
    "calibration": lambda: calibration_figure(*calibration(), M270_PAIR, notes=["a doubt " * 30]),
    "noise": lambda: noise_figure({"z": noise_floor(RNG.normal(0, 2, (2000, 3)), 0.01)}, {"z": (0, 4, 7)}),
    "field": lambda: field_figure(np.zeros((90, 120), np.uint8), {3: (40.0, 50.0)}, 32),
    "screening": lambda: screening_figure([verdict(1, loss_negative=0.02, loss_positive=0.6), verdict(2)]),
}


@pytest.fixture(scope="module", params=FIGURES)
def figure(request):
    drawn = FIGURES[request.param]()
    drawn.draw_without_rendering()
    return drawn


def shown_texts(figure):
    from matplotlib.text import Text  # noqa: PLC0415 - only to look

    words = re.compile(r"[a-z]{3}")  # not the numbers at ticks: matplotlib keeps those that it does not draw
    shown = [each for each in figure.findobj(Text) if each.get_visible() and words.search(each.get_text())]
    return [each for each in shown if "mathdefault" not in each.get_text()]


@pytest.mark.slow
def test_nothing_that_is_written_leaves_the_sheet(figure):
    sheet = figure.bbox.padded(2)
    outside = []
    for text in shown_texts(figure):
        box = text.get_window_extent()
        if text.axes is not None and not text.axes.get_visible():
            continue
        if not (sheet.x0 <= box.x0 and box.x1 <= sheet.x1 and sheet.y0 <= box.y0 and box.y1 <= sheet.y1):
            outside.append(text.get_text())
    assert not outside


@pytest.mark.slow
def test_every_axis_that_is_labelled_has_its_unit(figure):
    pure = {"turns of the magnets", "points / fit", "force / law"}
    labels = {axes.get_xlabel() for axes in figure.axes} | {axes.get_ylabel() for axes in figure.axes}
    assert [each for each in labels - pure - {""} if "[" not in each] == []


def lines_of(axes):
    return [np.asarray(line.get_xydata()) for line in axes.get_lines()]


def test_a_hat_is_drawn_with_the_shape_that_was_fitted():
    given = hat()
    curve, rest = hats_figure([given]).axes[:2]
    shape = max(lines_of(curve), key=len)
    assert shape[:, 1] == pytest.approx(given.fit.extension_nm(shape[:, 0]))
    off = next(line for line in lines_of(rest) if len(line) == len(TURNS))
    assert off[:, 1] == pytest.approx(given.extension_nm - given.fit.extension_nm(TURNS))
    assert off[:, 1].std() < 3 * given.fit.residual_nm


def test_a_centre_that_is_not_known_is_not_drawn():
    flat = hat()
    flat = replace(flat, fit=replace(flat.fit, warnings=("the side is flat",)), doubts=("the side is flat",))
    figure = hats_figure([flat])
    assert "centre not known" in figure.axes[0].get_title(loc="left")
    assert "bead 1: the side is flat" in figure.get_supxlabel()


def test_points_that_are_not_trusted_are_open_and_in_no_fit():
    points = chain()
    assert points.fit.persistence_nm == pytest.approx(50.0, rel=1e-3)
    curve, _ = force_extension_figure([points]).axes[:2]
    faces = {
        line.get_markerfacecolor(): len(line.get_xydata()) for line in curve.get_lines() if line.get_marker() == "o"
    }
    assert faces["white"] == 1
    assert sum(faces.values()) == 6


def test_a_force_that_is_not_known_is_left_out_in_words():
    points = replace(chain(), force_error_pn=np.array([1.0, 0.1, 0.1, 0.1, 0.1, 0.1]))
    assert points.known.tolist() == [False, True, True, True, True, True]
    assert points.unknown_note == ("1 of 6 forces are not known to half their size: left out",)


def test_molecules_without_any_force_cannot_be_drawn():
    with pytest.raises(ValueError, match="no bead shows a force"):
        force_extension_figure([replace(chain(), force_pn=np.full(6, np.nan))])


@pytest.mark.parametrize("points", [spectrum_points, hadamard_points])
def test_points_of_a_motion_scatter_about_the_fit_as_their_errors_say(points):
    found = points(motion())
    distance = (found.measured - found.expected) / found.error
    assert np.abs(distance).max() < 4.5
    assert 0.2 < np.sqrt(np.mean(distance**2)) < 1.6


def test_a_gap_in_a_trace_stays_a_gap_and_an_outlier_stays_visible():
    values = np.zeros(100_000)
    values[40_000:60_000] = np.nan
    values[70_000] = 500.0
    time_s, least, mean, most = binned(np.arange(100_000) * 0.01, values, 1000)
    assert np.isnan(least).sum() == np.isnan(mean).sum() == 200
    assert np.nanmax(most) == 500.0
    assert time_s[np.nanargmax(most)] == pytest.approx(700.0, abs=0.6)


def test_frames_that_are_missing_make_a_gap():
    time_s = np.concatenate((np.arange(10), np.arange(15, 20))) * 0.1
    _, values, *_ = binned(time_s, np.ones(15), 100)
    assert np.isnan(values).sum() == 1


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ((50.123, 1.234, "nm"), "50.1 ± 1.2 nm"),
        ((2720.4, 23.0, "nm"), "2720 ± 23 nm"),
        ((0.0123, 0.00045, ""), "0.01230 ± 0.00045"),
        ((1000.0, 0.0, "pN"), "1000 pN"),
        ((3.2, np.inf, ""), "3.2 ± ?"),
        ((np.nan, 1.0, "nm"), "unknown nm"),
    ],
)
def test_a_number_is_told_with_two_digits_of_its_error(number, text):
    assert with_error(*number) == text


def test_a_file_of_an_unknown_kind_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"Cannot write a figure into picture\.xyz: end its name in"):
        write_figure(FIGURES["field"](), tmp_path / "picture.xyz")
