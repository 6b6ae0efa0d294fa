import numpy as np
import pytest

from beadline.analysis import Camera, Pendulum, periodogram_nm2_per_hz, power_spectrum_force
from tethered_beads import M270_NM, MYONE_NM, drag_of, extension_of, long_traces, short_traces

NOISE_NM, BEADS = 3.0, 40


def test_the_periodogram_of_a_sine_and_of_any_trace_holds_its_variance():
    time_s = np.arange(1001) * 0.01
    trace = 5 + 2 * np.sin(2 * np.pi * 100 / 10.01 * time_s)
    frequency, power = periodogram_nm2_per_hz(trace, 0.01)
    assert frequency[np.argmax(power)] == pytest.approx(100 / 10.01)
    assert power.sum() * frequency[0] == pytest.approx(2.0, rel=1e-9)
    noise = np.random.default_rng(1).standard_normal(1001)
    frequency, power = periodogram_nm2_per_hz(noise, 0.01)
    assert power.sum() * frequency[0] == pytest.approx(noise.var(), rel=1e-9)


@pytest.mark.parametrize(
    ("radius_nm", "bases", "force_pn", "rate_hz", "frames", "exposure_s"),
    [
        (MYONE_NM, 8000, 0.1, 50, 3000, None),
        (MYONE_NM, 8000, 8.0, 400, 2000, None),
        (MYONE_NM, 8000, 1.0, 100, 2000, 0.002),
        (M270_NM, 3000, 20.0, 400, 2000, None),
    ],
)
def test_force_and_drag_are_the_true_ones(radius_nm, bases, force_pn, rate_hz, frames, exposure_s):
    extension = extension_of(bases, force_pn)
    drag = drag_of(radius_nm, extension)
    traces = short_traces(
        force_pn, extension, drag, frames, BEADS, frame_s=1 / rate_hz, exposure_s=exposure_s, noise_nm=NOISE_NM
    )
    pendulum, camera = Pendulum(extension, radius_nm), Camera(1 / rate_hz, exposure_s)
    found = [power_spectrum_force(trace, pendulum, camera, NOISE_NM) for trace in traces.T]
    logs = np.log([each.force_pn / force_pn for each in found])
    drags = np.log([each.drag_pn_s_per_nm / drag for each in found])
    # four standard errors of a mean over the beads
    assert abs(logs.mean()) < 4 * logs.std() / np.sqrt(BEADS)
    # the larger: two hundredths for the curvature of the likelihood
    assert abs(drags.mean()) < 4 * drags.std() / np.sqrt(BEADS) + 0.02
    # a standard deviation of 40 is known to 11 %: four times
    assert np.mean([each.force_error_pn / each.force_pn for each in found]) == pytest.approx(logs.std(), rel=0.45)
    assert not any("drag" in warning for each in found for warning in each.warnings)


def test_the_force_of_a_rolling_bead_is_the_true_one():
    extension = extension_of(3000, 5.0)
    traces = long_traces(5.0, extension, M270_NM, 2000, BEADS, frame_s=0.005, noise_nm=NOISE_NM)
    pendulum = Pendulum(extension, M270_NM, "long")
    logs = np.log([power_spectrum_force(trace, pendulum, Camera(0.005), NOISE_NM).force_pn / 5.0 for trace in traces.T])
    assert abs(logs.mean()) < 4 * logs.std() / np.sqrt(BEADS)


def test_the_noise_can_be_found_too_where_the_frame_rate_shows_it():
    extension = extension_of(8000, 1.0)
    traces = short_traces(1.0, extension, drag_of(MYONE_NM, extension), 8000, 10, frame_s=0.0025, noise_nm=8.0)
    found = [power_spectrum_force(trace, Pendulum(extension, MYONE_NM), Camera(0.0025), None) for trace in traces.T]
    for each in found:
        # four standard errors, as each says of itself
        assert each.noise_nm == pytest.approx(8.0, abs=4 * each.noise_error_nm)
        assert each.force_pn == pytest.approx(1.0, abs=4 * each.force_error_pn)
    # no noise at all is said, and the force stays right
    quiet = short_traces(1.0, extension, drag_of(MYONE_NM, extension), 8000, 10, frame_s=0.0025)
    found = [power_spectrum_force(trace, Pendulum(extension, MYONE_NM), Camera(0.0025), None) for trace in quiet.T]
    assert any("no tracking noise" in warning for each in found for warning in each.warnings)
    assert np.mean([each.force_pn for each in found]) == pytest.approx(1.0, abs=0.06)


def test_low_frequencies_can_be_left_out():
    extension = extension_of(8000, 1.0)
    traces = short_traces(
        1.0, extension, drag_of(MYONE_NM, extension), 6000, 20, frame_s=0.005, noise_nm=NOISE_NM, drift_nm_per_s=20.0
    )
    pendulum, camera = Pendulum(extension, MYONE_NM), Camera(0.005)
    every = np.mean([power_spectrum_force(trace, pendulum, camera, NOISE_NM).force_pn for trace in traces.T])
    above = np.mean([power_spectrum_force(t, pendulum, camera, NOISE_NM, from_hz=2.0).force_pn for t in traces.T])
    # a force from half the information to 6 %, 20 of them
    assert every < 0.7
    assert above == pytest.approx(1.0, abs=0.06)
    # the line is taken out as well, which a frequency so low that it leaves out nothing does not do
    found = [power_spectrum_force(trace, pendulum, camera, NOISE_NM, from_hz=0.01) for trace in traces.T]
    assert np.mean([each.force_pn for each in found]) == pytest.approx(1.0, abs=0.06)
    assert not any("drifts" in warning for each in found for warning in each.warnings)
    with pytest.raises(ValueError, match=r"A power spectrum from 99.94 Hz has 1 points up to 100 Hz"):
        power_spectrum_force(traces[:, 0], pendulum, camera, NOISE_NM, from_hz=99.94)


def test_a_wrong_radius_shows_in_the_drag():
    extension = extension_of(8000, 1.0)
    (trace,) = short_traces(1.0, extension, drag_of(M270_NM, extension), 4000, 1, frame_s=0.01, noise_nm=3.0).T
    found = power_spectrum_force(trace, Pendulum(extension, MYONE_NM), Camera(0.01), NOISE_NM)
    assert any("the drag is" in warning for warning in found.warnings)
