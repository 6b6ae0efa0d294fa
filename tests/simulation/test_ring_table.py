import numpy as np
import pytest

from beadline.simulation.bead_kinds import BEAD_KINDS
from beadline.simulation.light_path import LightPath
from beadline.simulation.optics import intensity, mie_coefficients
from beadline.simulation.ring_table import ring_table

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


def test_the_light_that_a_bead_takes_away_is_the_same_at_every_focus(optics, table):
    radii_px = np.arange(table.rings.shape[1]) / table.samples_per_px
    outer = np.clip((radii_px / (0.9 * table.radius_px) - 0.5) / 0.5, 0, 1)
    # a smooth end, as rings grow weaker only as fast as circles grow
    weights = 2 * np.pi * radii_px / table.samples_per_px * (1 - outer**2 * (3 - 2 * outer))
    planes = table.rings[np.round(table.plane(np.arange(-500, 1501, 250.0))).astype(int)]
    missing_px2 = -planes @ weights
    np.testing.assert_allclose(missing_px2, missing_px2.mean(), rtol=0.04)
    # though what is bright and dark differs widely
    assert (abs(planes) @ weights).max() > 1.3 * (abs(planes) @ weights).min()
    in_medium = optics.medium_index / optics.wavelength_nm
    sphere = complex(optics.refractive_index, optics.extinction) / optics.medium_index
    extinction = mie_coefficients(2 * np.pi * optics.radius_nm * in_medium, sphere).extinction_efficiency
    assert 0 < missing_px2.mean() < extinction * np.pi * (optics.radius_nm / PIXEL_NM) ** 2


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


def seen(table, defocus_nm, radii_px):
    """Interpolate as the loops do: a cubic through four heights, straight lines along the radius."""
    place = float(table.plane(np.array(defocus_nm)))
    below = int(np.floor(place))
    f = place - below
    a, b, c, d = table.rings[below - 1 : below + 3].astype(float)
    rings = b + 0.5 * f * (c - a + f * (2 * a - 5 * b + 4 * c - d + f * (3 * (b - c) + d - a)))
    return np.interp(radii_px, np.arange(len(rings)) / table.samples_per_px, rings)


@pytest.mark.parametrize(
    ("defocus_nm", "error"),
    [((-9630.0, -5530.0, -3070.0, -2525.0), 0.005), ((-975.0, -650.0, -350.0, -50.0), 0.025)],
    ids=["working range", "near focus"],
)
def test_rings_are_those_of_the_theory_between_the_heights_and_radii_of_the_table(optics, table, defocus_nm, error):
    radii_px = np.arange(0, 40, 1 / 32)
    expected = intensity(optics, np.array(defocus_nm), radii_px * PIXEL_NM) - 1
    found = np.array([seen(table, each, radii_px) for each in defocus_nm])
    np.testing.assert_allclose(found, expected, atol=error)
