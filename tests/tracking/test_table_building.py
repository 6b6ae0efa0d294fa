import numpy as np
import pytest

from beadline.tracking import TableLimits, TrackerOptions, build_lookup_tables

OPTIONS = TrackerOptions()


def build(stack, plane_index, z_nm, ids=(7,), **keywords):
    return build_lookup_tables(stack, plane_index, z_nm, OPTIONS, {"pixel_size_nm": 112.0}, ids, **keywords)


def test_a_table_tells_how_good_it_is(table, planes_nm):
    np.testing.assert_array_equal(table.z_nm, planes_nm)
    assert table.profiles.shape == (len(planes_nm), 48)
    assert table.quality["frames"] == 5 * len(planes_nm)
    assert table.quality["frames_refused"] == 0
    assert table.quality["plane_error_rms_nm"] < 5
    assert table.quality["look_alike"] < 0.9
    assert table.quality["background_adu"] == pytest.approx(120, abs=1)


def test_profiles_are_the_rings_of_the_bead(table, window_image):
    image = window_image(32.0, 32.0, 500.0) / 120 - 1
    np.testing.assert_allclose(table.profiles[25, 1:31], image[32, 33:63], atol=0.02)


def test_the_order_of_planes_and_frames_does_not_matter(sweep, table, planes_nm):
    stack, plane_index = sweep
    shuffled = np.random.default_rng(1).permutation(len(stack))
    last = len(planes_nm) - 1
    built = build(stack[shuffled], last - plane_index[shuffled], planes_nm[::-1])
    np.testing.assert_array_equal(built.tables[0].z_nm, planes_nm)
    np.testing.assert_allclose(built.tables[0].profiles, table.profiles, atol=1e-6)


def test_planes_may_have_different_numbers_of_frames(sweep, planes_nm):
    stack, plane_index = sweep
    keep = (np.arange(len(stack)) % 5 == 0) | (plane_index % 2 == 0)
    built = build(stack[keep], plane_index[keep], planes_nm)
    assert built.tables[0].quality["plane_error_rms_nm"] < 8


def test_wide_pixels_are_as_good(sweep, table, planes_nm):
    stack, plane_index = sweep
    built = build(stack.astype(np.uint16), plane_index, planes_nm)
    np.testing.assert_allclose(built.tables[0].profiles, table.profiles, atol=1e-6)


def test_smoothing_mends_planes_whose_height_is_not_what_was_said(sweep, planes_nm):
    stack, plane_index = sweep
    said = planes_nm + np.random.default_rng(2).normal(0, 15, len(planes_nm))
    rough = build(stack, plane_index, said).tables[0]
    smooth = build(stack, plane_index, said, smoothing_nm=400).tables[0]
    assert smooth.quality["plane_error_rms_nm"] < 0.5 * rough.quality["plane_error_rms_nm"]


def test_each_bead_gets_a_table_or_a_reason(sweep, planes_nm, camera, field_image):
    stack, plane_index = sweep
    rng = np.random.default_rng(4)
    empty = np.array([camera(field_image((64, 64), []), rng) for _ in stack])[:, None]
    still = np.repeat(stack[150:151], len(stack), axis=0)
    built = build(np.concatenate((empty, stack, still), axis=1), plane_index, planes_nm, (1, 2, 3))
    assert [table.bead_id for table in built.tables] == [2]
    assert built.refused[1] == ("Bead 1 has no look-up table: no centre was found in any frame of 61 of 61 planes")
    assert "Bead 3 has no look-up table: " in built.refused[3]


def test_a_table_below_the_limits_is_refused_with_the_reason(sweep, planes_nm):
    stack, plane_index = sweep
    faint = build(stack, plane_index, planes_nm, limits=TableLimits(contrast=0.5))
    assert "its rings have a contrast of 0.0" in faint.refused[7]
    rough = build(stack, plane_index, planes_nm, limits=TableLimits(plane_error_steps=0.001))
    assert "planes measured by the other planes are wrong by" in rough.refused[7]
    alike = build(stack, plane_index, planes_nm, limits=TableLimits(look_alike=0.1))
    assert "planes far apart look alike (correlation 0." in alike.refused[7]


def test_windows_of_another_shape_are_refused(sweep, planes_nm):
    stack, plane_index = sweep
    with pytest.raises(ValueError, match=r"windows of shape .*: \(305, 2, 64, 64\) is expected"):
        build(stack, plane_index, planes_nm, (1, 2))


def test_planes_without_frames_are_refused(sweep, planes_nm):
    stack, plane_index = sweep
    with pytest.raises(ValueError, match=r"planes \[61\] have none"):
        build(stack, plane_index, [*planes_nm, 9000.0])


def test_heights_must_differ(sweep, planes_nm):
    stack, plane_index = sweep
    with pytest.raises(ValueError, match="at least 4 with different heights are needed"):
        build(stack, plane_index, np.zeros_like(planes_nm))


def test_smoothing_with_as_many_knots_as_planes_is_refused(sweep, planes_nm):
    stack, plane_index = sweep
    with pytest.raises(ValueError, match="Cannot smooth 61 planes with knots every 50 nm"):
        build(stack, plane_index, planes_nm, smoothing_nm=50)


def test_the_table_of_a_bead_that_is_not_round_is_the_same_wherever_it_is_in_a_pixel():
    rows, columns = np.mgrid[:64, :64]

    def profiles(x_px, y_px):
        windows = []
        for wave_px in (9.0, 9.5, 10.0, 10.5):
            x, y = columns - x_px, rows - y_px
            r = np.hypot(x, y)
            rings = 0.3 * np.cos(2 * np.pi * r / wave_px) * (1 + 0.4 * x / np.sqrt(r**2 + 20))
            windows.append(np.rint(20000 * (1 + rings)).astype(np.uint16))
        limits = TableLimits(plane_error_steps=9, look_alike=1)
        stack, planes = np.array(windows)[:, None], np.arange(4)
        return build(stack, planes, 100.0 * planes, limits=limits).tables[0].profiles

    middle, aside = profiles(31.5, 31.5), profiles(31.05, 31.5)
    assert np.abs(aside - middle)[:, :40].max() < 0.002
