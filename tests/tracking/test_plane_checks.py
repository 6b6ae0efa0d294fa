import numpy as np
import pytest

from beadline.tracking.plane_checks import look_alike, plane_errors_nm

RADII = np.arange(32.0)


def rings(z_nm):
    return 0.3 * np.exp(-RADII / 12) * np.cos(RADII**2 / 40 - np.asarray(z_nm)[:, None] / 400)


def test_smooth_planes_measure_each_other():
    z_nm = np.arange(0.0, 2000.0, 100.0)
    assert np.abs(plane_errors_nm(z_nm, rings(z_nm))).max() < 5


def test_a_plane_at_another_height_than_was_said_is_seen():
    z_nm = np.arange(0.0, 2000.0, 100.0)
    said = z_nm.copy()
    said[10] += 30
    errors_nm = plane_errors_nm(said, rings(z_nm))
    assert errors_nm[9] == pytest.approx(-30, abs=3)


def test_planes_that_repeat_look_alike():
    period_nm = 2 * np.pi * 400
    assert look_alike(np.linspace(0, 2 * period_nm, 41), rings(np.linspace(0, 2 * period_nm, 41))) > 0.9999
    assert look_alike(np.linspace(0, 0.4 * period_nm, 41), rings(np.linspace(0, 0.4 * period_nm, 41))) < 0.95
