import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beadline.tracking import next_origins, window_origins
from beadline.tracks import Flag, empty_tracks

SHAPE = (480, 640)


def step(x_px, y_px, origin, flags=0):
    tracks = empty_tracks(1)
    tracks[0, :2] = x_px, y_px
    new = next_origins(np.array([origin], np.int32), tracks, np.array([flags], np.uint16), SHAPE, 64)
    assert new.dtype == np.int32
    return tuple(new[0].tolist())


@given(st.floats(40, 600), st.floats(40, 440))
def test_a_window_is_centred_on_its_bead(x_px, y_px):
    origin = window_origins(np.array([x_px]), np.array([y_px]), 64)[0]
    assert np.abs(origin + 31.5 - (x_px, y_px)).max() <= 0.5001


def test_a_bead_near_the_middle_keeps_its_window():
    assert step(134.4, 228.7, (100, 200)) == (100, 200)


def test_a_window_follows_a_bead_that_moved():
    assert step(140.5, 225.5, (100, 200)) == (109, 194)


@pytest.mark.parametrize("flag", [Flag.NOT_CONVERGED, Flag.LOW_SCORE])
def test_a_lost_bead_keeps_its_window(flag):
    assert step(140.5, 225.5, (100, 200), flag) == (100, 200)
    assert step(np.nan, np.nan, (100, 200), flag) == (100, 200)


@pytest.mark.parametrize("flag", [Flag.NO_TABLE, Flag.SATURATED, Flag.Z_RANGE, Flag.EDGE])
def test_a_bead_with_a_trustworthy_centre_is_followed_whatever_its_height(flag):
    assert step(140.5, 225.5, (100, 200), flag) == (109, 194)


@given(st.floats(0, 639), st.floats(0, 479))
def test_a_window_stays_inside_the_frame(x_px, y_px):
    x, y = step(x_px, y_px, (300, 200))
    assert 0 <= x <= 640 - 64
    assert 0 <= y <= 480 - 64


def test_windows_of_no_beads_are_no_windows():
    none = np.zeros((0, 2), np.int32)
    assert next_origins(none, empty_tracks(0), np.zeros(0, np.uint16), SHAPE, 64).shape == (0, 2)
