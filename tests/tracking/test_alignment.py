import numpy as np
import pytest

from beadline.tracking.alignment import gradients, halved, pixel_noise, radial_alignment


def test_noise_is_known_from_a_crowded_field(field_image, camera):
    rng = np.random.default_rng(2)
    beads = [(x, y, 500.0) for x in range(30, 300, 40) for y in range(30, 300, 40)]
    frame = camera(field_image((320, 320), beads), rng, electrons_per_adu=10.0)
    assert pixel_noise(frame) == pytest.approx(np.sqrt(120 / 10 + 0.3**2 + 1 / 12), rel=0.1)


def test_gradients_around_a_bead_are_radial_whatever_its_contrast(field_image):
    image = field_image((100, 100), [(50, 40, 500)])
    for picture in (image, -image):
        ((share, strength),) = radial_alignment(*gradients(picture.astype(np.float32)), [15], 1.0)
        row, column = np.unravel_index(share.argmax(), share.shape)
        assert np.hypot(row - 40, column - 50) < 2
        assert share.max() > 0.9
        assert strength[40, 50] > 100


def test_noise_has_no_order_and_a_strength_near_one():
    noise = np.random.default_rng(0).normal(100, 3, (300, 300))
    ((share, strength),) = radial_alignment(*gradients(noise.astype(np.float32)), [15], 3.0)
    assert np.median(share) == pytest.approx(0.5, abs=0.03)
    assert np.median(strength[30:-30, 30:-30]) == pytest.approx(1, rel=0.15)


def test_a_halved_picture_has_the_means_of_four_pixels_of_any_depth():
    image = np.random.default_rng(1).integers(0, 65536, (5, 7)).astype(np.uint16)
    expected = image[:4, :6].reshape(2, 2, 3, 2).mean(axis=(1, 3))
    assert np.allclose(halved(image), expected)
