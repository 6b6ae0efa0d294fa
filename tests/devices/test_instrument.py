"""The devices on a bench: connecting, moving, refusing, fresh positions."""

import json
import threading

import pytest
from bluesky import plan_stubs as bps
from bluesky.run_engine import call_in_bluesky_event_loop
from bluesky.utils import RunEngineInterrupted
from ophyd_async.core import DetectorTrigger, TriggerInfo, init_devices

from beadline.acquisition import Supervisor
from beadline.devices import Bead, Camera, Force, Motor, Recording, Tracker, Workbench
from beadline.physics import M270_PAIR, ForceTable
from beadline.plans import root_cause, set_force
from beadline.tracks import COLUMN_NAMES
from bench import BEADS, make_bench


@pytest.fixture(scope="module", autouse=True)
def bench(tmp_path_factory):
    made = make_bench(tmp_path_factory.mktemp("runs"))
    made.RE(bps.abs_set(made.tracker.beads, BEADS, wait=True))
    yield made
    made.close()


def cause(bench, plan):
    try:
        bench.RE(plan)
    except Exception as error:  # noqa: BLE001 - whatever it is, its cause is looked at
        return root_cause(error)
    return "nothing was refused"


def test_a_mock_connection_touches_nothing():
    class Untouchable(Supervisor):
        def start(self, *_, **__):
            raise AssertionError("a mock connection started a worker")

    workbench = Workbench(Untouchable())
    with init_devices(mock=True):
        camera = Camera(workbench, "nowhere:nothing", frame_rate_hz=100.0)
        tracker = Tracker(camera)
        focus = Motor(lambda: camera.axis("focus"), unit="um")
    assert (camera.name, tracker.name, focus.name) == ("camera", "tracker", "focus")
    assert call_in_bluesky_event_loop(focus.locate())["setpoint"] == 0.0


def test_a_camera_that_is_not_there_is_named_with_what_was_tried():
    supervisor = Supervisor(transport="thread")
    try:
        camera = Camera(Workbench(supervisor), "nowhere:nothing", frame_rate_hz=100.0, name="side_camera")
        with pytest.raises(ConnectionError, match=r"Cannot connect side_camera \(nowhere:nothing\): .*nowhere"):
            call_in_bluesky_event_loop(camera.open_worker())
        motor = Motor(lambda: camera.axis("focus"), unit="um", name="focus")
        with pytest.raises(ConnectionError, match="Cannot connect focus: side_camera, on which it hangs, is not"):
            call_in_bluesky_event_loop(motor.open_axis())
    finally:
        supervisor.stop()


def test_an_axis_arrives_where_it_was_sent(bench):
    bench.RE(bps.mv(bench.height, 2.5))
    assert call_in_bluesky_event_loop(bench.height.locate()) == {"setpoint": 2.5, "readback": 2.5}


@pytest.mark.parametrize("position", [-0.1, 10.1, float("nan"), float("inf")])
def test_an_axis_refuses_what_it_may_not_do_and_stays(bench, position):
    before = bench.height.axis.state().position
    assert "Cannot move height to" in cause(bench, bps.mv(bench.height, position))
    assert bench.height.axis.state().position == before


def test_aborting_a_move_stops_the_axis(bench):
    bench.RE(bps.mv(bench.height, 0.0))
    timer = threading.Timer(0.15, lambda: bench.RE.abort())
    timer.start()
    with pytest.raises(RunEngineInterrupted):
        bench.RE(bps.mv(bench.height, 10.0))
    timer.join()
    state = bench.height.axis.state()
    assert not state.moving
    assert 0.0 < state.position < 10.0


def test_the_force_is_set_through_its_law(bench):
    force = Force(bench.height, M270_PAIR, name="force")
    bench.RE(set_force(force, 5.0))
    assert bench.height.axis.state().position == pytest.approx(float(M270_PAIR.height_mm(5.0)), abs=1e-3)
    assert call_in_bluesky_event_loop(force.locate())["readback"] == pytest.approx(5.0, rel=1e-3)


def test_a_force_the_magnets_cannot_make_is_refused_before_they_move(bench):
    force = Force(bench.height, M270_PAIR, name="force")
    before = bench.height.axis.state().position
    assert "Cannot set force: " in cause(bench, set_force(force, 1e6))
    assert "finite number of pN" in cause(bench, bps.mv(force, float("nan")))
    assert bench.height.axis.state().position == before


def test_beads_tell_only_frames_exposed_after_they_were_asked(bench):
    bench.RE(bps.mv(bench.camera.live, True))

    def ask():
        seen = bench.camera.worker.board["last_id"]
        yield from bps.trigger(bench.beads, wait=True)
        reading = yield from bps.read(bench.beads)
        return seen, reading

    def run():
        yield from bps.open_run()
        yield from bps.create("primary")
        answers.append((yield from ask()))
        yield from bps.save()
        yield from bps.close_run()

    answers = []
    bench.RE(run())
    seen, reading = answers[0]
    assert reading["beads-last_frame_id"]["value"] >= seen + 10
    assert reading["beads-mean"]["value"].shape == (2, len(COLUMN_NAMES))
    assert reading["beads-valid"]["value"].shape == (2,)
    bench.RE(bps.mv(bench.camera.live, False))


def test_beads_without_frames_give_up_and_name_the_camera(bench):
    bench.beads._patience_s = 0.2
    assert "fresh frames from camera" in cause(bench, bps.trigger(bench.beads, wait=True))


def test_a_measured_table_is_a_force_axis_and_its_documents_have_all_of_it(bench):
    heights = [round(0.5 + 0.15 * n, 3) for n in range(60)]
    table = ForceTable(heights, [round(60.0 * 0.9**n, 4) for n in range(60)], source="measured")
    force = Force(bench.height, table, name="force")
    bench.RE(set_force(force, 20.0))
    assert call_in_bluesky_event_loop(force.locate())["readback"] == pytest.approx(20.0, rel=0.01)
    assert "The table of forces does not reach to 70 pN" in cause(bench, set_force(force, 70.0))
    key = call_in_bluesky_event_loop(force.describe_configuration())["force-law"]
    said = call_in_bluesky_event_loop(force.read_configuration())["force-law"]["value"]
    assert ForceTable(**json.loads(said)) == table
    assert len(said) == int(key["dtype_numpy"].removeprefix("|S")) > 400


def test_nothing_is_prepared_outside_a_run(bench):
    edges = TriggerInfo(trigger=DetectorTrigger.EXTERNAL_EDGE, number_of_events=0)
    assert "no run is open" in cause(bench, bps.prepare(bench.tracker, edges, wait=True))


def test_beads_outside_the_frame_are_refused(bench):
    problem = cause(bench, bps.abs_set(bench.tracker.beads, [Bead(3, 5.0, 50.0)], wait=True))
    assert (
        "Cannot track bead 3 at (5.0, 50.0) px: its window of 32 px reaches outside the frame of 128 x 96 px" in problem
    )
    assert len(bench.tracker.beads.value) == len(BEADS)


def test_bead_ids_are_different(bench):
    twice = [Bead(1, 40.0, 40.0), Bead(1, 60.0, 40.0)]
    assert "ids must be different" in cause(bench, bps.abs_set(bench.tracker.beads, twice, wait=True))


def test_rate_and_exposure_are_changed_together(bench):
    bench.RE(bps.abs_set(bench.camera.settings, {"frame_rate_hz": 400.0, "exposure_s": 0.002}, wait=True))
    assert call_in_bluesky_event_loop(bench.camera.exposure_s.get_value()) == 0.002
    problem = cause(bench, bps.mv(bench.camera.exposure_s, 0.1))
    assert "longer than a frame period" in problem
    assert call_in_bluesky_event_loop(bench.camera.frame_rate_hz.get_value()) == 400.0
    assert "has no setting colour" in cause(bench, bps.abs_set(bench.camera.settings, {"colour": 1}, wait=True))


def test_a_recording_has_at_least_one_frame():
    with pytest.raises(ValueError, match="at least one"):
        Recording(0)
    with pytest.raises(ValueError, match="without a number"):
        Recording(None, count="delivered")


def test_roles_are_checked():
    with pytest.raises(ValueError, match="roles are tether, reference, ignored"):
        Bead(1, 2.0, 3.0, role="anchor")


def test_unknown_actions_and_axes_are_named(bench):
    async def ask():
        with pytest.raises(ValueError, match="has no 'dance'"):
            await bench.camera.action("dance")
        with pytest.raises(ValueError, match="has no 'focus' among its axes"):
            await bench.camera.axis("focus")

    call_in_bluesky_event_loop(ask())
