import numpy as np
import pytest

from beadline.analysis import (
    Camera,
    Pendulum,
    allan_force,
    allan_variance_nm2,
    averaging_frames,
    hadamard_variance_nm2,
)
from beadline.analysis.allan import variance_covariance_nm4
from tethered_beads import M270_NM, MYONE_NM, drag_of, extension_of, long_traces, short_traces

NOISE_NM = 3.0


def by_definition(trace, frames, weights, norm):
    spans = [trace[i : i + len(weights) * frames] for i in range(len(trace) - len(weights) * frames + 1)]
    differences = [np.dot(weights, span.reshape(len(weights), frames).mean(axis=1)) for span in spans]
    return np.mean(np.square(differences)) / norm


def test_the_variances_are_those_of_their_definitions():
    trace = 1e4 + np.cumsum(np.random.default_rng(2).standard_normal(200))
    for frames in (1, 3, 20):
        assert allan_variance_nm2(trace, frames) == pytest.approx(by_definition(trace, frames, (-1, 1), 2))
        assert hadamard_variance_nm2(trace, frames) == pytest.approx(by_definition(trace, frames, (1, -2, 1), 6))


def test_a_steady_drift_adds_half_the_square_of_its_way_to_the_one_and_nothing_to_the_other():
    trace, ramp = np.random.default_rng(3).standard_normal(500), 0.3 * np.arange(500)
    assert allan_variance_nm2(ramp, 10) == pytest.approx(0.5 * (0.3 * 10) ** 2)
    assert hadamard_variance_nm2(trace + ramp, [1, 8]) == pytest.approx(hadamard_variance_nm2(trace, [1, 8]))


@pytest.mark.parametrize("kind", ["allan", "hadamard"])
def test_the_covariance_of_the_variances_is_that_of_many_traces(kind):
    function = {"allan": allan_variance_nm2, "hadamard": hadamard_variance_nm2}[kind]
    frames = averaging_frames(512)
    traces = np.random.default_rng(4).standard_normal((1500, 512))
    seen = np.cov(np.array([function(trace, frames) for trace in traces]).T)
    said = variance_covariance_nm4(kind, frames, 512, 1.0)
    scale = np.sqrt(np.diag(said))
    # a variance of 1500 is known to 4 %; the longest averages are said to vary more than they do
    assert np.diag(said) == pytest.approx(np.diag(seen), rel=0.25)
    assert np.diag(said)[:4] == pytest.approx(np.diag(seen)[:4], rel=0.15)
    np.testing.assert_allclose(said / np.outer(scale, scale), seen / np.outer(scale, scale), atol=0.2)


@pytest.mark.parametrize(
    ("radius_nm", "bases", "force_pn", "rate_hz"),
    [
        (MYONE_NM, 8000, 0.1, 50),
        (MYONE_NM, 8000, 1.0, 100),
        (MYONE_NM, 8000, 8.0, 400),
        (M270_NM, 21000, 0.5, 50),
        (M270_NM, 3000, 5.0, 200),
        (M270_NM, 3000, 20.0, 400),
    ],
)
def test_the_force_is_within_three_percent(radius_nm, bases, force_pn, rate_hz):
    extension = extension_of(bases, force_pn)
    traces = short_traces(
        force_pn, extension, drag_of(radius_nm, extension), 2000, 30, frame_s=1 / rate_hz, noise_nm=NOISE_NM
    )
    pendulum, camera = Pendulum(extension, radius_nm), Camera(1 / rate_hz)
    found = np.array([allan_force(trace, pendulum, camera, NOISE_NM).force_pn for trace in traces.T])
    # 3 % are claimed; chance is 3 to 14 % in one trace, 2.5 % at most in the mean of 30
    assert abs(found.mean() / force_pn - 1) < 0.03 + 2 * found.std() / force_pn / np.sqrt(30)


def test_the_error_is_honest_under_drift():
    extension = extension_of(8000, 1.0)
    traces = short_traces(
        1.0,
        extension,
        drag_of(MYONE_NM, extension),
        1200,
        400,
        frame_s=0.01,
        noise_nm=NOISE_NM,
        drift_nm_per_s=20.0,
    )
    found = [allan_force(trace, Pendulum(extension, MYONE_NM), Camera(0.01), NOISE_NM) for trace in traces.T]
    logs = np.log([each.force_pn for each in found])
    claimed = np.array([each.force_error_pn / each.force_pn for each in found])
    # 68 % of 400 are known to 2.3 %: three times, and so for the mean
    assert 0.60 <= np.mean(np.abs(logs) < claimed) <= 0.75
    assert abs(np.exp(logs).mean() - 1) < 0.05
    assert not any("drift" in warning for each in found for warning in each.warnings)


def test_the_allan_variance_says_that_a_drift_pulls_it():
    extension = extension_of(8000, 0.1)
    traces = short_traces(
        0.1, extension, drag_of(MYONE_NM, extension), 6000, 10, frame_s=0.02, noise_nm=NOISE_NM, drift_nm_per_s=20.0
    )
    pendulum = Pendulum(extension, MYONE_NM)
    found = [allan_force(trace, pendulum, Camera(0.02), NOISE_NM, kind="allan") for trace in traces.T]
    assert np.mean([each.force_pn for each in found]) < 0.09
    assert all(any("the bead drifts by" in warning for warning in each.warnings) for each in found)


def test_the_force_of_a_rolling_bead_is_the_true_one():
    extension = extension_of(3000, 5.0)
    traces = long_traces(5.0, extension, M270_NM, 1000, 50, frame_s=0.005, noise_nm=NOISE_NM)
    pendulum = Pendulum(extension, M270_NM, "long")
    logs = np.log([allan_force(trace, pendulum, Camera(0.005), NOISE_NM).force_pn / 5.0 for trace in traces.T])
    assert abs(logs.mean()) < 4 * logs.std() / np.sqrt(50)


def test_noise_that_the_frame_rate_hides_is_not_made_up():
    # 100 Hz at a corner of 53 Hz: fitting the noise too leaves the force open, and the result has to say it
    extension = extension_of(8000, 8.0)
    traces = short_traces(8.0, extension, drag_of(MYONE_NM, extension), 1000, 20, frame_s=0.01, noise_nm=NOISE_NM)
    pendulum = Pendulum(extension, MYONE_NM)
    for trace in traces.T:
        found = allan_force(trace, pendulum, Camera(0.01), None)
        assert abs(np.log(found.force_pn / 8.0)) < 4 * found.force_error_pn / found.force_pn
        assert found.warnings


def test_a_trace_too_short_for_averages_is_refused():
    with pytest.raises(ValueError, match="at least 64 frames, and this trace has 63"):
        allan_force(np.arange(63.0), Pendulum(1000.0, MYONE_NM), Camera(0.01), 3.0)
    with pytest.raises(ValueError, match="The Hadamard variance over 40 frames needs at least 120 frames"):
        hadamard_variance_nm2(np.arange(100.0), [1, 40])
    with pytest.raises(ValueError, match="7 frames has no averages"):
        averaging_frames(7)
