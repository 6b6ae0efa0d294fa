import numpy as np

from beadline.tracking.radial_splines import basis, coefficients_from_values, evaluation_matrix, penalty


def test_a_spline_goes_through_its_values():
    values = evaluation_matrix(np.arange(12.0), 14) @ coefficients_from_values(12)
    np.testing.assert_allclose(values, np.eye(12), atol=1e-12)


def test_a_spline_is_even_at_the_centre_and_straight_at_the_rim():
    coefficients = coefficients_from_values(12) @ np.random.default_rng(0).normal(size=12)
    assert abs(coefficients[0] - coefficients[2]) < 1e-12
    assert abs(coefficients[-3] - 2 * coefficients[-2] + coefficients[-1]) < 1e-12


def test_a_smooth_ring_is_reproduced_between_the_radii():
    radii = np.linspace(0, 20, 173)
    rings = evaluation_matrix(radii, 33) @ coefficients_from_values(31) @ np.cos(np.arange(31) ** 2 / 60)
    np.testing.assert_allclose(rings, np.cos(radii**2 / 60), atol=2e-3)


def test_slopes_and_curvatures_are_derivatives_of_the_values():
    values, slopes, curvatures, bends = basis(np.linspace(0, 1, 101))
    np.testing.assert_allclose(values.sum(axis=0), 1)
    np.testing.assert_allclose(np.gradient(values, 0.01, axis=1)[:, 1:-1], slopes[:, 1:-1], atol=1e-4)
    np.testing.assert_allclose(np.gradient(slopes, 0.01, axis=1)[:, 1:-1], curvatures[:, 1:-1], atol=1e-4)
    np.testing.assert_allclose(np.gradient(curvatures, 0.01, axis=1), bends)


def test_the_penalty_is_nothing_for_a_flat_shape_alone():
    flat, slanted = np.ones(12), np.arange(12.0)
    assert abs(flat @ penalty(12) @ flat) < 1e-6
    assert slanted @ penalty(12) @ slanted > 1
