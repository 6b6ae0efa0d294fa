from dataclasses import replace

import numpy as np
import pytest

from beadline.simulation.optics import BeadOptics, intensity_table

SMALL = BeadOptics(300.0, 1.6, bandwidth_nm=0.0, condenser_angle_rad=0.0)
RANGE = {"lowest_nm": -2000.0, "highest_nm": -1500.0, "radius_px": 10.0, "z_step_nm": 100.0}


def test_a_table_is_computed_once(tmp_path):
    first = intensity_table(SMALL, **RANGE, cache=tmp_path)
    (kept,) = tmp_path.iterdir()
    np.save(kept, first.values + 1)
    assert np.array_equal(intensity_table(SMALL, **RANGE, cache=tmp_path).values, first.values + 1)
    intensity_table(replace(SMALL, radius_nm=301.0), **RANGE, cache=tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_broken_file_is_computed_anew_and_a_folder_that_is_none_is_not_used(tmp_path):
    first = intensity_table(SMALL, **RANGE, cache=tmp_path)
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(kept.read_bytes()[:200])
    assert np.array_equal(intensity_table(SMALL, **RANGE, cache=tmp_path).values, first.values)
    assert np.array_equal(np.load(kept), first.values)
    assert np.array_equal(intensity_table(SMALL, **RANGE, cache=kept).values, first.values)


def test_between_the_entries_a_table_is_what_would_have_been_computed(table, tmp_path):
    finer = intensity_table(
        BeadOptics(525.0, 1.60, 0.008),
        lowest_nm=-3025,
        highest_nm=-2925,
        radius_px=12,
        z_step_nm=50,
        samples_per_px=10,
        cache=tmp_path,
    )
    radii = np.arange(115) / 10
    for z_nm in (-3025.0, -2975.0):
        assert table.at(z_nm)(radii) == pytest.approx(finer.at(z_nm)(radii), abs=1e-3)


def test_an_empty_range_is_refused(tmp_path):
    with pytest.raises(ValueError, match="from -1500 to -2000 nm"):
        intensity_table(SMALL, lowest_nm=-1500, highest_nm=-2000, radius_px=10, cache=tmp_path)
