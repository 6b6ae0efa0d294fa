import numpy as np
import pytest

from beadline.simulation.optics import SYMMETRIC, TYPICAL, Asymmetry, bead_image, bead_slopes

SHAPE = (32, 34)
PLACE = (16.3, 15.8, -3021.0)
STEPS = (1e-4, 1e-4, 0.1)


def at(table, asymmetry, **shift):
    x, y, z = (place + shift.get(name, 0) for name, place in zip("xyz", PLACE, strict=True))
    return bead_image(table, x, y, z, SHAPE, asymmetry)


@pytest.mark.parametrize("asymmetry", [SYMMETRIC, TYPICAL], ids=["symmetric", "asymmetric"])
@pytest.mark.parametrize(("name", "step"), list(zip("xyz", STEPS, strict=True)))
def test_slopes_are_differences_of_images(table, asymmetry, name, step):
    slopes = bead_slopes(table, *PLACE, SHAPE, asymmetry)
    difference = (at(table, asymmetry, **{name: step}) - at(table, asymmetry, **{name: -step})) / (2 * step)
    assert getattr(slopes, name) == pytest.approx(difference, abs=1e-4 * abs(difference).max())
    assert slopes.image == pytest.approx(at(table, asymmetry))


def test_a_symmetric_bead_in_the_middle_looks_the_same_in_every_mirror(table):
    image = bead_image(table, 15.5, 15.5, -2500, (32, 32))
    for mirrored in (image[::-1], image[:, ::-1], image.T):
        assert mirrored == pytest.approx(image, abs=1e-12)


def test_an_image_moves_with_its_bead(table):
    image = bead_image(table, 14.3, 15.8, -2500, SHAPE, TYPICAL)
    moved = bead_image(table, 16.3, 14.8, -2500, SHAPE, TYPICAL)
    assert moved[:-1, 2:] == pytest.approx(image[1:, :-2], abs=1e-12)


def test_a_pixel_holds_the_mean_of_its_square(table):
    fine = (np.arange(41) - 20) / 41
    x, y = np.meshgrid(18 + fine - 16.3, 12 + fine - 15.8)
    expected = table.at(-3021.0)(np.hypot(x, y)).mean()
    assert bead_image(table, *PLACE, SHAPE)[12, 18] == pytest.approx(expected, abs=2e-5)


def test_asymmetries_are_as_large_as_asked(table):
    x, y, factor = Asymmetry(ellipse=0.015, ellipse_angle_rad=0.0).seen(np.array([20.0, 0.0]), np.array([0.0, 20.0]))
    assert (x[0], y[1]) == pytest.approx((20.3, 19.7))
    x, _, factor = Asymmetry(coma_px=0.25, coma_radius_px=32, coma_angle_rad=0.0).seen(
        np.array([32.0]), np.array([0.0])
    )
    assert (32 - x[0], factor[0]) == (0.25, 1)
    far = np.array([30.0, -30.0])
    _, _, factor = Asymmetry(contrast=0.06, contrast_angle_rad=0.0).seen(far, np.zeros(2))
    assert factor == pytest.approx([1.06, 0.94], abs=1e-3)


def test_what_is_outside_the_table_is_refused(table):
    with pytest.raises(ValueError, match="a bead at -1900 nm: the table reaches from -4000 to -2000 nm"):
        bead_image(table, 16, 16, -1900, SHAPE)
    with pytest.raises(ValueError, match=r"px from a bead: the table reaches 40\.1 px"):
        bead_image(table, 16, 16, -3000, (64, 64))
