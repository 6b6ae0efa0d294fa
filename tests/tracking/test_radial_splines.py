import numpy as np

from beadline.tracking.radial_splines import (
    NODES_PER_KNOT,
    coefficients_from_values,
    evaluation_matrix,
    node_weights,
)


def test_a_spline_goes_through_its_values():
    np.testing.assert_allclose(evaluation_matrix(np.arange(12.0), 12), np.eye(12), atol=1e-12)


def test_a_spline_is_even_at_the_centre_and_straight_at_the_rim():
    coefficients = coefficients_from_values(12) @ np.random.default_rng(0).normal(size=12)
    assert coefficients[0] == np.float64(coefficients[2]) or abs(coefficients[0] - coefficients[2]) < 1e-12
    assert abs(coefficients[-3] - 2 * coefficients[-2] + coefficients[-1]) < 1e-12


def test_a_smooth_ring_is_reproduced_between_the_radii():
    radii = np.linspace(0, 20, 173)
    rings = evaluation_matrix(radii, 31) @ np.cos(np.arange(31) ** 2 / 60)
    np.testing.assert_allclose(rings, np.cos(radii**2 / 60), atol=2e-3)


def test_weights_at_the_nodes_are_a_spline_and_its_slope():
    values, slopes, offsets = node_weights()
    np.testing.assert_allclose(values.sum(axis=0), 1, atol=1e-6)
    np.testing.assert_allclose(slopes.sum(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(np.gradient(values, 1 / NODES_PER_KNOT, axis=1)[:, 1:-1], slopes[:, 1:-1], atol=2e-3)
    np.testing.assert_allclose(offsets[0], np.arange(NODES_PER_KNOT) / NODES_PER_KNOT)
