import numpy as np
import pytest

from beadline.analysis import noise_floor

FRAME_S = 0.01


def stuck(noise_nm, frames=4000, seed=1, vibration_nm=0.0, drift_nm_per_s=0.0):
    rng = np.random.default_rng(seed)
    shared = vibration_nm * rng.standard_normal((frames, 1)) + drift_nm_per_s * FRAME_S * np.arange(frames)[:, None]
    return shared + np.asarray(noise_nm) * rng.standard_normal((frames, len(noise_nm))) + 100 * np.arange(len(noise_nm))


def test_each_bead_has_its_own_noise_though_all_shake_and_drift():
    found = noise_floor(stuck([1.0, 2.0, 3.0, 5.0], vibration_nm=4.0, drift_nm_per_s=50.0), FRAME_S)
    # four standard errors, as it says itself; and these are some percent
    assert np.abs(found.noise_nm - [1, 2, 3, 5]).max() < 4 * found.noise_error_nm.max()
    assert (np.abs(found.noise_nm - [1, 2, 3, 5]) < 4 * found.noise_error_nm).all()
    assert (found.noise_error_nm < 0.2).all()
    # a variance of 16 of 16 + 39/16: 3 % of it
    assert found.shared_nm == pytest.approx(4.0, rel=0.1)
    assert not found.warnings


def test_the_error_of_the_noise_is_that_of_many_measurements():
    found = [noise_floor(stuck([2.0, 2.0, 3.0], frames=500, seed=seed), FRAME_S) for seed in range(100)]
    noise = np.array([each.noise_nm for each in found])
    # a standard deviation of 100 is known to 7 %: four times
    np.testing.assert_allclose(np.mean([each.noise_error_nm for each in found], axis=0), noise.std(axis=0), rtol=0.35)
    np.testing.assert_allclose(noise.mean(axis=0), [2, 2, 3], rtol=0.02)


def test_white_noise_averages_away_and_a_loose_bead_does_not():
    traces = stuck([2.0, 2.0, 2.0, 2.0])
    good = noise_floor(traces, FRAME_S)
    # about the mean of three others: sqrt(4/3) of 2 nm, and the inverse root of the time; 40 s hold 40 times a second
    second = np.argmin(np.abs(good.averaging_s - 1))
    expected = 2 * np.sqrt(4 / 3 * FRAME_S / good.averaging_s[second])
    assert good.allan_deviation_nm[second] == pytest.approx(np.full(4, expected), rel=0.4)
    traces[:, 2] += np.cumsum(0.5 * np.random.default_rng(5).standard_normal(len(traces)))
    assert any("bead 2 moves against the others" in warning for warning in noise_floor(traces, FRAME_S).warnings)


def test_few_beads_say_what_they_cannot_tell():
    two = noise_floor(stuck([2.0, 4.0], vibration_nm=5.0), FRAME_S)
    assert two.noise_nm == pytest.approx(np.full(2, np.sqrt(10.0)), rel=0.1)
    one = noise_floor(stuck([3.0], vibration_nm=4.0), FRAME_S)
    assert one.noise_nm == pytest.approx([5.0], rel=0.1)
    assert any("two stuck beads" in warning for warning in two.warnings)
    assert any("one stuck bead" in warning for warning in one.warnings)


def test_no_beads_are_refused():
    with pytest.raises(ValueError, match=r"shape \(100,\)"):
        noise_floor(np.zeros(100), FRAME_S)
