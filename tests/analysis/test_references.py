import numpy as np
import pytest

from beadline.analysis import subtract_references

FRAME_S, FRAMES = 0.1, 3000


@pytest.fixture
def rng():
    return np.random.default_rng(1)


def drift_of(rng):
    return 500 * np.exp(-np.arange(FRAMES) / 2000) + np.cumsum(0.3 * rng.standard_normal(FRAMES))


def test_drift_is_taken_out_and_the_best_references_count_most(rng):
    drift, noise = drift_of(rng), np.array([1.0, 2.0, 4.0])
    references = drift[:, None] + noise * rng.standard_normal((FRAMES, 3)) + [1000, -500, 30]
    beads = drift[:, None] + np.array([50.0, 70.0])
    weighed = subtract_references(beads, references, FRAME_S, noise_nm=noise)
    alike = subtract_references(beads, references, FRAME_S)
    # what is left is the noise of the references: 1/sqrt(1 + 1/4 + 1/16), and sqrt(1 + 4 + 16)/3; 3000 of it: 1.3 %
    assert weighed.corrected_nm[:, 0].std() == pytest.approx(0.873, rel=0.06)
    assert alike.corrected_nm[:, 0].std() == pytest.approx(1.528, rel=0.06)
    assert weighed.added_noise_nm == pytest.approx(0.873, rel=0.1)
    assert alike.added_noise_nm == pytest.approx(1.528, rel=0.1)
    assert weighed.weights == pytest.approx([16 / 21, 4 / 21, 1 / 21])
    # a line through 300 s of noise of 4 nm against others: 0.05 nm/min
    assert np.abs(weighed.residual_nm_per_min).max() < 0.3
    assert not weighed.warnings


def test_smoothing_takes_noise_and_leaves_slow_drift(rng):
    slow = 100 * np.sin(np.arange(FRAMES) / 500)
    references = slow[:, None] + 2 * rng.standard_normal((FRAMES, 3))
    found = subtract_references(slow[:, None], references, FRAME_S, average_frames=25)
    assert found.corrected_nm[50:-50].std() == pytest.approx(2 / np.sqrt(3 * 25), rel=0.25)
    assert found.added_noise_nm == pytest.approx(2 / np.sqrt(3 * 25), rel=0.1)


def test_a_reference_that_is_lost_leaves_no_step(rng):
    drift = 0.05 * np.arange(FRAMES)
    references = drift[:, None] + 0.5 * rng.standard_normal((FRAMES, 3)) + [1000, -500, 30]
    references[1000:, 1] = np.nan
    found = subtract_references(drift[:, None], references, FRAME_S)
    left = found.corrected_nm[:, 0]
    # 1000 frames of 0.3 nm on either side
    assert abs(left[:1000].mean() - left[1000:].mean()) < 0.1
    references[5] = np.nan
    found = subtract_references(drift[:, None], references, FRAME_S)
    assert np.isnan(found.corrected_nm[5, 0])
    assert any("in 1 of 3000 frames no reference" in warning for warning in found.warnings)


def test_a_loose_reference_is_named(rng):
    references = 0.5 * rng.standard_normal((FRAMES, 4))
    references[:, 3] += 40 / 600 * np.arange(FRAMES)  # 40 nm/min
    found = subtract_references(np.zeros((FRAMES, 1)), references, FRAME_S)
    assert found.residual_nm_per_min[3] == pytest.approx(40, abs=1)
    assert any("reference 3 drifts by 40 nm/min" in warning for warning in found.warnings)


def test_what_cannot_be_subtracted_is_refused():
    with pytest.raises(ValueError, match=r"references of shape \(5, 1\) from positions of shape \(4, 1\)"):
        subtract_references(np.zeros((4, 1)), np.zeros((5, 1)), FRAME_S)
    with pytest.raises(ValueError, match=r"References \[1\] are never seen"):
        subtract_references(np.zeros((4, 1)), np.array([[0.0, np.nan]] * 4), FRAME_S)
    with pytest.raises(ValueError, match="over 2 frames"):
        subtract_references(np.zeros((4, 1)), np.zeros((4, 1)), FRAME_S, average_frames=2)
    with pytest.raises(ValueError, match=r"noise_nm = \[0.0\] nm"):
        subtract_references(np.zeros((4, 1)), np.zeros((4, 1)), FRAME_S, noise_nm=[0.0])
