"""One small twin in lock-step with magnets, stage and lamp, shared by the tests of this folder that move something."""

from functools import partial
from types import SimpleNamespace

import h5py
import pytest
from bluesky import plan_stubs as bps
from ophyd_async.core import init_devices

from beadline.devices import Bead, Lamp, Magnets, Motor
from beadline.physics import M270_PAIR
from beadline.plans import on_instrument_time
from bench import make_bench

WORLD = {"positions_px": [[36.0, 36.0], [92.0, 60.0]], "tethers": 1, "references": 1, "seed": 5}
BEADS = [Bead(0, 36.0, 36.0), Bead(1, 92.0, 60.0, role="reference")]


@pytest.fixture(scope="session")
def shared_twin(tmp_path_factory):
    made = make_bench(
        tmp_path_factory.mktemp("twin"),
        factory="beadline.simulation:microscope",
        axis="focus",
        unit="um",
        frame_rate_hz=100.0,
        clock="lock-step",
        **WORLD,
    )
    camera = made.camera
    with init_devices():
        magnets = Magnets(
            height=Motor(lambda: camera.axis("magnet_height"), unit="mm"),
            turns=Motor(lambda: camera.axis("magnet_turns"), unit="turns"),
            law=M270_PAIR,
        )
        stage_x = Motor(lambda: camera.axis("stage_x"), unit="um")
        lamp = Lamp(lambda: camera.lamp("lamp"))
    made.RE.preprocessors.append(partial(on_instrument_time, clock=camera.clock))
    made.RE(bps.abs_set(made.tracker.beads, BEADS, wait=True))
    yield SimpleNamespace(
        bench=made, RE=made.RE, camera=camera, tracker=made.tracker, recorder=made.recorder, beads=made.beads,
        focus=made.height, magnets=magnets, stage_x=stage_x, lamp=lamp, clock=camera.clock, data=made.data,
        documents=made.documents, stop_document=made.stop_document,
    )  # fmt: skip
    made.close()


@pytest.fixture
def twin(shared_twin):
    """The twin, without documents, its magnets at 3 mm and 0 turns, all beads chosen."""
    magnets = shared_twin.magnets
    shared_twin.RE(bps.mv(magnets.height, 3.0, magnets.turns, 0.0, shared_twin.focus, 50.0))
    shared_twin.RE(bps.abs_set(shared_twin.tracker.beads, BEADS, wait=True))
    shared_twin.documents.clear()
    return shared_twin


@pytest.fixture
def frame_ids(twin):
    """Return the ids of the frames in the tracks of the last run."""

    def read():
        with h5py.File(twin.tracker.path) as file:
            return file["frame_id"][:]

    return read
