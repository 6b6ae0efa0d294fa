import numpy as np
import pytest

from beadline.simulation.bead_kinds import BEAD_KINDS
from beadline.simulation.light_path import LightPath
from beadline.simulation.optics import intensity
from beadline.simulation.ring_table import PLANE_STEP_NM, ring_table

PIXEL_NM = 112.0
WORKING_NM = np.arange(-11000, -2500, 100.0)
"""Where beads are with the focus within 3 µm of its start."""


@pytest.fixture(params=BEAD_KINDS)
def optics(request):
    return LightPath().of_bead(BEAD_KINDS[request.param], PIXEL_NM, 9500.0)


@pytest.fixture
def table(optics):
    return ring_table(optics, 96)


def working_profiles(table, radius_px=31):
    planes = table.rings[np.round(table.plane(WORKING_NM)).astype(int), : radius_px * table.samples_per_px]
    weighed = planes * np.sqrt(np.arange(planes.shape[1]))
    return weighed / np.linalg.norm(weighed, axis=1, keepdims=True)


def test_no_two_heights_look_alike_in_the_working_range(table):
    likeness = working_profiles(table) @ working_profiles(table).T
    apart = abs(WORKING_NM[:, None] - WORKING_NM) >= 500
    assert likeness[apart].max() < 0.995


def test_the_likeness_falls_steadily_near_the_same_height(table):
    likeness = working_profiles(table) @ working_profiles(table).T
    for row in range(10, len(WORKING_NM) - 10):
        assert (np.diff(likeness[row, row : row + 6]) < 0).all()


def test_rings_do_not_saturate_a_usual_background_in_the_working_range(table):
    planes = table.rings[np.round(table.plane(WORKING_NM)).astype(int)]
    assert 120 * (1 + planes.max()) < 250


def test_rings_end_at_the_edge_of_the_patch(table):
    assert (table.rings[:, -2:] == 0).all()
    assert table.radius_px == 48


def test_a_bead_far_out_of_focus_fades(table):
    strongest = abs(table.rings).max(axis=1)
    assert strongest[0] == strongest[-1] == 0
    assert (np.diff(strongest[:30]) >= 0).all()


def test_light_is_neither_negative_nor_made(table):
    assert table.rings.min() >= -1
    assert len(table.rings) * PLANE_STEP_NM > 30000


def test_the_rings_are_wider_the_further_out_of_focus(table):
    def width_px(defocus_nm):
        plane = table.rings[round(float(table.plane(np.array(defocus_nm))))]
        radii = np.arange(len(plane)) / table.samples_per_px
        return np.sqrt(np.sum(plane**2 * radii**3) / np.sum(plane**2 * radii))

    widths = [width_px(defocus_nm) for defocus_nm in (-2000, -4000, -6000)]
    assert widths == sorted(widths)


def test_a_bead_that_is_not_there_leaves_no_trace():
    water = LightPath(refractive_index=1.33, extinction=0.0).of_bead(BEAD_KINDS["MyOne"], PIXEL_NM, 9500.0)
    assert abs(ring_table(water, 32).rings).max() < 1e-6


def test_rings_are_those_of_the_theory_between_the_heights_and_radii_that_were_computed(optics, table):
    defocus_nm = np.array([-9630.0, -6420.0, -5530.0, -3070.0])
    radii_px = np.arange(3, 16 * 40, 7) / 16
    fine_px = np.arange(radii_px[-1] * 16 + 1) / 16
    expected = intensity(optics, defocus_nm, fine_px * PIXEL_NM)[:, 3::7] - 1
    below = np.floor(table.plane(defocus_nm)).astype(int)
    part = (table.plane(defocus_nm) - below)[:, None]
    found = (1 - part) * table.rings[below] + part * table.rings[below + 1]
    # half a step of 50 nm away from a plane a straight line is 1 % off, the cubic of the loops is not
    np.testing.assert_allclose(found[:, 3 : 16 * 40 : 7], expected, atol=0.02)
