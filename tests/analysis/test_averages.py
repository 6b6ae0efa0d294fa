import numpy as np
import pytest
from scipy.signal import lfilter

from beadline.analysis import mean_with_error


def test_the_error_of_independent_frames_is_the_textbook_one():
    frames = np.random.default_rng(1).normal(5.0, 2.0, 4096)
    mean, error = mean_with_error(frames)
    assert mean == pytest.approx(5.0, abs=4 * error)
    # the greatest of ten estimates, the last of which has 8 blocks
    assert 1.0 <= error / (2.0 / 64) < 1.6


def test_the_error_of_a_slow_bead_is_that_of_its_independent_parts():
    rng, kept = np.random.default_rng(2), 0.95
    kicks = rng.normal(0, np.sqrt(1 - kept**2), (100, 5000))
    traces = lfilter([1.0], [1.0, -kept], kicks)[:, 1000:]
    true = np.sqrt((1 + kept) / (1 - kept) / traces.shape[1])
    found = np.array([mean_with_error(trace) for trace in traces])
    assert found[:, 0].std() == pytest.approx(true, rel=0.25)
    assert np.median(found[:, 1]) == pytest.approx(true, rel=0.25)


def test_frames_without_a_track_do_not_count():
    assert mean_with_error([1.0, np.nan, 3.0])[0] == 2.0
    assert np.isnan(mean_with_error([np.nan])).all()
    assert np.isnan(mean_with_error([1.0, 2.0])[1])
