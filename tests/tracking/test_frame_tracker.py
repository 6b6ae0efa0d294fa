from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beadline.tracking import (
    Tracker,
    TrackerOptions,
    build_lookup_tables,
    find_beads,
    track_stack,
    warm_up,
    window_origins,
)
from beadline.tracks import Flag, column_index, empty_tracks, valid

NAMES = ("x_px", "y_px", "z_nm", "gain", "background_adu", "sigma_x_px", "sigma_y_px", "sigma_z_nm", "chi2", "score")
X, Y, Z, GAIN, BACKGROUND, SIGMA_X, SIGMA_Y, SIGMA_Z, CHI2, SCORE = (column_index(name) for name in NAMES)
ORIGIN = np.array([[0, 0]], np.int32)
FEW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SUBPIXEL = st.floats(-1.5, 1.5)
HEIGHT = st.floats(-1900, 3900)


def track_one(frame, table=None, options=None, origin=(0, 0)):
    tables = () if table is None else [table]
    tracks, flags = track_stack(frame[None], np.array([origin], np.int32), options, tables)
    return tracks[0, 0], Flag(int(flags[0, 0]))


@FEW
@given(dx=SUBPIXEL, dy=SUBPIXEL, z_nm=HEIGHT)
def test_a_centre_is_found_without_a_table_at_any_subpixel_position(window_image, rounded, dx, dy, z_nm):
    track, flags = track_one(rounded(window_image(31.5 + dx, 31.5 + dy, z_nm)))
    assert flags == Flag.NO_TABLE
    assert np.hypot(track[X] - 31.5 - dx, track[Y] - 31.5 - dy) < 0.02


@FEW
@given(dx=SUBPIXEL, dy=SUBPIXEL, z_nm=HEIGHT)
def test_a_table_gives_back_heights_between_its_planes_at_any_subpixel_position(
    window_image, rounded, table, dx, dy, z_nm
):
    track, flags = track_one(rounded(window_image(31.5 + dx, 31.5 + dy, z_nm)), table)
    assert flags == 0
    assert abs(track[Z] - z_nm) < 8
    assert np.hypot(track[X] - 31.5 - dx, track[Y] - 31.5 - dy) < 0.02
    assert track[SCORE] > 0.995


@FEW
@given(x0=st.integers(0, 40), y0=st.integers(0, 30), dx=SUBPIXEL, dy=SUBPIXEL)
def test_a_shift_by_whole_pixels_shifts_the_centre_exactly(field_image, rounded, table, x0, y0, dx, dy):
    window = rounded(field_image((72, 72), [(35.5 + dx, 35.5 + dy, 500)]))
    frame = np.full((110, 130), 120, np.uint8)
    frame[y0 : y0 + 72, x0 : x0 + 72] = window
    here, _ = track_one(window, table, origin=(4, 4))
    there, _ = track_one(frame, table, origin=(x0 + 4, y0 + 4))
    assert there[X] - x0 == pytest.approx(here[X], abs=1e-5)
    assert there[Y] - y0 == pytest.approx(here[Y], abs=1e-5)
    np.testing.assert_array_equal(there[2:], here[2:])


@FEW
@given(scale=st.floats(20, 200), offset=st.floats(0, 2000), z_nm=HEIGHT)
def test_brightness_moves_nothing_when_the_gain_of_the_camera_goes_along(window_image, table, scale, offset, z_nm):
    def track(frame, adu_per_electron):
        options = TrackerOptions(adu_per_electron=adu_per_electron)
        return track_one(frame.astype(np.float32), table, options)

    image = window_image(32.3, 30.8, z_nm)
    plain, _ = track(100 * image, 100 / 40)
    brighter, flags = track(scale * image, scale / 40)
    assert flags == 0
    # Thousands of pixels are added up in single precision: 0.016 millipixels and 0.010 nm are the worst that was seen.
    np.testing.assert_allclose(brighter[[X, Y]], plain[[X, Y]], rtol=0, atol=2.5e-5)
    assert brighter[Z] == pytest.approx(plain[Z], abs=0.02)
    # An offset is taken for light, whose shot noise gives all rings more equal weights.
    raised, flags = track(scale * image + offset, scale / 40)
    assert flags == 0
    np.testing.assert_allclose(raised[[X, Y]], plain[[X, Y]], atol=5e-4)
    assert raised[Z] == pytest.approx(plain[Z], abs=0.5)


@FEW
@given(scale=st.floats(0.2, 2), offset=st.floats(0, 20), z_nm=HEIGHT)
def test_brightness_near_that_of_the_table_moves_nothing(window_image, table, scale, offset, z_nm):
    image = window_image(32.3, 30.8, z_nm)
    plain, _ = track_one(image.astype(np.float32), table)
    other, flags = track_one((scale * image + offset).astype(np.float32), table)
    assert flags == 0
    np.testing.assert_allclose(other[[X, Y]], plain[[X, Y]], atol=5e-4)
    assert other[Z] == pytest.approx(plain[Z], abs=0.5)


@pytest.mark.parametrize("tilt", [-0.2, 0.2])
def test_a_tilt_of_the_illumination_moves_nothing(window_image, rounded, table, tilt):
    ramp = 1 + tilt * (np.arange(64) - 31.5) / 64
    track, flags = track_one(rounded(window_image(32.3, 30.8, 700) * ramp), table)
    assert flags == 0
    assert np.hypot(track[X] - 32.3, track[Y] - 30.8) < 0.02
    assert track[Z] == pytest.approx(700, abs=8)


@pytest.mark.parametrize("with_table", [False, True])
@pytest.mark.parametrize("layout", ["u16", "pitch", "strided", "read-only", "fortran"])
def test_type_and_layout_of_a_frame_change_no_number(window_image, rounded, table, layout, with_table):
    frame = rounded(window_image(32.2, 31.1))
    room = np.zeros((64, 128), np.uint8)
    room[:, ::2] = frame
    other = {
        "u16": frame.astype(np.uint16),
        "pitch": np.concatenate((frame, frame), axis=1)[:, :64],
        "strided": room[:, ::2],
        "read-only": frame.copy(),
        "fortran": np.asfortranarray(frame),
    }[layout]
    other.flags.writeable = layout != "read-only"
    options = TrackerOptions(saturation_adu=255)
    expected, flags = track_one(frame, table if with_table else None, options)
    track, other_flags = track_one(other, table if with_table else None, options)
    np.testing.assert_array_equal(track, expected)
    assert flags == other_flags


def test_a_track_depends_on_its_window_alone(field_image, rounded, table):
    frame = rounded(field_image((64, 192), [(32, 32, 0), (160, 31, 1000)]))
    origins = np.array([[0, 0], [64, 0], [128, 0]], np.int32)
    together, _ = track_stack(frame[None], origins, tables=[table, None, table])
    for bead, origin in enumerate(origins):
        alone, _ = track_one(frame, None if bead == 1 else table, origin=origin)
        np.testing.assert_array_equal(together[0, bead], alone)


def test_rings_and_background_are_reported_in_their_units(window_image, rounded):
    track, _ = track_one(rounded(window_image(background=80)))
    assert track[BACKGROUND] == pytest.approx(80, abs=1)
    expected = np.sqrt(np.mean((window_image(background=1) - 1) ** 2))
    tracks, flags, about_rings = empty_tracks(1), np.zeros(1, np.uint16), np.zeros((1, 3), np.float32)
    Tracker(TrackerOptions(), 1).track(rounded(window_image()), ORIGIN, tracks, flags, about_rings)
    share, residual_adu, contrast = about_rings[0]
    assert contrast == pytest.approx(expected, rel=0.1)
    assert share > 0.99
    assert residual_adu < 1


def test_a_bead_without_a_table_has_neither_height_nor_score(window_image, rounded):
    track, flags = track_one(rounded(window_image()))
    assert flags == Flag.NO_TABLE
    assert np.isnan(track[[Z, SCORE]]).all()


@pytest.mark.parametrize("origin", [(-1, 0), (0, -1), (1, 0), (0, 1), (-2000000000, 2000000000)])
def test_a_window_over_the_edge_of_the_frame_is_flagged(window_image, rounded, table, origin):
    track, flags = track_one(rounded(window_image()), table, origin=origin)
    assert flags & Flag.EDGE
    assert np.isnan(track).all()


def test_a_bead_too_near_to_the_edge_for_its_window_to_follow_is_flagged(field_image, rounded, table):
    track, flags = track_one(rounded(field_image((64, 200), [(21, 32, 500)])), table)
    assert flags == Flag.EDGE
    assert track[X] == pytest.approx(21, abs=0.03)


@pytest.mark.parametrize("with_table", [False, True])
@pytest.mark.parametrize(("x_px", "cut"), [(31.5, False), (30.6, False), (29.2, True), (25.3, True)])
def test_a_disc_that_the_edge_of_the_frame_cuts_is_told_and_measured(
    field_image, rounded, table, with_table, x_px, cut
):
    frame = rounded(field_image((64, 200), [(x_px, 32, 500)]))
    track, flags = track_one(frame, table if with_table else None)
    assert flags & ~Flag.NO_TABLE == (Flag.CUT if cut else 0)
    assert valid(np.array([flags], np.uint16)).all()
    assert track[X] == pytest.approx(x_px, abs=0.02)


def empty_windows(field_image, camera, count=1000):
    rng = np.random.default_rng(3)
    background = field_image((64, 64), [])
    return np.array([camera(background, rng) for _ in range(count)])


def test_a_window_without_a_bead_has_no_centre_without_a_table(field_image, camera):
    tracks, flags = track_stack(empty_windows(field_image, camera), ORIGIN)
    assert (flags & Flag.NOT_CONVERGED > 0).all()
    assert np.isnan(tracks[..., [X, Y, Z, SCORE]]).all()


def test_a_window_without_a_bead_looks_like_no_table(field_image, camera, table):
    tracks, flags = track_stack(empty_windows(field_image, camera), ORIGIN, tables=[table])
    assert (flags & Flag.LOW_SCORE > 0).all()
    lost = flags & Flag.NOT_CONVERGED > 0
    assert np.isnan(tracks[lost][..., [X, Y, Z, SCORE]]).all()
    # Noise can look a little like rings, but like very faint ones.
    assert (flags[~lost] & Flag.GAIN > 0).all()
    assert np.nanmax(tracks[..., GAIN]) < 0.05


@pytest.mark.parametrize("value", [0, 120, 255])
def test_a_window_of_one_grey_is_flagged(table, value):
    track, flags = track_one(np.full((64, 64), value, np.uint8), table)
    assert flags & Flag.NOT_CONVERGED
    assert track[BACKGROUND] == value


@pytest.mark.parametrize("z_nm", [-2600, 4700])
def test_a_height_outside_the_table_is_flagged(window_image, rounded, table, z_nm):
    track, flags = track_one(rounded(window_image(z_nm=z_nm)), table)
    assert flags & (Flag.Z_RANGE | Flag.LOW_SCORE)
    assert np.isnan(track[Z]) or flags & Flag.LOW_SCORE


def test_a_bead_that_looks_unlike_its_table_is_flagged(window_image, rounded, table):
    inverted = 240 - window_image()
    _, flags = track_one(rounded(inverted), table)
    assert flags & (Flag.LOW_SCORE | Flag.NOT_CONVERGED)


@pytest.mark.parametrize("distance_px", [9, 14, 20])
def test_two_beads_in_one_window_are_flagged(field_image, camera, table, distance_px):
    rng = np.random.default_rng(5)
    frames = np.array(
        [camera(field_image((64, 64), [(31.5, 31.5, 500), (31.5 + distance_px, 30, 900)]), rng) for _ in range(5)]
    )
    _, flags = track_stack(frames, ORIGIN, tables=[table])
    assert (flags != 0).all()


def test_saturated_pixels_are_flagged(window_image, rounded, table):
    _, flags = track_one(rounded(1.9 * window_image()), table)
    assert flags & Flag.SATURATED
    _, flags = track_one(rounded(window_image()).astype(np.uint16), table, TrackerOptions(saturation_adu=125))
    assert flags & Flag.SATURATED
    _, flags = track_one(rounded(window_image()), table)
    assert flags == 0


@pytest.mark.parametrize(("dx", "dy"), [(10, 0), (-10, 4), (7, -9)])
def test_a_bead_far_from_the_middle_of_its_window_is_found(window_image, camera, table, dx, dy):
    rng = np.random.default_rng(11)
    for z_nm in (-1500, 200, 2500):
        track, flags = track_one(camera(window_image(31.5 + dx, 31.5 + dy, z_nm), rng), table)
        # the frame ends at the window here, so the bead is at the edge of it
        assert flags & ~(Flag.EDGE | Flag.CUT) == 0
        assert np.hypot(track[X] - 31.5 - dx, track[Y] - 31.5 - dy) < 0.06
        assert track[Z] == pytest.approx(z_nm, abs=20)


def test_noise_of_a_track_stays_near_the_limit_of_shot_noise(window_image, camera, table):
    rng = np.random.default_rng(1)
    truth = np.column_stack((rng.uniform(30, 33, (60, 2)), rng.uniform(-1800, 3800, 60)))
    frames = np.array([camera(window_image(*each), rng) for each in truth])
    tracks, flags = track_stack(frames, ORIGIN, tables=[table])
    assert not flags.any()
    # about 5000 electrons per pixel and rings of 7 % rms: 0.007 px and 3 nm are measured
    error = tracks[:, 0, [X, Y, Z]] - truth
    assert np.sqrt(np.mean(error[:, :2] ** 2)) < 0.010
    assert np.sqrt(np.mean(error[:, 2] ** 2)) < 5
    pull = error / tracks[:, 0, [SIGMA_X, SIGMA_Y, SIGMA_Z]]
    assert pull.std(axis=0) == pytest.approx(1, abs=0.3)
    assert np.median(tracks[:, 0, CHI2]) == pytest.approx(1, abs=0.1)
    assert tracks[:, 0, GAIN] == pytest.approx(1, abs=0.05)


def test_a_quick_look_is_nearly_as_good_on_a_round_bead(window_image, camera, table):
    frame = camera(window_image(31.8, 31.1, 700), np.random.default_rng(2))
    exact, _ = track_one(frame, table)
    quick, flags = track_one(frame, table, TrackerOptions(polish=False))
    assert flags == 0
    sigmas = [SIGMA_X, SIGMA_Y, SIGMA_Z]
    assert (np.abs(quick - exact)[[X, Y, Z]] < 3 * quick[sigmas]).all()
    assert (quick[sigmas] < 1.6 * exact[sigmas]).all()  # half the pixels are looked at: 1.41 and a little


def test_threads_change_no_number(window_image, camera, table):
    rng = np.random.default_rng(14)
    frames = np.array([camera(window_image(31 + shift, 31.5, 300), rng) for shift in np.linspace(0, 1, 9)])
    many = np.resize(frames, (300, 64, 64))  # enough for more than one thread
    alone = track_stack(frames, ORIGIN, tables=[table])
    together = track_stack(many, ORIGIN, tables=[table], threads=2)
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(np.resize(one, other.shape), other)


def test_frames_of_floats_give_the_same_and_pixels_that_are_no_numbers_are_flagged(window_image, rounded, table):
    frame = rounded(window_image(31.8, 31.1, 700))
    expected, _ = track_one(frame, table)
    same, flags = track_one(frame.astype(np.float32), table)
    np.testing.assert_array_equal(same, expected)
    assert flags == 0
    spoilt = frame.astype(np.float32)
    spoilt[20, 30] = np.nan
    _, flags = track_one(spoilt, table)
    assert flags & Flag.INVALID_PIXELS


@pytest.mark.parametrize("distance_px", [30, 34])
def test_a_neighbour_is_noticed_and_disturbs_little(field_image, camera, table, distance_px):
    rng = np.random.default_rng(15)
    frames = np.array(
        [camera(field_image((96, 128), [(48, 48, 500), (48 + distance_px, 50, 500)]), rng) for _ in range(5)]
    )
    tracks, flags = track_stack(frames, np.array([[16, 16]], np.int32), tables=[table])
    assert (flags & Flag.CHI_SQUARE > 0).all()
    assert np.abs(tracks[:, 0, X] - 48).max() < 0.06
    assert np.abs(tracks[:, 0, Z] - 500).max() < 40


def test_a_motion_during_the_exposure_is_told_and_keeps_the_mean_position(window_image, camera, table):
    rng = np.random.default_rng(16)
    smeared = np.mean([window_image(31.5 + shift, 31.5, 500) for shift in np.linspace(-1, 1, 9)], axis=0)
    frames = np.array([camera(smeared, rng) for _ in range(10)])
    tracks, flags = track_stack(frames, ORIGIN, tables=[table])
    assert (flags & Flag.BLURRED > 0).mean() > 0.8
    assert np.abs(tracks[:, 0, X] - 31.5).max() < 0.04
    assert valid(np.array([Flag.BLURRED], np.uint16)).all()


def test_shifting_the_recorded_frame_shifts_its_beads(real_frame):
    beads = find_beads(real_frame)
    x, y = np.array([(bead.x_px, bead.y_px) for bead in beads]).T
    origins = window_origins(x, y, 64)
    frequency_y, frequency_x = np.fft.fftfreq(real_frame.shape[0])[:, None], np.fft.rfftfreq(real_frame.shape[1])
    spectrum = np.fft.rfft2(real_frame)
    shifts = [(0.0, 0.0), (0.25, 0.4), (0.5, -0.3)]
    moved = [
        np.fft.irfft2(spectrum * np.exp(-2j * np.pi * (frequency_x * dx + frequency_y * dy)), real_frame.shape)
        for dx, dy in shifts
    ]
    frames = np.clip(np.rint(moved), 0, 255).astype(np.uint8)
    tracks, flags = track_stack(frames, origins)
    assert (flags & ~(Flag.NO_TABLE | Flag.SATURATED) == 0).mean() > 0.97
    error = tracks[1:, :, :2] - tracks[:1, :, :2] - np.array(shifts[1:])[:, None]
    assert np.sqrt(np.nanmean(error**2)) < 0.015


def test_the_same_tracker_may_be_called_from_many_threads(window_image, rounded, table):
    frames = [rounded(window_image(31.5 + shift, 31.5, 300)) for shift in np.linspace(-1, 1, 12)]
    tracker = Tracker(TrackerOptions(), 1, [table], threads=2)

    def measure(frame):
        tracks, flags = empty_tracks(260, 1), np.zeros((260, 1), np.uint16)
        tracker.track_frames(np.resize(frame, (260, 64, 64)), ORIGIN, tracks, flags)
        return tracks

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(measure, frames))
    np.testing.assert_array_equal(together, [measure(frame) for frame in frames])


def test_warming_up_again_takes_no_time():
    warm_up()
    assert warm_up() < 0.1


def test_a_frame_of_floats_is_refused():
    with pytest.raises(TypeError, match=r"type float64 and shape .* must be uint8 or uint16"):
        track_one(np.zeros((64, 64)))


def test_windows_for_other_beads_are_refused(window_image, rounded):
    tracker = Tracker(TrackerOptions(), 1)
    with pytest.raises(ValueError, match=r"windows of shape \(2, 2\): this tracker was made for 1 beads"):
        tracker.track(rounded(window_image()), np.zeros((2, 2), np.int32), empty_tracks(2), np.zeros(2, np.uint16))


def test_windows_at_fractions_of_a_pixel_are_refused(window_image, rounded):
    tracker = Tracker(TrackerOptions(), 1)
    with pytest.raises(TypeError, match="windows begin at whole pixels"):
        tracker.track(rounded(window_image()), np.zeros((1, 2)), empty_tracks(1), np.zeros(1, np.uint16))


def test_a_tracker_of_no_beads_does_nothing():
    tracks, flags = track_stack(np.zeros((3, 80, 80), np.uint8), np.zeros((0, 2), np.int32))
    assert tracks.shape == (3, 0, len(NAMES))
    assert flags.shape == (3, 0)


@pytest.mark.parametrize("options", [TrackerOptions(window_px=48), TrackerOptions(window_px=100)])
def test_other_windows_and_samplings_work_alike(field_image, camera, options):
    side = options.window_px
    middle = (side - 1) / 2
    rng = np.random.default_rng(6)
    heights = np.arange(-800.0, 801.0, 100.0)
    stack = np.array([camera(field_image((side, side), [(middle, middle, z)]), rng) for z in heights for _ in range(3)])
    built = build_lookup_tables(stack[:, None], np.repeat(np.arange(len(heights)), 3), heights, options, {}, [0])
    track, flags = track_one(
        camera(field_image((side, side), [(middle + 0.4, middle - 0.3, 333)]), rng), built.tables[0], options
    )
    assert flags == 0
    np.testing.assert_allclose(track[:2], [middle + 0.4, middle - 0.3], atol=0.03)
    assert track[Z] == pytest.approx(333, abs=15)


def test_tables_must_be_as_many_as_beads(table):
    with pytest.raises(ValueError, match="Cannot track 3 beads with 2 look-up tables"):
        Tracker(TrackerOptions(), 3, [table, None])


def test_a_table_of_another_window_is_refused(table):
    with pytest.raises(ValueError, match="window_px is 48 but was 64"):
        Tracker(TrackerOptions(window_px=48), 1, [table])


@pytest.mark.parametrize("window_px", [16, 32])
def test_a_small_bead_at_the_edge_is_found_wherever_in_a_pixel_it_is(window_px):
    """A ring of a cut disc may hold no pixel at all."""
    half, rows, columns = window_px / 2, *np.indices((120, 120))
    origin = np.array([[0, 52 - window_px // 2]], np.int32)
    for x_px in np.arange(0.35 * window_px, half, 0.25):
        radius = np.hypot(columns - x_px, rows - 51.5)
        image = 120 + 60 * np.cos(8 * radius / window_px) * np.exp(-((radius / (0.3 * window_px)) ** 2))
        tracks, flags = track_stack(np.rint(image).astype(np.uint8)[None], origin, TrackerOptions(window_px=window_px))
        assert flags[0, 0] & Flag.NOT_CONVERGED == 0, x_px
        assert tracks[0, 0, X] == pytest.approx(x_px, abs=0.1)


def test_the_background_of_a_lost_bead_does_not_depend_on_other_beads(field_image, rounded, table):
    frame = rounded(field_image((64, 64), [(54, 32, 300)]))[None]
    alone, flags = track_stack(frame, ORIGIN, tables=[table])
    among, _ = track_stack(frame, np.repeat(ORIGIN, 2, axis=0), tables=[table, None])
    assert flags[0, 0] & Flag.NOT_CONVERGED
    np.testing.assert_array_equal(among[:, 0], alone[:, 0])
    assert 100 < alone[0, 0, BACKGROUND] < 140


@pytest.mark.parametrize("window_px", [16, 512])
def test_the_smallest_and_the_largest_window_are_measured(window_px):
    side, x_px = window_px + 4, window_px / 2 + 2.2
    rows, columns = np.indices((side, side))
    radius = np.hypot(columns - x_px, rows - x_px)
    image = 120 + 60 * np.cos(12 * radius / window_px) * np.exp(-((4 * radius / window_px) ** 2))
    origin = np.full((1, 2), 2, np.int32)
    tracks, flags = track_stack(np.rint(image).astype(np.uint8)[None], origin, TrackerOptions(window_px=window_px))
    assert flags[0, 0] == Flag.NO_TABLE
    assert tracks[0, 0, [X, Y]] == pytest.approx(x_px, abs=0.02)


def test_what_is_no_stack_of_frames_is_refused(window_image, rounded):
    frame = rounded(window_image(31.5, 31.5, 300))
    with pytest.raises(ValueError, match=r"shape \(64, 64\): \(frames, rows, columns\) is expected"):
        track_stack(frame, ORIGIN)
    with pytest.raises(ValueError, match=r"windows of shape \(2, 2\)"):
        Tracker(TrackerOptions(), 3).track_frames(
            frame[None], np.zeros((2, 2), np.int32), empty_tracks(1, 3), np.zeros((1, 3), np.uint16)
        )
    with pytest.raises(TypeError, match="float"):
        Tracker(TrackerOptions(), 1, windows_px=[64.9])
    with pytest.raises(ValueError, match="0 threads: at least 1"):
        Tracker(TrackerOptions(), 1, threads=0)
