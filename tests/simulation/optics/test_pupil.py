from dataclasses import replace

import numpy as np
import pytest

from beadline.simulation.optics import BeadOptics, intensity, mie_coefficients, scattering_amplitudes

MYONE = BeadOptics(525.0, 1.60, 0.008)
COHERENT = replace(MYONE, bandwidth_nm=0.0, condenser_angle_rad=0.0)
RADII_NM = np.arange(0, 8000, 25.0)


def test_a_sphere_of_water_is_not_seen():
    seen = intensity(replace(MYONE, refractive_index=1.33, extinction=0), np.array([-3000.0]), RADII_NM)
    assert seen == pytest.approx(1, abs=1e-12)


def test_the_light_that_is_missing_is_what_the_objective_does_not_take_in():
    """Background less extinction plus what is scattered into the aperture.

    Windows end the integral gently; what they miss falls with the square of their width.
    """
    radii_nm = np.arange(0, 60000, 25.0)
    rings = intensity(COHERENT, np.array([-2000.0]), radii_nm)[0] - 1
    wide, narrow = (
        2 * np.pi * np.sum(rings * np.exp(-((radii_nm / width) ** 2)) * radii_nm) * 25 for width in (20000, 10000)
    )
    wavenumber = 2 * np.pi * 1.33 / 625
    sphere = mie_coefficients(wavenumber * 525, (1.60 + 0.008j) / 1.33)
    nodes, weights = np.polynomial.legendre.leggauss(200)
    angle = COHERENT.widest_angle_rad / 2 * (nodes + 1)
    s1, s2 = scattering_amplitudes(sphere, np.cos(angle))
    taken = np.sum(weights * (abs(s1) ** 2 + abs(s2) ** 2) * np.sin(angle)) * COHERENT.widest_angle_rad / 2
    expected = np.pi / wavenumber**2 * taken - sphere.extinction_efficiency * np.pi * 525**2
    assert expected < -1e4
    assert (4 * wide - narrow) / 3 == pytest.approx(expected, rel=0.005)


def test_a_wide_spectrum_and_a_wide_cone_wash_out_rings_but_make_no_light():
    fringes = {}
    for name, optics in {"sharp": COHERENT, "spectrum": replace(COHERENT, bandwidth_nm=30.0), "both": MYONE}.items():
        rings = intensity(optics, np.array([-6000.0]), RADII_NM)[0] - 1
        fringes[name] = np.sqrt(np.sum(np.diff(rings) ** 2))
        assert abs(np.sum(rings * RADII_NM)) < 0.1 * np.sum(abs(rings) * RADII_NM)
    assert fringes["both"] < 0.9 * fringes["sharp"]
    assert fringes["spectrum"] < fringes["sharp"]


def test_the_cone_blurs_as_a_disc_does():
    """Against a brute-force mean over tilted beams in two dimensions."""
    z_nm, angle = -6000.0, 0.05
    radii_nm = np.arange(0, 3000, 20.0)
    further_nm = np.arange(0, 4000, 20.0)
    sharp = intensity(COHERENT, np.array([z_nm]), further_nm)[0]
    blurred = intensity(replace(COHERENT, condenser_angle_rad=angle), np.array([z_nm]), radii_nm)[0]
    grid = np.linspace(-1, 1, 81)
    u, v = (
        axis[np.hypot(*np.meshgrid(grid, grid)) <= 1] * abs(z_nm) * np.tan(angle) for axis in np.meshgrid(grid, grid)
    )
    for place in (0, 37, 90):
        expected = np.interp(np.hypot(radii_nm[place] + u, v), further_nm, sharp).mean()
        assert blurred[place] == pytest.approx(expected, abs=2e-3)


def test_oil_stretches_the_way_of_the_focus():
    """At a low aperture the focus moves by the ratio of the indices less in the medium than in the immersion."""
    low = replace(COHERENT, numerical_aperture=0.3)
    water = intensity(low, np.array([-8000.0]), RADII_NM)
    oil = intensity(replace(low, immersion_index=1.518), np.array([-8000.0 * 1.518 / 1.33]), RADII_NM)
    assert oil == pytest.approx(water, abs=4e-3)
    assert abs(intensity(low, np.array([-8000.0 * 1.518 / 1.33]), RADII_NM) - water).max() > 0.02


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"numerical_aperture": 1.4}, "aperture of 1.4: it must be below 1.33"),
        ({"radius_nm": 0.0}, "radius_nm = 0.0: it must be greater than 0"),
        ({"bandwidth_nm": -1.0}, "bandwidth_nm = -1.0: it must be 0 or more"),
    ],
)
def test_optics_that_cannot_be_are_refused(change, sentence):
    with pytest.raises(ValueError, match=sentence):
        replace(MYONE, **change)
