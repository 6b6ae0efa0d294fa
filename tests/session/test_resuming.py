"""What is left of an interrupted run, done as a new run that names it."""

from dataclasses import replace

import pytest
from bluesky import plan_stubs as bps

from beadline.plans import force_extension, hat_curve, record, set_force, staircase, step_record
from beadline.session import load_profile
from beadline.session.beads_of_a_run import beads_of
from beadline.session.interrupted_runs import InterruptedRun, interrupted_run
from beadline.session.resuming import check_settings, rest_of
from beadline.session.same_settings import differences

pytestmark = pytest.mark.slow
PATIENCE_S = 60.0


def interrupted(session, done, plan_function, *arguments, **options):
    """Start steps, cancel them when so many are done, and return the run's uid."""

    def enough(name, document):
        if name == "event" and document["seq_num"] == done and document["descriptor"] in of_steps:
            session.cancel("enough")
        if name == "descriptor" and document["name"] in ("primary", "steps"):
            of_steps.add(document["uid"])

    of_steps = set()
    token = session.RE.subscribe(enough)
    try:
        handle = session.start(plan_function, *arguments, **options)
        end = handle.wait(PATIENCE_S)
    finally:
        session.RE.unsubscribe(token)
    assert (end.state, end.step) == ("cancelled", done)
    return end.uid


def stepping(session, positions, **options):
    return (step_record, session.camera, [session.tracker], session.focus, positions), {"frames": 2, **options}


@pytest.fixture
def focus_um(session):
    here_um = session.focus.axis.state().position
    yield here_um
    session.RE(bps.mv(session.focus, here_um))


@pytest.fixture
def halfway(session, focus_um):
    positions = [focus_um + 0.1 * number for number in range(5)]
    arguments, options = stepping(session, positions)
    return interrupted(session, 2, *arguments, **options), positions


def start_of(session, uid):
    return session.records.documents(uid)[0][1]


def test_the_steps_that_are_left_are_a_new_run_that_names_the_old_one(session, halfway):
    uid, positions = halfway
    end = session.resume_run(uid, md={"purpose": "the rest"}).wait(PATIENCE_S)
    assert (end.state, end.step, end.steps) == ("done", 3, 3)
    start = start_of(session, end.uid)
    assert end.uid != uid
    assert (start["continues"], start["steps_before"], start["purpose"]) == (uid, 2, "the rest")
    assert start["positions"] == positions[2:]
    assert start["frames_per_step"] == 2
    with pytest.raises(ValueError, match=f"run {start['scan_id']} is the rest of it; resume that one"):
        session.resume_run(uid)
    with pytest.raises(ValueError, match="it is complete, with 3 steps"):
        session.resume_run(end.uid)


def test_a_staircase_goes_on_where_it_was_also_when_it_is_interrupted_again(session, focus_um):
    arguments = (session.camera, [session.tracker], session.focus, focus_um, focus_um + 0.2, 0.1)
    uid = interrupted(session, 2, staircase, *arguments, duration_s=0.05)
    end = session.resume_run(uid).wait(PATIENCE_S)
    assert (end.step, end.steps) == (4, 4)
    start = start_of(session, end.uid)
    assert (start["first_step"], start["continues"]) == (2, uid)
    assert steps_of(session, end.uid, "direction") == [(1.0,), (-1.0,), (-1.0,), (-1.0,)]


def steps_of(session, uid, *names):
    events = [each["data"] for name, each in session.records.documents(uid) if name == "event"]
    return [tuple(each[f"step-{name}"] for name in names) for each in events if f"step-{names[0]}" in each]


def test_forces_go_on_and_back_as_they_were_asked_for(session):
    rule = {"contour_nm": 900.0, "radius_nm": 1400.0, "at_least_s": 0.05, "at_most_s": 0.05}
    arguments = (session.camera, [session.tracker], session.magnets.force, [7.0, 8.0])
    uid = interrupted(session, 1, force_extension, *arguments, **rule, settle_s=0.0, back=True)
    end = session.resume_run(uid).wait(PATIENCE_S)
    assert steps_of(session, end.uid, "force_pn", "direction") == [(8.0, 1.0), (8.0, -1.0), (7.0, -1.0)]
    start, before = start_of(session, end.uid), start_of(session, uid)
    assert {**start["rule"], "settle_s": start["settle_s"]} == {**before["rule"], "settle_s": before["settle_s"]}
    session.RE(set_force(session.magnets.force, 8.0))


def test_a_hat_curve_goes_on_at_its_force_but_not_if_its_turns_may_have_another_zero(session):
    magnets = session.magnets
    arguments = (session.camera, [session.tracker], magnets.turns, magnets.force, 8.0, 0.0, 1.0, 0.5)
    uid = interrupted(session, 2, hat_curve, *arguments, duration_s=0.05, settle_s=0.0)
    run = interrupted_run(session.records, uid)
    elsewhere = replace(run, start={**run.start, "beadline": {**run.start["beadline"], "pid": -1}})
    with pytest.raises(ValueError, match="turns was counted in another session and is not kept"):
        check_settings(elsewhere, rest_of(elsewhere, session.devices))
    other_law = replace(run, start={**run.start, "force_law": {}})
    with pytest.raises(ValueError, match="force follows another law now, the law of the profile"):
        check_settings(other_law, rest_of(other_law, session.devices))
    end = session.resume_run(uid).wait(PATIENCE_S)
    assert steps_of(session, end.uid, "turns", "direction") == [(1.0, 1.0), (1.0, -1.0), (0.5, -1.0), (0.0, -1.0)]
    session.RE(bps.mv(magnets.turns, 0.0))


def test_what_cannot_be_resumed_is_refused_in_words(session, focus_um):
    complete = session.run(step_record(session.camera, [session.tracker], session.focus, [focus_um], frames=2))
    other = session.run(record(session.camera, [session.tracker], frames=5))
    with pytest.raises(ValueError, match=r"Cannot resume run \d+ .*: it is complete, with 1 steps"):
        session.resume_run(complete)
    with pytest.raises(
        ValueError, match="of what is left of a record nothing can be said; those that can be resumed are"
    ):
        session.resume_run(other)
    with pytest.raises(KeyError, match="no run"):
        session.resume_run("0123abcd")


def test_other_beads_or_settings_are_refused_with_what_is_other(session, halfway):
    uid, _ = halfway
    beads = session.tracker.beads.value
    session.RE(bps.abs_set(session.tracker.beads, beads[1:], wait=True))
    try:
        with pytest.raises(ValueError, match=r"would not be like the first ones: .*tracker-beads-ids was"):
            session.resume_run(uid)
    finally:
        session.RE(bps.abs_set(session.tracker.beads, beads, wait=True))


def test_a_tracker_without_beads_takes_those_of_the_run_with_their_tables(session, halfway):
    uid, _ = halfway
    run, beads = interrupted_run(session.records, uid), session.tracker.beads.value
    found = beads_of(session.records, run, "tracker")
    assert [(each.id, each.role, each.lookup_table, each.window_px) for each in found] == [
        (each.id, each.role, each.lookup_table, each.window_px) for each in beads
    ]
    for there, bead in zip(found, beads, strict=True):
        assert (there.x_px, there.y_px) == pytest.approx((bead.x_px, bead.y_px), abs=8)
    session.RE(bps.abs_set(session.tracker.beads, [], wait=True))
    try:
        assert session.resume_run(uid).wait(PATIENCE_S).step == 3
    finally:
        session.RE(bps.abs_set(session.tracker.beads, beads, wait=True))


def made(**start):
    plain = {"uid": "abc", "scan_id": 7, "plan_name": "step_record", "positions": [1.0, 2.0], "frames_per_step": 5}
    kept = {**plain, "settle_s": 0.0, "axis": "focus", "detectors": ["camera", "tracker"], **start}
    return {name: value for name, value in kept.items() if value is not None}


PROFILE = load_profile("simulated")
OURS = {"profile": {"path": str(PROFILE.path), "sha256": PROFILE.sha256}}
STOPPED = {"exit_status": "abort"}


@pytest.mark.parametrize(
    ("start", "stop", "steps", "message"),
    [
        (made(settle_s=None, axis=None), STOPPED, 1, "its start document does not say settle_s, axis"),
        (made(), {}, 1, "it has no end: it goes on, or beadline recover gives it one"),
        (made(), STOPPED, 2, "it is complete, with 2 steps"),
        (made(), STOPPED, 0, "none of its steps was completed; start it anew"),
        (made(beadline={"profile": {"path": "/lab/mine.py", "sha256": "1"}}), STOPPED, 1, "the profile mine, and this"),
        (made(beadline={"profile": {**OURS["profile"], "sha256": "1"}}), STOPPED, 1, "has been changed since"),
    ],
)
def test_each_reason_has_its_sentence(start, stop, steps, message):
    with pytest.raises(ValueError, match=rf"Cannot resume run 7 \(abc\): .*{message}"):
        InterruptedRun(start, stop, {}, steps).check(PROFILE)
    InterruptedRun(made(beadline=OURS), STOPPED, {}, 1).check(PROFILE)


def test_a_bead_that_has_hardly_moved_is_where_it_was():
    then = {"t-beads-x_px": [10.0, 90.0], "t-rate": 100.0, "t-size": float("nan"), "t-roles": ["a", "b"]}
    now = {**then, "t-beads-windows_px": [64, 32]}
    assert differences(then, now) == []
    assert differences(then, {**now, "t-beads-x_px": [40.0, 100.0]}) == []
    assert differences(then, {**now, "t-beads-x_px": [40.0, 110.0]}) == [
        "t-beads-x_px was [10.0, 90.0] and is [40.0, 110.0]"
    ]
    assert differences(then, {**now, "t-rate": 50.0, "t-roles": ["a"]}) == [
        "t-rate was 100.0 and is 50.0",
        "t-roles was ['a', 'b'] and is ['a']",
    ]
    assert differences({"t-gone": 1}, now) == ["t-gone is there no more"]
