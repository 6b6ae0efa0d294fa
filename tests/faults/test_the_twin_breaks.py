"""The simulated microscope breaks during a run; the books and the sentences of the run are right about it."""

import pytest
from bluesky import plan_stubs as bps
from bluesky.preprocessors import plan_mutator
from bluesky.run_engine import call_in_bluesky_event_loop

from beadline.devices import Bead
from beadline.plans import record, root_cause
from bench import make_bench

WORLD = {"width_px": 160, "height_px": 96, "tethers": 1, "references": 1, "positions_px": [[48, 48], [112, 48]]}
SOON = 50
"""Frames from now on, so many that the plan of a fault arrives before the first of them on a busy machine, too."""


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    made = make_bench(
        tmp_path_factory.mktemp("runs"), factory="beadline.simulation:microscope", axis="focus", unit="um", **WORLD
    )
    made.RE(bps.abs_set(made.tracker.beads, [Bead(0, 48.0, 48.0), Bead(1, 112.0, 48.0)], wait=True))
    made.camera.flyable_logic.patience_s = 1.0
    yield made
    made.close()


@pytest.fixture(autouse=True)
def mended(bench):
    yield
    act(bench, "mend")


def act(bench, name, **arguments):
    return call_in_bluesky_event_loop(bench.camera.action(name, **arguments))


def broken(bench, frames, *faults):
    """Record frames, with faults planned once it has begun; return the number of the first frame they come with."""
    first = []

    async def break_it():
        first.append(int(bench.camera.worker.board["last_id"]) + SOON)
        for name, arguments in faults:
            at_frame = first[0] + arguments.pop("later", 0)
            await bench.camera.action("plan_fault", at_frame=at_frame, do=name, **arguments)

    def after_kickoff(msg):
        if msg.command == "kickoff" and msg.obj is bench.camera:
            return None, bps.wait_for([break_it])
        return None, None

    plan = record(bench.camera, [bench.tracker], frames=frames)
    try:
        bench.RE(plan_mutator(plan, after_kickoff))
    except Exception as error:  # noqa: BLE001 - whatever ended the run, its cause is looked at
        return first[0], root_cause(error)
    return first[0], ""


def books(bench):
    (last,) = bench.data("frame_books")[-1:]
    return {name.removeprefix("tracker-"): value for name, value in last.items()}


def test_repeated_frames_are_counted_and_written_once(bench):
    _, error = broken(bench, 100, ("repeat_next", {"count": 3}))
    assert error == ""
    said = books(bench)
    assert (said["produced"], said["delivered"], said["missed"]) == (100, 100, 0)
    assert (said["repeated"], said["out_of_order"], said["unaccounted"]) == (3, 0, 0)
    assert bench.stop_document()["reason"] == ""


def test_of_swapped_frames_the_one_that_comes_late_is_lost_and_named(bench):
    first, error = broken(bench, 100, ("swap_next", {}))
    assert error == ""
    said = books(bench)
    assert (said["produced"], said["delivered"], said["out_of_order"]) == (100, 99, 1)
    assert said["dropped_ids"].tolist() == [first]
    assert said["unaccounted"] == said["repeated"] == 0
    assert bench.stop_document()["reason"] == f"camera lost 1 of 100 frames: {first}"


def test_a_camera_that_stalls_for_a_moment_loses_what_its_buffer_cannot_hold(bench, tmp_path):
    small = make_bench(
        tmp_path, factory="beadline.simulation:microscope", axis="focus", unit="um", buffer_frames=8, **WORLD
    )
    try:
        small.RE(bps.abs_set(small.tracker.beads, [Bead(0, 48.0, 48.0)], wait=True))
        first, error = broken(small, 180, ("stall_camera", {"duration_s": 1.0}))
        assert error == ""
        said = books(small)
        lost = said["dropped_ids"].tolist()
        # 100 frames end in 1 s, of which 64 are kept; a busy machine is late, and loses more
        assert set(range(first, first + 100 - 64 - 1)) <= set(lost)
        assert said["produced"] == said["delivered"] + len(lost) == 180
        assert said["unaccounted"] == 0
        assert small.stop_document()["reason"].startswith(f"camera lost {len(lost)} of 180 frames: ")
    finally:
        small.close()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("disconnect_camera", "camera has failed: OSError: The simulated camera is disconnected: check its cable"),
        ("misshape_frames", "camera has failed: RuntimeError: The simulated camera sent frame "),
    ],
)
def test_a_camera_that_is_gone_ends_the_run_with_its_sentence_and_comes_back_when_it_is_mended(bench, name, sentence):
    _, error = broken(bench, 2000, (name, {}))
    assert error.startswith(sentence)
    stop = bench.stop_document()
    assert stop["exit_status"] == "fail"
    assert sentence in stop["reason"]
    said = books(bench)
    assert said["delivered"] == said["produced"] >= SOON - 5
    assert said["unaccounted"] == 0
    act(bench, "mend")
    bench.RE(record(bench.camera, [bench.tracker], frames=10))
    assert bench.stop_document()["exit_status"] == "success"


def test_a_silent_axis_is_named(bench):
    act(bench, "break_axis", axis="focus")
    with pytest.raises(Exception, match=r".") as failure:
        bench.RE(bps.mv(bench.height, 60.0))
    assert "focus does not answer: its controller is silent" in root_cause(failure.value)


def test_the_twin_says_what_is_wrong_with_it(bench):
    act(bench, "fail_lamp")
    act(bench, "plan_fault", at_frame=10**9, do="lose_bead", bead=0)
    planned = [{"at_frame": 10**9, "do": "lose_bead", "bead": 0}]
    assert act(bench, "faults") == {"lamp": {"failed": True}, "planned": planned}
    act(bench, "mend")
    assert act(bench, "faults") == {}
