import numpy as np

from beadline.session.stuck_bead_tables import make_tables


def test_a_sweep_gives_each_stuck_bead_a_table_in_8_and_in_16_bit():
    places = np.array([[60.0, 60.0], [160.0, 64.0]])
    world = {
        "width_px": 224, "height_px": 128, "pixel_size_nm": 112.0,
        "tethers": 0, "references": 2, "positions_px": places.tolist(),
    }  # fmt: skip
    plain, shifted = make_tables(world, places, 112.0, 0), make_tables(world, places, 112.0, 4)
    assert [table.bead_id for table in plain] == [table.bead_id for table in shifted] == [0, 1]
    for table in (*plain, *shifted):
        assert table.quality["plane_error_rms_nm"] < 10
