import numpy as np
import pytest

from beadline.tracking import (
    LookupTable,
    TrackerOptions,
    build_templates,
    load_lookup_tables,
    save_lookup_tables,
    track_stack,
)
from beadline.tracks import Flag, column_index, valid

X, Y, Z, SIGMA_X, SIGMA_Z, CHI2 = (
    column_index(name) for name in ("x_px", "y_px", "z_nm", "sigma_x_px", "sigma_z_nm", "chi2")
)
OPTIONS = TrackerOptions()
ORIGIN = np.array([[0, 0]], np.int32)


def template_of(windows, bead_id=0):
    built = build_templates(np.asarray(windows)[:, None], OPTIONS, {}, [bead_id])
    assert not built.refused
    return built.tables[0]


def oval_image(x_px, y_px):
    """Draw rings that are stronger on one side."""
    rows, columns = np.mgrid[:64, :64]
    x, y = columns - x_px, rows - y_px
    r = np.hypot(x, y)
    return 20000 * (1 + 0.3 * np.cos(r / 1.6) * np.exp(-((r / 14) ** 2)) * (1 + 0.2 * x / np.hypot(r, 4)))


@pytest.fixture(scope="module")
def template(window_image, camera):
    rng = np.random.default_rng(21)
    return template_of([camera(window_image(31.3, 32.1), rng) for _ in range(10)])


def test_a_template_tells_x_and_y_with_their_errors_and_no_height(template, window_image, camera):
    rng = np.random.default_rng(22)
    truth = rng.uniform(30, 33, (60, 2))
    frames = np.array([camera(window_image(x_px, y_px), rng) for x_px, y_px in truth])
    tracks, flags = track_stack(frames, ORIGIN, OPTIONS, [template])
    assert (flags == Flag.NO_TABLE).all()
    assert valid(flags).all()
    pulls = (tracks[:, 0, [X, Y]] - truth) / tracks[:, 0, [SIGMA_X]]
    assert 0.85 < np.sqrt((pulls**2).mean()) < 1.2
    assert np.isnan(tracks[:, 0, [Z, SIGMA_Z]]).all()
    assert np.median(tracks[:, 0, CHI2]) == pytest.approx(1, abs=0.1)


def test_a_bead_that_is_not_round_is_found_alike_at_all_places_in_a_pixel():
    truth = np.random.default_rng(23).uniform(31, 32, (40, 2))
    frames = np.rint([oval_image(x_px, y_px) for x_px, y_px in truth]).astype(np.uint16)
    template = template_of(frames[:4])

    def spread(tables):
        tracks, _ = track_stack(frames, ORIGIN, OPTIONS, tables)
        return (tracks[:, 0, [X, Y]] - truth).std(axis=0).max()

    assert spread([template]) < 0.5 * spread([])


def test_beads_with_templates_tables_and_nothing_do_not_touch_each_other(template, table, window_image, camera):
    rng = np.random.default_rng(24)
    frames = np.array([camera(window_image(31.8, 31.1), rng) for _ in range(70)])
    kinds = [template, table, None]
    together, flags = track_stack(frames, np.zeros((3, 2), np.int32), OPTIONS, kinds)
    for bead, kind in enumerate(kinds):
        alone, marks = track_stack(frames, ORIGIN, OPTIONS, [kind])
        np.testing.assert_array_equal(together[:, bead], alone[:, 0])
        np.testing.assert_array_equal(flags[:, bead], marks[:, 0])


def test_a_bead_that_left_the_height_of_its_template_is_flagged(template, window_image, rounded):
    _, flags = track_stack(rounded(window_image(z_nm=2500))[None], ORIGIN, OPTIONS, [template])
    assert not valid(flags).any()


def test_templates_are_kept_in_files_of_tables(template, tmp_path):
    save_lookup_tables(tmp_path / "templates.h5", [template], {})
    (loaded,) = load_lookup_tables(tmp_path / "templates.h5")
    assert loaded.sha256 == template.sha256


def test_windows_without_a_bead_make_no_template(field_image, camera):
    rng = np.random.default_rng(25)
    empty = np.array([camera(field_image((64, 64), []), rng) for _ in range(4)])[:, None]
    built = build_templates(empty, OPTIONS, {}, [3])
    assert built.refused == {3: "Bead 3 has no template: no centre was found in any frame of 1 of 1 planes"}


def test_one_plane_of_a_known_height_is_neither_table_nor_template():
    with pytest.raises(ValueError, match="at least 4 are needed, with increasing heights; or one of the height NaN"):
        LookupTable(7, np.array([0.0]), np.zeros((1, 48)), OPTIONS)


def test_templates_need_windows_of_the_right_shape():
    with pytest.raises(ValueError, match=r"windows of shape \(0, 1, 64, 64\): .* at least 1 frame"):
        build_templates(np.zeros((0, 1, 64, 64), np.uint8), OPTIONS, {}, [0])
