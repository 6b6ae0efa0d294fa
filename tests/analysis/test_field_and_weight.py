import numpy as np
import pytest

from beadline.analysis import bead_weight_pn, field_angle
from tethered_beads import M270_NM, drag_of, extension_of, long_traces, short_traces


@pytest.mark.parametrize("angle_deg", [0.0, 30.0, 85.0, -60.0])
def test_the_field_is_where_beads_move_less(angle_deg):
    extension = extension_of(3000, 3.0)
    along = short_traces(3.0, extension, drag_of(M270_NM, extension), 1500, 20, frame_s=0.004)
    across = long_traces(3.0, extension, M270_NM, 1500, 20, frame_s=0.004)
    cos, sin = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    drift = 0.05 * np.arange(1500)[:, None]
    found = field_angle(cos * along - sin * across + drift, sin * along + cos * across)
    away = (found.angle_deg - angle_deg + 90) % 180 - 90
    assert abs(away) < 4 * found.error_deg
    assert found.error_deg < 2
    # little blur in 4 ms; 180 correlation times of 20 beads
    assert np.median(found.variance_ratios) == pytest.approx(1 + M270_NM / extension, rel=0.15)
    assert not found.warnings


def test_beads_that_move_alike_tell_no_direction():
    x, y = np.random.default_rng(1).standard_normal((2, 500, 4))
    assert any("only" in warning for warning in field_angle(x, y).warnings)
    assert any("one bead" in warning for warning in field_angle(x[:, :1], y[:, :1]).warnings)
    with pytest.raises(ValueError, match="Bead 2 has 0 frames"):
        field_angle(np.where(np.arange(4) == 2, np.nan, x), y)
    with pytest.raises(ValueError, match="both are"):
        field_angle(x, y[:10])


def test_beads_weigh_what_their_density_says():
    # a sphere of 2.8 µm holds 11.5 µm³: 0.6 pg/µm³ of it and 9.81 m/s² are 0.068 pN
    assert bead_weight_pn(1400.0, 1.6) == pytest.approx(0.068, abs=0.001)
    assert bead_weight_pn(525.0, 1.8) == pytest.approx(0.0048, abs=0.0001)
    assert bead_weight_pn(500.0, 0.9) < 0
    with pytest.raises(ValueError, match="above 0 nm"):
        bead_weight_pn(0.0, 1.0)
