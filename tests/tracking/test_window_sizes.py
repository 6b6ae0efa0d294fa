import numpy as np
import pytest

from beadline.tracking import Tracker, TrackerOptions, build_lookup_tables, next_origins, track_stack, window_origins
from beadline.tracks import empty_tracks

SIZES = (64, 100, 48)
PLACES = ((60.3, 60.8, 500.0), (150.2, 70.4, 900.0), (240.7, 55.1, 200.0))


@pytest.fixture(scope="module")
def wide_table(field_image, camera, planes_nm):
    rng = np.random.default_rng(3)
    stack = np.array([camera(field_image((100, 100), [(49.4, 49.8, z)]), rng) for z in planes_nm for _ in range(3)])
    options = TrackerOptions(window_px=100)
    return build_lookup_tables(
        stack[:, None], np.repeat(np.arange(len(planes_nm)), 3), planes_nm, options, {}, [1]
    ).tables[0]


@pytest.fixture(scope="module")
def frames(field_image, camera):
    rng = np.random.default_rng(4)
    return np.array([camera(field_image((130, 290), list(PLACES)), rng) for _ in range(3)])


@pytest.fixture(scope="module")
def origins():
    x_px, y_px, _ = np.array(PLACES).T
    return window_origins(x_px, y_px, np.array(SIZES))


def test_a_bead_among_windows_of_other_sizes_is_measured_as_alone(frames, origins, table, wide_table):
    tables = [table, wide_table, None]
    tracks, flags = track_stack(frames, origins, tables=tables, windows_px=SIZES, threads=2)
    for bead, size in enumerate(SIZES):
        options = TrackerOptions(window_px=size)
        alone, marks = track_stack(frames, origins[bead : bead + 1], options, tables[bead : bead + 1])
        np.testing.assert_array_equal(tracks[:, bead], alone[:, 0])
        np.testing.assert_array_equal(flags[:, bead], marks[:, 0])
    np.testing.assert_allclose(tracks[..., 2].mean(axis=0)[:2], [500, 900], atol=10)


def test_frame_by_frame_and_all_frames_at_once_are_the_same(frames, origins, table, wide_table):
    tables = [table, wide_table, None]
    together, marks = track_stack(frames, origins, tables=tables, windows_px=SIZES)
    tracker = Tracker(TrackerOptions(), 3, tables, SIZES)
    tracks, flags = empty_tracks(3, 3), np.zeros((3, 3), np.uint16)
    tracker.track_frames(frames, origins, tracks, flags)
    np.testing.assert_array_equal(tracks, together)
    one, flag, about_rings = empty_tracks(3), np.zeros(3, np.uint16), np.zeros((3, 3), np.float32)
    tracker.track(frames[0], origins, one, flag, about_rings)
    np.testing.assert_array_equal(one, together[0])
    np.testing.assert_array_equal(flag, marks[0])
    assert (about_rings[:, 0] > 0.8).all()


def test_windows_of_each_size_are_centred_and_follow(origins):
    x_px, y_px, _ = np.array(PLACES).T
    for bead, size in enumerate(SIZES):
        assert (origins[bead] == window_origins(x_px[bead : bead + 1], y_px[bead : bead + 1], size)[0]).all()
    moved = empty_tracks(3)
    moved[:, 0], moved[:, 1] = x_px + 7, y_px
    new = next_origins(origins, moved, np.zeros(3, np.uint16), (130, 290), np.array(SIZES))
    assert (new == window_origins(x_px + 7, y_px, np.array(SIZES))).all()
    moved[:, 0] = 280
    new = next_origins(origins, moved, np.zeros(3, np.uint16), (130, 290), np.array(SIZES))
    assert new[:, 0].tolist() == [290 - size for size in SIZES]


def test_sizes_must_be_as_many_as_beads_and_fit_their_tables(table):
    with pytest.raises(ValueError, match="Cannot track 2 beads with 1 sizes of windows: give one for each bead"):
        Tracker(TrackerOptions(), 2, windows_px=[64])
    with pytest.raises(ValueError, match="window_px is 100 but was 64"):
        Tracker(TrackerOptions(), 2, [None, table], [64, 100])
    with pytest.raises(ValueError, match="windows of 63 px: window_px must be even"):
        Tracker(TrackerOptions(), 1, windows_px=[63])
