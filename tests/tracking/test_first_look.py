"""Of a round bead, every other row of pixels is enough for the first look."""

from dataclasses import replace

import numpy as np
import pytest

from beadline.tracking import TrackerOptions, prepared_tables, track_stack
from beadline.tracks import column_index, valid

ORIGIN = np.array([[0, 0]], np.int32)
PLACES = [column_index(name) for name in ("x_px", "y_px", "z_nm")]
SIGMAS = [column_index(name) for name in ("sigma_x_px", "sigma_y_px", "sigma_z_nm")]
OPTIONS = TrackerOptions()


@pytest.fixture(scope="module")
def frames(window_image, camera):
    rng = np.random.default_rng(31)
    return np.array([
        camera(window_image(*rng.uniform(31, 32, 2), rng.uniform(-1800, 3800)), rng) for _ in range(150)
    ])  # fmt: skip


def strides(table):
    return prepared_tables.prepare([table], OPTIONS).strides.tolist()


def test_it_takes_half_the_pixels_of_a_round_bead_and_all_of_another(table):
    uneven = replace(table, unevenness=np.full_like(table.profiles, 4e-4))
    assert strides(table) == [2]
    assert strides(uneven) == strides(None) == [1]


def test_the_exact_look_makes_up_for_it(table, frames, monkeypatch):
    halved, flags = track_stack(frames, ORIGIN, OPTIONS, [table])
    monkeypatch.setattr(prepared_tables, "_ROUND", 0.0)
    whole, _ = track_stack(frames, ORIGIN, OPTIONS, [table])
    assert strides(table) == [1]
    assert valid(flags).all()
    difference = (halved - whole)[:, 0, PLACES] / whole[:, 0, SIGMAS]
    assert 0 < np.sqrt((difference**2).mean()) < 0.1
    ratio = halved[:, 0, SIGMAS] / whole[:, 0, SIGMAS]
    assert np.median(ratio, axis=0) == pytest.approx(1, abs=0.02)


def test_a_quick_look_tells_that_its_noise_is_greater(table, frames, monkeypatch):
    quick = TrackerOptions(polish=False)
    halved, _ = track_stack(frames, ORIGIN, quick, [table])
    monkeypatch.setattr(prepared_tables, "_ROUND", 0.0)
    whole, _ = track_stack(frames, ORIGIN, quick, [table])
    ratio = np.median(halved[:, 0, SIGMAS] / whole[:, 0, SIGMAS], axis=0)
    assert ratio == pytest.approx(np.sqrt(2), rel=0.06)  # every other row, those through the centre among them
