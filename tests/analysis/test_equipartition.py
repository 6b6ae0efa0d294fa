import numpy as np
import pytest

from beadline.analysis import Camera, Pendulum, equipartition_force, longest_stretch
from tethered_beads import M270_NM, MYONE_NM, drag_of, extension_of, long_traces, short_traces

NOISE_NM, BEADS = 3.0, 50


def estimates(traces, pendulum, camera, **options):
    return [equipartition_force(trace, pendulum, camera, NOISE_NM, **options) for trace in traces.T]


@pytest.mark.parametrize(
    ("radius_nm", "bases", "force_pn", "rate_hz", "seconds", "exposure_s"),
    [
        (MYONE_NM, 8000, 1.0, 100, 20, None),
        (MYONE_NM, 8000, 8.0, 100, 4, None),  # the exposure blurs two thirds of the variance away
        (MYONE_NM, 8000, 8.0, 100, 4, 0.002),
        (M270_NM, 3000, 20.0, 200, 3, None),
    ],
)
def test_the_force_along_the_field_is_the_true_one(radius_nm, bases, force_pn, rate_hz, seconds, exposure_s):
    extension = extension_of(bases, force_pn)
    camera = Camera(1 / rate_hz, exposure_s)
    traces = short_traces(
        force_pn,
        extension,
        drag_of(radius_nm, extension),
        seconds * rate_hz,
        BEADS,
        frame_s=1 / rate_hz,
        exposure_s=exposure_s,
        noise_nm=NOISE_NM,
    )
    found = estimates(traces, Pendulum(extension, radius_nm), camera)
    logs = np.log([each.force_pn / force_pn for each in found])
    claimed = np.array([each.force_error_pn / each.force_pn for each in found])
    # four standard errors of a mean over the beads
    assert abs(logs.mean()) < 4 * logs.std() / np.sqrt(BEADS)
    # a standard deviation of 50 is known to 10 %: four times
    assert claimed.mean() == pytest.approx(logs.std(), rel=0.4)


@pytest.mark.parametrize("force_pn", [0.5, 10.0])
def test_the_force_across_the_field_is_the_true_one_though_the_bead_rolls(force_pn):
    extension = extension_of(3000, force_pn)
    traces = long_traces(force_pn, extension, M270_NM, 1000, BEADS, frame_s=0.01, noise_nm=NOISE_NM)
    found = estimates(traces, Pendulum(extension, M270_NM, "long"), Camera(0.01))
    logs = np.log([each.force_pn / force_pn for each in found])
    assert abs(logs.mean()) < 4 * logs.std() / np.sqrt(BEADS)


def test_a_short_trace_is_not_too_strong_and_says_what_it_is_worth():
    # 60 correlation times: the mean takes 3 % of the variance, a line 7 %, and chance changes it by 18 %
    extension = extension_of(8000, 0.1)
    drag = drag_of(MYONE_NM, extension)
    seconds = 60 * drag * extension / 0.1
    traces = short_traces(0.1, extension, drag, int(seconds * 50), 100, frame_s=0.02, noise_nm=NOISE_NM)
    for detrend in (False, True):
        found = estimates(traces, Pendulum(extension, MYONE_NM), Camera(0.02), detrend=detrend)
        # the mean of the variance is right, so that of its inverse; 100 times 18 % and more: 2 %, three times
        assert np.mean([0.1 / each.force_pn for each in found]) == pytest.approx(1.0, abs=0.06)
        assert all(any("correlation times" in warning for warning in each.warnings) for each in found)


def test_detrending_takes_out_a_drift_that_would_be_warned_of():
    extension = extension_of(8000, 1.0)
    traces = short_traces(
        1.0, extension, drag_of(MYONE_NM, extension), 6000, 20, frame_s=0.01, noise_nm=NOISE_NM, drift_nm_per_s=10.0
    )
    pendulum, camera = Pendulum(extension, MYONE_NM), Camera(0.01)
    left, taken = estimates(traces, pendulum, camera), estimates(traces, pendulum, camera, detrend=True)
    assert all(any("drifts by" in warning for warning in each.warnings) for each in left)
    assert not any(each.warnings for each in taken)
    # 3 % each, 20 traces
    assert np.mean([each.force_pn for each in taken]) == pytest.approx(1.0, abs=0.03)
    assert np.mean([each.force_pn for each in left]) < 0.5


def test_the_frame_rate_is_asked_to_be_four_times_the_corner():
    extension = extension_of(8000, 8.0)
    traces = short_traces(8.0, extension, drag_of(MYONE_NM, extension), 2000, 1, frame_s=0.01, noise_nm=NOISE_NM)
    (found,) = estimates(traces, Pendulum(extension, MYONE_NM), Camera(0.01))
    assert any("times the corner frequency" in warning for warning in found.warnings)


@pytest.mark.parametrize(
    ("trace", "says"),
    [
        (np.ones((4, 4)), r"shape \(4, 4\)"),
        (np.append(np.arange(20.0), np.nan), "1 of 21 frames"),
        (np.arange(5.0), "at least 16 frames"),
        (np.ones(20), "all 20 positions are 1 nm"),
        (np.tile([-1.0, 1.0], 20), "does not show a force beside tracking noise of 3 nm"),
    ],
)
def test_a_trace_that_tells_no_force_is_refused(trace, says):
    with pytest.raises(ValueError, match=says):
        equipartition_force(trace, Pendulum(1000.0, MYONE_NM), Camera(0.01), NOISE_NM)


def test_the_longest_stretch_has_no_gap():
    trace = np.array([np.nan, 1, 2, np.nan, 3, 4, 5, np.nan])
    assert longest_stretch(trace).tolist() == [3, 4, 5]
    assert longest_stretch(trace[1:3]).tolist() == [1, 2]
    with pytest.raises(ValueError, match="3 frames without a position"):
        longest_stretch(np.full(3, np.nan))


def test_a_pendulum_refuses_what_it_cannot_be():
    with pytest.raises(ValueError, match="extension_nm = -5 nm"):
        Pendulum(-5.0, 500.0)
    with pytest.raises(ValueError, match="no direction 'up'"):
        Pendulum(1000.0, 500.0, "up")  # type: ignore[arg-type]
