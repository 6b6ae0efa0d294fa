from dataclasses import replace

import numpy as np
import pytest

from beadline.tracking import LookupTable, TrackerOptions, check_matches


def test_a_table_has_a_fingerprint_of_its_content(table):
    assert replace(table).sha256 == table.sha256
    assert replace(table, z_nm=table.z_nm + 1e-9).sha256 != table.sha256
    assert replace(table, optics={**table.optics, "focal_factor": 0.9}).sha256 != table.sha256
    assert replace(table, bead_id=8).sha256 != table.sha256


def test_a_table_cannot_be_changed(table):
    with pytest.raises(ValueError, match="read-only"):
        table.profiles[0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        table.z_nm[0] = 1


def test_a_table_knows_the_step_of_its_radii(table):
    assert table.radius_step_px == 1
    assert table.options_hash == TrackerOptions().hash


@pytest.mark.parametrize("z_nm", [[0, 1, 2], [0, 1, 1, 2], [3, 2, 1, 0]])
def test_too_few_or_unordered_planes_are_refused(z_nm):
    with pytest.raises(ValueError, match=r"bead 7 from \d planes: at least 4 are needed, with increasing"):
        LookupTable(7, np.array(z_nm, float), np.zeros((len(z_nm), 48), np.float32), TrackerOptions())


def test_profiles_of_another_size_are_refused():
    with pytest.raises(ValueError, match=r"profiles of shape \(4, 30\): 4 planes with 48 finite numbers"):
        LookupTable(7, np.arange(4.0), np.zeros((4, 30), np.float32), TrackerOptions())


def test_profiles_with_holes_are_refused():
    with pytest.raises(ValueError, match="4 planes with 48 finite numbers"):
        LookupTable(7, np.arange(4.0), np.full((4, 48), np.nan, np.float32), TrackerOptions())


def test_a_table_matches_its_own_settings_and_other_limits(table, optics):
    check_matches(table, TrackerOptions(score_limit=0.5, polish=False), optics)
    check_matches(table, table.options, {})


def test_a_table_of_other_optics_is_refused_with_the_difference(table, optics):
    with pytest.raises(ValueError, match=r"table of bead 7: focal_factor is 1.0 but was 0.878; make a new table"):
        check_matches(table, table.options, {**optics, "focal_factor": 1.0})
    with pytest.raises(ValueError, match="objective is 60x water but was 100x oil"):
        check_matches(table, table.options, {**optics, "objective": "60x water"})


def test_a_table_of_another_window_is_refused_with_the_difference(table, optics):
    with pytest.raises(ValueError, match="window_px is 80 but was 64"):
        check_matches(table, TrackerOptions(window_px=80), optics)
