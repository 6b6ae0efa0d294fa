"""What the frames of a step say of beads: means, and the lowest height only where the look-up table reaches it."""

import numpy as np
import pytest

from beadline.acquisition import TrackBlock
from beadline.devices.bead_spans import _means
from beadline.tracks import COLUMN_NAMES, Flag, empty_tracks

FRAMES = 400


def block(heights_nm, flags):
    tracks = empty_tracks(*heights_nm.shape)
    tracks[..., COLUMN_NAMES.index("z_nm")] = heights_nm
    tracks[..., COLUMN_NAMES.index("x_px")] = 5.0
    times_s = np.arange(FRAMES) / 100.0
    return TrackBlock(np.arange(FRAMES), times_s, times_s, times_s, tracks, flags)


def test_a_table_that_ends_above_the_surface_gives_no_surface():
    heights = np.tile(np.linspace(0.0, -1000.0, FRAMES)[:, None], (1, 3))
    flags = np.zeros((FRAMES, 3), np.uint16)
    flags[heights[:, 1] < -800.0, 1] = Flag.Z_RANGE
    flags[-3:, 2] = Flag.Z_RANGE  # less than 1 %: single frames that went wrong
    found = _means(block(heights, flags), 10)
    assert found["lowest_z_nm"][0] == pytest.approx(heights[-10:, 0].mean(), abs=1e-3)
    assert np.isnan(found["lowest_z_nm"][1])
    assert found["lowest_z_nm"][2] == pytest.approx(heights[-13:-3, 2].mean(), abs=1e-3)  # of ten frames in a row
    assert found["beyond_table"] == pytest.approx([0.0, 0.2, 3 / FRAMES])
    assert found["seen"] == pytest.approx([1.0, 0.8, 1 - 3 / FRAMES])


def test_a_step_without_frames_says_nothing():
    nothing = _means(block(np.zeros((FRAMES, 2)), np.zeros((FRAMES, 2), np.uint16)).where(np.zeros(FRAMES, bool)), 10)
    assert np.isnan(nothing["lowest_z_nm"]).all()
    assert nothing["seen"] == pytest.approx([0.0, 0.0])
