import json

import numpy as np
import pytest

from beadline.simulation import microscope


def test_the_microscope_has_its_parts(bench):
    parts = bench().microscope
    assert set(parts.axes) == {"focus", "magnet_height", "magnet_turns", "stage_x", "stage_y"}
    assert set(parts.lamps) == {"lamp"}
    assert set(parts.side_recorders) == {"truth"}
    assert {"truth", "drop_frames", "drop_next", "mend", "faults"} <= set(parts.actions)


def test_it_starts_with_the_focus_in_the_middle_and_the_magnets_up(bench):
    parts = bench().microscope
    assert parts.axes["focus"].state().position == 50
    assert parts.axes["magnet_height"].state().position == 20
    assert parts.axes["magnet_turns"].state().position == 0
    assert parts.lamps["lamp"].level_percent() == 60


def test_the_truth_is_plain_data_before_and_after_the_first_frame(bench):
    b = bench(tethers=2, references=1)
    before = json.loads(json.dumps(b.truth(), allow_nan=False))
    assert before["frame_id"] is None
    assert before["mean_extension_nm"] == [None, None, None]
    b.camera.start()
    b.move("magnet_height", 3.3)
    b.grab()
    after = json.loads(json.dumps(b.truth(), allow_nan=False))
    assert after["kind"] == ["tether", "tether", "reference"]
    assert after["mean_extension_nm"][0] == pytest.approx(2580, rel=0.02)
    assert after["extension_nm"][2] == 0
    assert after["force_pn"] == pytest.approx(np.multiply(8, after["force_scale"]), rel=0.03)


def test_rings_lie_where_the_truth_says(bench):
    b = bench(tethers=3, references=2)
    b.camera.start()
    b.move("magnet_height", 3.3)
    b.grab()
    truth = b.truth()
    contrast = (b.pixels.astype(float) - 120) ** 2
    rows, columns = np.indices(contrast.shape)
    for x, y in zip(truth["x_px"], truth["y_px"], strict=True):
        near = np.hypot(columns - x, rows - y) < 20
        assert (contrast * near * columns).sum() / (contrast * near).sum() == pytest.approx(x, abs=0.3)
        assert (contrast * near * rows).sum() / (contrast * near).sum() == pytest.approx(y, abs=0.3)


def test_an_unknown_setting_is_refused():
    with pytest.raises(ValueError, match="The simulated microscope has no setting beads"):
        microscope(beads=3)
