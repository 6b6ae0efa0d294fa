import numpy as np
import pytest

from beadline.simulation.optics import mie_coefficients, scattering_amplitudes

# Wiscombe, Improved Mie scattering algorithms, Appl. Opt. 19, 1505 (1980), and the test cases published with it:
# relative index, size, extinction and scattering efficiency
PUBLISHED = [
    (0.75, 10, 2.232265, 2.232265),
    (1.33 + 1e-5j, 1, 0.093952, 0.093923),
    (1.33 + 1e-5j, 100, 2.101321, 2.096594),
    (1.5, 10, 2.881999, 2.881999),
    (1.5, 100, 2.094388, 2.094388),
    (1.5, 1000, 2.013945, 2.013945),
    (1.5 + 1j, 0.055, 0.101491, 0.000011),
    (1.5 + 1j, 1, 2.336321, 0.663454),
    (1.5 + 1j, 100, 2.097502, 1.283697),
    (10 + 10j, 1, 2.532993, 2.049405),
    (10 + 10j, 100, 2.071124, 1.836785),
]


@pytest.mark.parametrize(("index", "size", "extinction", "scattering"), PUBLISHED)
def test_efficiencies_are_those_published(index, size, extinction, scattering):
    sphere = mie_coefficients(size, index)
    assert sphere.extinction_efficiency == pytest.approx(extinction, abs=1.1e-6)
    assert sphere.scattering_efficiency == pytest.approx(scattering, abs=1.1e-6)


def test_the_example_of_bohren_and_huffman():
    """Appendix A: radius 0.525 um, index 1.55, wavelength 0.6328 um."""
    sphere = mie_coefficients(2 * np.pi * 0.525 / 0.6328, 1.55)
    assert sphere.extinction_efficiency == pytest.approx(3.10543, abs=2e-5)


@pytest.mark.parametrize("index", [1.2, 1.2 + 0.05j])
def test_amplitudes_obey_the_optical_theorem_and_keep_the_energy(index):
    sphere = mie_coefficients(7.0, index)
    forward, _ = scattering_amplitudes(sphere, np.array([1.0]))
    assert 4 / 7.0**2 * forward[0].real == pytest.approx(sphere.extinction_efficiency)
    cosine, weight = np.polynomial.legendre.leggauss(60)
    s1, s2 = scattering_amplitudes(sphere, cosine)
    assert weight @ (abs(s1) ** 2 + abs(s2) ** 2) / 7.0**2 == pytest.approx(sphere.scattering_efficiency)


def test_a_small_sphere_scatters_as_rayleigh_says():
    size, index = 0.01, 1.3
    rayleigh = 8 / 3 * size**4 * ((index**2 - 1) / (index**2 + 2)) ** 2
    assert mie_coefficients(size, index).scattering_efficiency == pytest.approx(rayleigh, rel=1e-3)


def test_a_sphere_has_a_size():
    with pytest.raises(ValueError, match="size parameter 0: it must be greater than 0"):
        mie_coefficients(0, 1.2)
