import numpy as np
import pytest

from beadline.analysis import touching_height_nm


def test_a_bead_that_touches_now_and_then_tells_where_the_surface_is():
    rng = np.random.default_rng(1)
    above = np.abs(np.cumsum(rng.normal(0, 12.0, (4000, 5)), axis=0))
    touched = touching_height_nm(above - 2500 + rng.normal(0, 1.5, above.shape), average_frames=3)
    # three steps of 12 nm next to the wall, and the luckiest of noise of 1.5 nm
    assert touched == pytest.approx(np.full(5, -2500.0), abs=6.0)
    assert (touching_height_nm(above - 2500, average_frames=200) > touched + 20).all()


def test_frames_without_a_bead_do_not_count():
    heights = np.array([[5.0, np.nan], [4.0, 1.0], [6.0, np.nan], [9.0, 2.0]])
    assert touching_height_nm(heights, average_frames=2) == pytest.approx([4.5, np.nan], nan_ok=True)


@pytest.mark.parametrize(("shape", "average"), [((10,), 3), ((2, 1), 3), ((5, 1), 0)])
def test_heights_that_tell_no_surface_are_refused(shape, average):
    with pytest.raises(ValueError, match="Cannot find the surface"):
        touching_height_nm(np.zeros(shape), average_frames=average)
