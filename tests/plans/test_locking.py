"""The bead lock around plans, on the simulated microscope in lock-step."""

import threading

import h5py
import numpy as np
import pytest
from bluesky import plan_stubs as bps
from bluesky.run_engine import call_in_bluesky_event_loop
from bluesky.utils import RunEngineInterrupted

from beadline.devices import Gains, Locking, LockOptions
from beadline.plans import (
    bead_lock_decorator,
    bead_lock_wrapper,
    force_ramp,
    hold_beads,
    in_run,
    record,
    root_cause,
    set_role,
    step_record,
    wait_s,
)
from beadline.session.health_rules import LockRailed
from beadline.session.stopping import stop_axes
from lock_bench import look, make_lock_bench

QUICK = LockOptions(interval_s=0.1, window=4)


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    """Three stuck beads that do not drift."""
    made = make_lock_bench(tmp_path_factory.mktemp("runs"))
    yield made
    made.close()


@pytest.fixture(autouse=True)
def as_it_was(bench):
    bench.documents.clear()
    bench.lock.records.kept.clear()
    yield
    assert bench.lock.locking is None
    bench.RE(bps.mv(bench.height, 50.0, bench.stage_x, 0.0, bench.lock.offset_nm, 0.0))


def truth_nm(bench, bead):
    return call_in_bluesky_event_loop(bench.camera.action("truth"))["defocus_nm"][bead]


def reasons(bench):
    return [record.reason for record in bench.lock.records.kept]


def locked(bench, plan, *beads, **options):
    changed = LockOptions(**{"interval_s": 0.1, "window": 4, **options})
    return bead_lock_wrapper(plan, bench.lock, Locking(beads or (0,), changed))


def raised_by(bench, nm):
    """Hold the beads higher than they are, and wait."""
    yield from bps.mv(bench.lock.offset_nm, nm)
    yield from wait_s(1.5)


def test_the_focus_goes_where_the_beads_are_wanted_and_each_correction_is_an_event(bench):
    def body():
        yield from wait_s(0.2)
        yield from look(bench, 1, before)
        yield from raised_by(bench, 300.0)

    before = []
    bench.RE(locked(bench, in_run(body())))
    assert truth_nm(bench, 1) - before[0] == pytest.approx(300.0, abs=15.0)
    events = bench.data("bead_lock")
    assert events[0]["bead_lock-reason"] == "latched"
    moved = [event for event in events if event["bead_lock-correction_nm"]]
    assert len(moved) >= 8
    assert [event["bead_lock-position_um"] for event in moved][-1] == pytest.approx(50 - 0.3, abs=0.02)
    assert {event["bead_lock-axis"] for event in events} == {"height"}
    assert {event["bead_lock-bead"] for event in moved} == {0}
    assert np.all(np.diff([event["bead_lock-frame_id"] for event in moved]) > 4)


def test_a_lock_that_cannot_keep_up_is_told_and_one_that_can_is_not(bench):
    rule, seen = LockRailed(bench.lock), []

    def body(offset_nm):
        yield from raised_by(bench, offset_nm)
        seen.append(rule.look())

    gains = Gains(step_limit_nm=5.0)
    bench.RE(locked(bench, in_run(body(10.0)), gains=gains))
    bench.RE(locked(bench, in_run(body(400.0)), gains=gains))
    assert seen[0] == ""
    assert seen[1].startswith("bead_lock cannot keep up on height: its last 5 steps were all limited")
    assert rule.look() == ""
    bench.lock.records.kept.clear()
    bench.RE(locked(bench, in_run(body(900.0)), reach_um=0.05))
    assert seen[2].startswith("bead_lock: frozen: height would be ")


def test_it_works_without_a_run_and_the_next_run_has_its_corrections(bench):
    def body():
        yield from raised_by(bench, 100.0)
        yield from in_run(bps.null())

    bench.RE(locked(bench, body()))
    made = bench.lock.records.kept
    events = bench.data("bead_lock")
    assert len(events) == len(made) > 5
    start_s = next(doc["time"] for name, doc in bench.documents if name == "start")
    first = next(doc for name, doc in bench.documents if name == "event")
    assert first["data"]["bead_lock-reason"] == "latched"
    assert min(first["timestamps"].values()) <= start_s + 60


def test_a_plan_of_its_own_leaves_the_camera_as_it_was(bench):
    uid = bench.RE(hold_beads(bench.lock, duration_s=1.0, beads=[0, 1]))
    assert len(uid) == 1
    assert not call_in_bluesky_event_loop(bench.camera.live.get_value())
    start = next(doc for name, doc in bench.documents if name == "start")
    assert (start["plan_name"], start["pace"]) == ("hold_beads", "fast")
    assert reasons(bench)[0] == "latched"


def test_a_plan_that_has_its_axis_among_its_arguments_is_refused_before_it_begins(bench):
    plan = step_record(bench.camera, [bench.tracker], bench.height, [50.0, 51.0], frames=3)
    with pytest.raises(ValueError, match=r"Cannot move height in a plan under bead_lock: the lock moves it"):
        bench.RE(locked(bench, plan))
    assert bench.documents == []


def test_a_plan_that_moves_its_axis_all_the_same_is_ended_before_the_move(bench):
    def body():
        yield from wait_s(0.1)
        yield from bps.mv(bench.height, 60.0)

    with pytest.raises(ValueError, match=r"Cannot move height"):
        bench.RE(bead_lock_decorator(bench.lock, Locking((0,), QUICK))(body)())
    assert call_in_bluesky_event_loop(bench.height.readback.get_value()) == pytest.approx(50.0, abs=0.05)


def paused_in_the_middle(bench, plan, meanwhile=lambda: None):
    """Pause 1 s after the last correction, do something, go on; return the moves of the focus by then and after."""
    moves, messages = [], []
    bench.RE.msg_hook = messages.append
    usual = bench.height.axis.move
    bench.height.axis.move = lambda target: (moves.append(target), usual(target))[1]
    try:
        with pytest.raises(RunEngineInterrupted):
            bench.RE(plan)
        before = list(moves)
        meanwhile()
        bench.RE.resume()
        return before, moves[len(before) :]
    finally:
        bench.RE.msg_hook = None
        del bench.height.axis.move
        # what a plan does not say cannot be replayed
        assert [message for message in messages if message.obj is bench.height] == []


def test_after_a_pause_the_focus_gets_no_old_set_point(bench):
    def body():
        yield from bps.checkpoint()
        yield from raised_by(bench, 200.0)
        yield from bps.mv(bench.lock.offset_nm, 200.0)
        yield from wait_s(1.0)
        yield from bps.checkpoint()
        yield from bps.pause()
        yield from wait_s(1.0)

    gains = Gains(dead_zone_nm=6.0)
    before, after = paused_in_the_middle(bench, locked(bench, body(), gains=gains))
    assert len(before) >= 4
    assert after == []
    assert reasons(bench)[-2:] == ["paused: holds", "resumed"]


def test_while_paused_it_holds_and_then_looks_anew(bench):
    def body():
        yield from wait_s(0.3)
        yield from bps.checkpoint()
        yield from bps.pause()
        yield from wait_s(1.0)

    def move_by_hand():
        bench.height.axis.move(51.0)

    _, (by_hand, *after) = paused_in_the_middle(bench, locked(bench, in_run(body())), move_by_hand)
    assert by_hand == 51.0
    assert all(abs(target - 51.0) < 0.05 for target in after)
    assert len(after) > 2
    assert any(reason.endswith("the set-point follows") for reason in reasons(bench))


def test_an_axis_that_somebody_else_moves_freezes_it_if_so_chosen(bench):
    def body():
        yield from wait_s(0.3)
        yield from bps.wait_for([lambda: bench.height.set(51.0).task])
        yield from wait_s(1.0)

    bench.RE(locked(bench, body(), on_outside_move="freeze"))
    assert reasons(bench)[-1].endswith("frozen until the lock is set again")
    assert call_in_bluesky_event_loop(bench.height.readback.get_value()) == 51.0


def test_it_holds_still_while_the_frames_of_a_step_are_taken(bench):
    plan = step_record(bench.camera, [bench.tracker], bench.stage_x, [0.1, 0.0, 0.1, 0.0], frames=80)

    def body():
        yield from bps.mv(bench.lock.offset_nm, 500.0)
        yield from plan

    bench.RE(locked(bench, body(), gains=Gains(proportional=0.1, integral=0.0)))
    corrections_s = [record.time_s for record in bench.lock.records.kept if record.correction_nm]
    gaps_s = np.diff(corrections_s)
    assert np.sum(gaps_s > 0.75) >= 2
    assert len(corrections_s) >= 3


def test_the_stage_follows_if_it_is_to(bench):
    def body():
        yield from wait_s(0.3)
        yield from bps.wait_for([lambda: bench.stage_x.set(0.4).task])
        yield from wait_s(2.0)

    options = LockOptions(interval_s=0.1, window=4, outside_um=1.0)
    bench.RE(bead_lock_wrapper(in_run(body()), bench.lock, Locking((0, 1, 2), options, stage=True)))
    assert call_in_bluesky_event_loop(bench.stage_x.readback.get_value()) == pytest.approx(0.0, abs=0.02)
    assert {"stage_x", "height"} <= {record.axis for record in bench.lock.records.kept}


def test_a_lock_that_is_on_between_plans_moves_nothing_any_more_when_everything_is_stopped(bench):
    bench.RE(bps.mv(bench.camera.live, True))
    bench.RE(bps.abs_set(bench.lock, Locking([0], QUICK), wait=True))
    try:
        bench.RE(raised_by(bench, 100.0))
        moved = [each for each in bench.lock.records.kept if each.correction_nm]
        (stop,) = stop_axes([bench.lock, bench.height])
        left_um = bench.height.axis.state().position
        bench.RE(raised_by(bench, 400.0))
        assert moved
        assert bench.height.axis.state().position == pytest.approx(left_um, abs=1e-6)
        assert stop.position == pytest.approx(left_um, abs=1e-6)
        assert "frozen: everything was stopped; set the lock again" in reasons(bench)
        bench.RE(bps.abs_set(bench.lock, Locking([0], QUICK), wait=True))
        bench.RE(raised_by(bench, 100.0))
        assert abs(bench.height.axis.state().position - left_um) > 0.02
    finally:
        bench.RE(bps.abs_set(bench.lock, None, wait=True))
        bench.RE(bps.mv(bench.camera.live, False))


def test_it_moves_no_farther_than_its_reach(bench):
    bench.RE(locked(bench, in_run(raised_by(bench, 900.0)), reach_um=0.5))
    (frozen,) = [reason for reason in reasons(bench) if reason.startswith("frozen: ")]
    assert "height would be" in frozen
    assert abs(call_in_bluesky_event_loop(bench.height.readback.get_value()) - 50.0) <= 0.5


def test_beads_without_a_table_and_unknown_ones_are_refused(bench):
    with pytest.raises(Exception, match=r".") as failure:
        bench.RE(locked(bench, wait_s(0.1), 7))
    assert root_cause(failure.value).startswith("bead_lock cannot go by beads [7]: those with a look-up table are")


def test_a_tether_is_no_reference_also_by_its_id(bench):
    bench.RE(set_role(bench.tracker, [1], "tether"))
    try:
        with pytest.raises(Exception, match=r".") as failure:
            bench.RE(locked(bench, wait_s(0.1), 0, 1))
        assert "bead_lock cannot go by beads [1]: they are no references" in root_cause(failure.value)
        assert "use set_role first" in root_cause(failure.value)
    finally:
        bench.RE(set_role(bench.tracker, [1], "reference"))


def test_an_abort_in_a_wait_switches_it_off(bench):
    threading.Timer(0.5, bench.RE.abort).start()

    def endless():
        while True:
            yield from bps.checkpoint()
            yield from wait_s(0.5)

    with pytest.raises(RunEngineInterrupted):
        bench.RE(locked(bench, in_run(endless())))


def windows_and_beads(bench):
    """Return where the window of the first bead began in each frame of the last run, and where the bead was [px]."""
    with h5py.File(bench.tracker.path) as file:
        return np.array(file["window_origin_px"])[:, 0, 0], np.array(file["tracks"])[:, 0, 0]


def test_a_window_stays_where_it_is_if_it_does_not_follow(bench):
    bench.RE(bps.mv(bench.tracker.follow, False))
    bench.RE(bps.mv(bench.stage_x, 0.3))
    bench.RE(record(bench.camera, [bench.tracker], frames=20))
    origins_px, _ = windows_and_beads(bench)
    assert np.ptp(origins_px) == 0
    bench.RE(bps.mv(bench.tracker.follow, True))
    bench.RE(record(bench.camera, [bench.tracker], frames=20))
    origins_px, beads_px = windows_and_beads(bench)
    middle_px = bench.tracker.beads.window_px(bench.tracker.beads.tracked[0]) / 2
    assert origins_px[-1] + middle_px == pytest.approx(beads_px[-1], abs=1.1)
    assert abs(origins_px[0] + middle_px - beads_px[-1]) > 1.5
    bench.RE(bps.mv(bench.stage_x, 0.0))
    bench.RE(record(bench.camera, [bench.tracker], frames=40))  # all windows back, for the tests that follow


def test_beads_that_are_cut_loose_in_a_force_ramp_are_left_out_and_the_last_one_stops_the_lock(bench):
    """Comes last: a lost bead stays lost."""
    judged_nm = []

    def look_on(name, document):
        if name == "event" and "moment-frame" in document["data"]:
            truth = bench.camera.worker.prompt("action", name="truth", arguments={})
            judged_nm.append(truth["defocus_nm"][2])

    async def plan_the_loss():
        now = int(bench.camera.worker.board["last_id"])
        for bead, later in ((0, 100), (1, 250)):
            await bench.camera.action("plan_fault", at_frame=now + later, do="lose_bead", bead=bead)

    def body():
        yield from bps.wait_for([plan_the_loss])
        yield from force_ramp(bench.camera, [bench.tracker], bench.magnets.force, 2.0, 10.0, 2.0, hold_s=0.2)

    token = bench.RE.subscribe(look_on)
    try:
        bench.RE(locked(bench, body(), 0, 1))
    finally:
        bench.RE.unsubscribe(token)
    assert bench.stop_document()["exit_status"] == "success"
    assert len(bench.data("ramps")) == 2
    said = [event["bead_lock-reason"] for event in bench.data("bead_lock")]
    assert any(reason.endswith("without bead 0") for reason in said), said
    assert said[-1] == "holds: all reference beads are lost"
    assert len(judged_nm) > 100
    assert np.ptp(judged_nm) < 60.0
    assert np.ptp([event["bead_lock-position_um"] for event in bench.data("bead_lock")]) < 0.06
