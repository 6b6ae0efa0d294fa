"""Large tethered beads and small stuck ones on the simulated microscope, each kind in windows of its size."""

import h5py
import numpy as np
import pytest
from bluesky import plan_stubs as bps
from ophyd_async.core import init_devices

from beadline.devices import Motor
from beadline.plans import add_bead, make_lookup_table, record
from beadline.tracking import TrackerOptions, load_lookup_tables, track_stack
from beadline.tracks import column_index
from bench import make_bench

PLACES = [(80.0, 70.0), (220.0, 80.0), (90.0, 190.0), (230.0, 200.0)]
SIZES = [100, 100, 64, 64]
WORLD = {
    "width_px": 320, "height_px": 256, "tethers": 2, "references": 2, "positions_px": PLACES, "seed": 5,
    "bead": "M270", "reference_bead": "MyOne",
}  # fmt: skip


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    made = make_bench(
        tmp_path_factory.mktemp("runs"), factory="beadline.simulation:microscope", axis="focus", unit="um", **WORLD
    )
    with init_devices():
        magnets = Motor(lambda: made.camera.axis("magnet_height"), unit="mm")
    made.RE(bps.mv(magnets, 1.0))
    for place, size in zip(PLACES, SIZES, strict=True):
        made.RE(add_bead(made.tracker, *place, window_px=size))
    made.RE(make_lookup_table(made.camera, made.tracker, made.recorder, made.height, planes=16, frames=4))
    yield made
    made.close()


def test_each_bead_gets_a_table_of_its_size(bench):
    tables = load_lookup_tables(bench.tracker.table_builder.path)
    assert [table.bead_id for table in tables] == [0, 1, 2, 3]
    assert [table.options.window_px for table in tables] == SIZES
    assert all(bead.lookup_table is not None for bead in bench.tracker.beads.value)
    with h5py.File(bench.tracker.table_builder.path.parent / "roi_video.h5") as file:
        assert file["video"].shape[1:] == (4, 100, 100)
        assert file.attrs["window_px"].tolist() == SIZES
        assert not file["video"][:, 2:, 64:].any()
        assert file["video"][:, 2:, :64, :64].all()


def test_a_run_measures_each_bead_as_if_it_were_alone(bench):
    bench.RE(bps.mv(bench.recorder.kind, "full"))
    bench.RE(record(bench.camera, [bench.tracker, bench.recorder], frames=30))
    start = [doc for name, doc in bench.documents if name == "start"][-1]
    folder = bench.tracker.table_builder.path.parent.parent / start["uid"][:8]
    with h5py.File(folder / "tracks.h5") as file, h5py.File(folder / "video.h5") as video:
        tracks, flags, origins = (file[name][:] for name in ("tracks", "flags", "window_origin_px"))
        assert file.attrs["window_px"].tolist() == SIZES
        frames = video["video"][:]
    tables = load_lookup_tables(bench.tracker.table_builder.path)
    for bead, size in enumerate(SIZES):
        options = TrackerOptions(window_px=size)
        alone, marks = track_stack(frames, origins[:, bead : bead + 1], options, [tables[bead]])
        np.testing.assert_array_equal(tracks[:, bead], alone[:, 0])
        np.testing.assert_array_equal(flags[:, bead], marks[:, 0])
    heights = tracks[..., column_index("z_nm")]
    assert np.isfinite(heights).all()
    assert np.abs(heights).max() < 30, "heights count from the one at which the table was made"
    descriptor = [doc for name, doc in bench.documents if name == "descriptor" and doc["name"] == "tracks"][-1]
    assert descriptor["configuration"]["tracker"]["data"]["tracker-beads-windows_px"].tolist() == SIZES
