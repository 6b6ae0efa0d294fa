"""Scattering of a plane wave by a sphere: Lorenz-Mie coefficients, amplitudes and efficiencies."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_EXTRA_ORDERS, _EXTRA_PER_ROOT = 15, 8


@dataclass(frozen=True, eq=False)
class MieCoefficients:
    """Multipole coefficients of a sphere, convention exp(-i w t): an absorbing sphere has a positive extinction.

    Attributes:
        size: circumference of the sphere in wavelengths of the medium.
        a: electric coefficients of the orders 1, 2, ..., shape (orders,).
        b: magnetic coefficients, shape (orders,).
    """

    size: float
    a: NDArray[np.complex128]
    b: NDArray[np.complex128]

    @property
    def extinction_efficiency(self) -> float:
        """Extinction cross section over the geometric one."""
        return self._efficiency((self.a + self.b).real)

    @property
    def scattering_efficiency(self) -> float:
        """Scattering cross section over the geometric one."""
        return self._efficiency(np.abs(self.a) ** 2 + np.abs(self.b) ** 2)

    def _efficiency(self, terms: NDArray[np.float64]) -> float:
        orders = np.arange(1, len(self.a) + 1)
        return float(2 / self.size**2 * np.sum((2 * orders + 1) * terms))


def mie_coefficients(size: float, relative_index: complex) -> MieCoefficients:
    """Return the coefficients of a sphere.

    Args:
        size: circumference in wavelengths of the medium, 2 pi n_medium radius / wavelength.
        relative_index: refractive index of the sphere over that of the medium; absorption is a positive imaginary part.

    Raises:
        ValueError: the size is not positive.

    Source:
        Bohren & Huffman, Absorption and Scattering of Light by Small Particles (1983), eq. 4.88: logarithmic
        derivative by downward, Riccati-Bessel functions by upward recurrence. Number of orders: Wiscombe, Appl. Opt.
        19, 1505 (1980).
    """
    if not size > 0:
        raise ValueError(f"Cannot scatter light from a sphere of size parameter {size}: it must be greater than 0")
    count = int(np.ceil(size + 4.05 * size ** (1 / 3) + 2))
    inside = _log_derivatives(complex(relative_index) * size, count)
    psi, xi = _riccati_bessel(size, count)
    orders = np.arange(1, count + 1)
    electric = inside / relative_index + orders / size
    magnetic = inside * relative_index + orders / size
    a = (electric * psi[1:] - psi[:-1]) / (electric * xi[1:] - xi[:-1])
    b = (magnetic * psi[1:] - psi[:-1]) / (magnetic * xi[1:] - xi[:-1])
    return MieCoefficients(size, a, b)


def scattering_amplitudes(
    coefficients: MieCoefficients, cosine: NDArray[np.float64]
) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
    """Return S1 and S2 in directions of the given cosine with the incident wave, same shape, shape (directions,).

    Source:
        Bohren & Huffman (1983), eqs. 4.47 and 4.74.
    """
    first = np.zeros(len(cosine), np.complex128)
    second = np.zeros_like(first)
    before, angular = np.zeros_like(cosine), np.ones_like(cosine)
    for order, (a, b) in enumerate(zip(coefficients.a, coefficients.b, strict=True), start=1):
        slope = order * cosine * angular - (order + 1) * before
        weight = (2 * order + 1) / (order * (order + 1))
        first += weight * (a * angular + b * slope)
        second += weight * (a * slope + b * angular)
        before, angular = angular, ((2 * order + 1) * cosine * angular - (order + 1) * before) / order
    return first, second


def _log_derivatives(inside: complex, count: int) -> NDArray[np.complex128]:
    """Return psi_n'/psi_n at the complex argument for the orders 1 to count."""
    # far enough above |inside| that the start is forgotten before the orders below, where it would stay for good
    highest = max(count, int(np.ceil(abs(inside) + _EXTRA_PER_ROOT * abs(inside) ** (1 / 3)))) + _EXTRA_ORDERS
    derivatives = np.zeros(highest + 1, np.complex128)
    for order in range(highest, 0, -1):
        derivatives[order - 1] = order / inside - 1 / (derivatives[order] + order / inside)
    return derivatives[1 : count + 1]


def _riccati_bessel(size: float, count: int) -> tuple[NDArray[np.float64], NDArray[np.complex128]]:
    """Return psi_n and xi_n = psi_n - i chi_n for the orders 0 to count."""
    psi, chi = np.empty(count + 2), np.empty(count + 2)
    psi[:2], chi[:2] = (np.cos(size), np.sin(size)), (-np.sin(size), np.cos(size))
    for order in range(1, count + 1):
        psi[order + 1] = (2 * order - 1) / size * psi[order] - psi[order - 1]
        chi[order + 1] = (2 * order - 1) / size * chi[order] - chi[order - 1]
    return psi[1:], psi[1:] - 1j * chi[1:]
