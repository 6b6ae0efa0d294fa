"""Plans that keep the sample safe: touch-off, start-up, parking, and what becomes of the magnets after an abort."""

import gc
import inspect
import math
from dataclasses import replace

import pytest
from bluesky import Msg
from bluesky import plan_stubs as bps
from bluesky.run_engine import call_in_bluesky_event_loop
from bluesky.utils import FailedStatus, RequestAbort, RequestStop
from ophyd_async.core import init_devices

from beadline import plans
from beadline.devices import FlowCell, MagnetHeight, Magnets, MagnetTurns, by_the_profile
from beadline.hardware import AxisInfo
from beadline.physics import M270_PAIR, ForceTable
from beadline.plans import (
    NoBeadsFound,
    NotReady,
    add_bead,
    calibrate_pixel_size,
    find_beads,
    force_calibration,
    force_clamp,
    force_extension,
    force_jump,
    force_ramp,
    hat_curve,
    leave_safely,
    live,
    make_lookup_table,
    move_bead,
    noise_floor,
    notify,
    park,
    plan_summary,
    record,
    remove_beads,
    root_cause,
    screen_tethers,
    set_force,
    set_role,
    staircase,
    startup,
    step_record,
    time_lapse,
    timed_wait,
    touch_off,
    trust_turns,
    with_abort_policy,
    zero_length,
)
from beadline.plans.checks import check_course
from bench import BEADS, make_bench
from scripted_camera import ScriptedAxis

pytestmark = pytest.mark.filterwarnings(r"ignore:[\s\S]*was never iterated:RuntimeWarning")


class Stage(ScriptedAxis):
    """Jumps, so that tests take no time; keeps where it went."""

    def __init__(self, unit, low, high):
        super().__init__(unit, low, high, speed=1e4)
        self.targets = []

    def move(self, target, speed=None):
        self.targets.append(target)
        super().move(target)


def source_of(axis):
    async def source():
        return axis

    return source


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    made = make_bench(tmp_path_factory.mktemp("runs"))
    made.stage, made.rotation = Stage("mm", 0.0, 10.0), Stage("turns", None, None)
    with init_devices():
        cell = FlowCell(made.workbench)
        height = MagnetHeight(source_of(made.stage), cell)
        magnets = Magnets(height, MagnetTurns(source_of(made.rotation), made.workbench), M270_PAIR)
    made.magnets, made.cell = magnets, cell
    made.RE(bps.abs_set(made.tracker.beads, BEADS, wait=True))
    yield made
    made.close()


@pytest.fixture(autouse=True)
def at_5_mm(lab):
    lab.stage.info = AxisInfo("mm", 0.0, 10.0, tolerance=1e-6, speed=1e4)
    lab.stage._from = lab.stage._to = 5.0
    lab.stage.targets.clear()
    lab.rotation.targets.clear()


@pytest.fixture
def limited(lab):
    lab.RE(touch_off(lab.magnets, "B7", "Ada", 0.5, touch_at_mm=4.0))
    lab.stage.targets.clear()
    lab.stage._from = lab.stage._to = 5.0


def error_of(lab, plan):
    with pytest.raises(Exception, match=r".") as failure:
        lab.RE(plan)
    return root_cause(failure.value)


def answers(monkeypatch, *given):
    left, asked = list(given), []

    def ask(prompt=""):
        asked.append(prompt)
        yield from bps.null()
        return left.pop(0)

    monkeypatch.setattr(bps, "input_plan", ask)
    return asked


def test_touch_off_goes_down_step_by_step_and_keeps_what_a_person_confirms(lab, monkeypatch):
    asked = answers(monkeypatch, "d", "?", "f", "t", "y")
    lab.RE(touch_off(lab.magnets, "C1", "Grace", step_mm=0.5))
    assert lab.stage.targets == pytest.approx([4.5, 4.4, 5.0])
    assert asked[-1].startswith("touched at 4.400 mm; keep the limit 4.7 mm in flow cell C1 (set by Grace, ")
    limit = lab.cell.limit
    assert (limit.flow_cell, limit.limit_mm, limit.touched_mm, limit.set_by) == ("C1", 4.7, 4.4, "Grace")
    assert [row[lab.magnets.height.name] for row in lab.data("touch_off")][-3:] == pytest.approx([5.0, 4.5, 4.4])


@pytest.mark.parametrize("given", [("d", "q"), ("d", "t", "n")])
def test_touch_off_given_up_keeps_nothing_and_takes_its_leave_to_go_down_away(lab, monkeypatch, given):
    lab.RE(bps.mv(lab.cell.id, "never touched"))
    answers(monkeypatch, *given)
    assert "nothing was kept" in error_of(lab, touch_off(lab.magnets, "never touched", "Ada"))
    assert lab.cell.limit is None
    assert "nobody has said how near" in error_of(lab, bps.mv(lab.magnets.height, 4.5))


def test_touch_off_of_an_axis_that_is_not_homed_is_refused(lab):
    lab.stage.info = replace(lab.stage.info, homed=False)
    assert "not homed" in error_of(lab, touch_off(lab.magnets, "C2", "Ada", touch_at_mm=4.0))
    assert lab.stage.targets == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"step_mm": 0.6}, "step_mm cannot be 0.6 mm: it is above 0 and at most 0.5 mm"),
        ({"margin_mm": 0.1}, "margin_mm cannot be 0.1 mm: it is at least 0.2 mm"),
        ({"touch_at_mm": 6.0}, "touch_at_mm cannot be 6 mm: the magnets are at 5.000 mm, below that"),
        ({"operator": ""}, "operator cannot be ''"),
    ],
)
def test_touch_off_checks_its_arguments(lab, change, problem):
    assert problem in error_of(lab, touch_off(lab.magnets, **{"flow_cell": "C3", "operator": "Ada", **change}))
    assert lab.stage.targets == []


def test_startup_says_what_is_known_and_names_all_that_is_missing(lab, limited):
    said = []
    lab.RE(startup(lab.camera, lab.tracker, lab.magnets, lab.height, say=said.append))
    text = "; ".join(said)
    assert "magnets-height: homed" in text
    assert "magnets-height: at 5.000 mm, may go down to 4.3 mm in flow cell B7 (set by Ada, " in text
    assert "2 beads, 0 of them with a look-up table" in text
    lab.stage.info = replace(lab.stage.info, homed=False)
    lab.RE(bps.mv(lab.cell.id, "C9"))
    with pytest.raises(NotReady) as failure:
        lab.RE(startup(lab.camera, lab.tracker, lab.magnets, lab.height, tables=True))
    assert str(failure.value).startswith("Not ready: magnets-height is not homed; home it at its controller")
    assert "no limit is known of flow cell C9; find it with touch_off" in str(failure.value)
    assert "beads [0, 1] have no look-up table" in str(failure.value)
    assert lab.stage.targets == []


def test_park_goes_up_only_and_does_not_turn(lab):
    lab.RE(park(lab.magnets, camera=lab.camera))
    assert (lab.stage.targets, lab.rotation.targets) == ([10.0], [])
    lab.RE(park(lab.magnets, up_mm=3.0))
    assert lab.stage.targets == [10.0]
    assert "up_mm cannot be 11 mm: magnets-height goes up to 10 mm" in error_of(lab, park(lab.magnets, up_mm=11.0))


LOW_PN, HIGH_PN = (float(M270_PAIR.force_pn(height_mm)) for height_mm in (5.5, 4.8))
QUICK = {"duration_s": 0.02, "settle_s": 0.0}
RULED = {"contour_nm": 2700.0, "radius_nm": 1400.0, "at_least_s": 0.01, "at_most_s": 0.02, "settle_s": 0.0}


def followed(lab):
    """Return what a recording of the lab is made with."""
    return lab.camera, [lab.tracker]


PLANS = {
    "force_calibration": lambda lab: force_calibration(*followed(lab), lab.magnets.force, [5.5, 4.8], **RULED),
    "force_clamp": lambda lab: force_clamp(*followed(lab), lab.magnets.force, HIGH_PN, **QUICK),
    "force_extension": lambda lab: force_extension(*followed(lab), lab.magnets.force, [LOW_PN, HIGH_PN], **RULED),
    "force_jump": lambda lab: force_jump(
        *followed(lab), lab.magnets.force, LOW_PN, HIGH_PN, before_s=0.02, after_s=0.02, settle_s=0.0
    ),
    "force_ramp": lambda lab: force_ramp(*followed(lab), lab.magnets.force, HIGH_PN - 0.05, HIGH_PN, 0.5, hold_s=0.0),
    "hat_curve": lambda lab: hat_curve(
        *followed(lab), lab.magnets.turns, lab.magnets.force, HIGH_PN, -1.0, 1.0, 1.0, **QUICK
    ),
    "noise_floor": lambda lab: noise_floor(lab.camera, lab.tracker, duration_s=0.02),
    "notify": lambda lab: notify("The magnets are up", say=lambda line: None),
    "staircase": lambda lab: staircase(*followed(lab), lab.magnets.height, 4.5, 4.9, 0.2, **QUICK),
    "time_lapse": lambda lab: time_lapse(lambda: record(*followed(lab), frames=2), 2, 0.01, say=lambda line: None),
    "timed_wait": lambda lab: timed_wait(0.02, say=lambda line: None),
    "zero_length": lambda lab: zero_length(*followed(lab), lab.magnets.height, 7.0, **QUICK),
    "calibrate_pixel_size": lambda lab: calibrate_pixel_size(lab.camera, lab.tracker, lab.height, 1.0, 0.5, **QUICK),
    "screen_tethers": lambda lab: screen_tethers(
        *(lab.camera, lab.tracker, lab.magnets, 2720.0, 9.0, HIGH_PN, HIGH_PN, LOW_PN, 1.0, 1.0),
        duration_s=0.02,
        surface_s=0.02,
        settle_s=0.0,
    ),
    "add_bead": lambda lab: add_bead(lab.tracker, 20.0, 20.0, allow_overlap=True),
    "find_beads": lambda lab: find_beads(lab.camera, lab.tracker),
    "leave_safely": lambda lab: leave_safely(lab.magnets),
    "live": lambda lab: live(lab.camera, on=False),
    "make_lookup_table": lambda lab: make_lookup_table(
        lab.camera, lab.tracker, lab.recorder, lab.height, 0.1, 0.1, planes=5, frames=1
    ),
    "move_bead": lambda lab: move_bead(lab.tracker, 0, 41.0, 40.0),
    "park": lambda lab: park(lab.magnets),
    "record": lambda lab: record(lab.camera, [lab.tracker], frames=5),
    "remove_beads": lambda lab: remove_beads(lab.tracker, []),
    "set_force": lambda lab: set_force(lab.magnets.force, 2.0),
    "set_role": lambda lab: set_role(lab.tracker, [0], "tether"),
    "startup": lambda lab: startup(lab.camera, lab.tracker, lab.magnets, lab.height),
    "step_height": lambda lab: step_record(lab.camera, [lab.tracker], lab.magnets.height, [4.8, 4.5], frames=1),
    "step_turns": lambda lab: step_record(lab.camera, [lab.tracker], lab.magnets.turns, [1.0, -1.0], frames=1),
    "touch_off": lambda lab: touch_off(lab.magnets, "B7", "Ada", 0.5, touch_at_mm=4.0),
    "trust_turns": lambda lab: trust_turns(lab.magnets.turns, "controller"),
}
STUBS = {"check_moves", "ended_by", "in_run", "move_away", "on_instrument_time", "staged", "with_abort_policy"}
"""Pieces of plans, which have no clean-up of their own or are in the plans above."""
STUBS |= {"confirm", "linger_s", "plan_summary", "record_protocol", "take_continuously", "take_step", "take_steps"}
STUBS |= {"asks_only", "bytes_per_frame", "checked_first", "look_at_guards", "planned_by", "take_while", "wait_s"}
LOCKS = {"bead_lock_decorator", "bead_lock_wrapper", "hold_beads"}
"""They move focus and stage alone, which their own tests see."""
LIGHT = {"auto_exposure"}
"""It sets camera and lamp alone, and how far it goes depends on the picture; its own tests see what an abort leaves."""
FILES = {"save_result"}
"""It writes a file, and asks nothing of any device that moves."""
OFFERED = (
    {name for name in plans.__all__ if inspect.isfunction(getattr(plans, name))}
    - STUBS
    - LOCKS
    - LIGHT
    - FILES
    - {"root_cause"}
)
POLICIES = ("hold", "retract", "park_force")
MOST_ABORTS = 12


def aborted(lab, plan, at, after, error=RequestAbort):
    """Run a plan, abort it instead of its message number `at`, and keep each message after that and the height then."""
    count, answer = 0, None
    try:
        message = next(plan)
        while True:
            if count == at:
                after.append((Msg("null"), lab.stage.state().position))
                message = plan.throw(error())
            if count >= at:
                after.append((message, lab.stage.state().position))
            count += 1
            try:
                answer = yield message
            except Exception as problem:  # noqa: BLE001 - what the engine says, the plan is told
                message = plan.throw(problem)
            else:
                message = plan.send(answer)
    except StopIteration:
        return


def messages_of(lab, plan):
    """Run a plan to its end, good or bad, and return the number of its messages."""
    lab.RE(bps.mv(lab.magnets.on_abort, "hold"))
    lab.RE(bps.abs_set(lab.tracker.beads, BEADS, wait=True))
    lab.stage._from = lab.stage._to = 5.0
    count = [0]

    def counted(message):
        count[0] += 1

    lab.RE.msg_hook = counted
    try:
        lab.RE(with_abort_policy(plan, lab.magnets))
    except (NoBeadsFound, FailedStatus):
        pass  # the picture is empty: no beads, and no look-up tables
    finally:
        lab.RE.msg_hook = None
    return count[0]


def cleaned_up(lab, plan, at, policy, error=RequestAbort):
    """Return the messages of the clean-up of a plan that is aborted, each with the height of the magnets then."""
    lab.RE(bps.mv(lab.magnets.on_abort, policy))
    lab.RE(bps.abs_set(lab.tracker.beads, BEADS, wait=True))
    lab.stage._from = lab.stage._to = 5.0
    after = []
    try:
        lab.RE(aborted(lab, with_abort_policy(plan, lab.magnets), at, after, error))
    except Exception:  # noqa: BLE001 - it was aborted
        return after
    return after


def breaches(lab, messages):
    """Return what a clean-up may not do: bring the magnets nearer, or turn them."""
    sets = [(message, height_mm) for message, height_mm in messages if message.command == "set"]
    nearer = [each for each, now_mm in sets if each.obj is lab.magnets.height and each.args[0] < now_mm]
    return [*nearer, *(each for each, _ in sets if each.obj in (lab.magnets.turns, lab.magnets.force))]


@pytest.mark.slow
@pytest.mark.parametrize("name", PLANS)
def test_law_no_clean_up_brings_the_magnets_nearer_or_turns_them(lab, limited, name):
    plan = PLANS[name]
    many = messages_of(lab, plan(lab))
    places = sorted({round(share * (many - 1) / (MOST_ABORTS - 1)) for share in range(MOST_ABORTS)})
    for turn, at in enumerate(places):
        after = cleaned_up(lab, plan(lab), at, POLICIES[turn % len(POLICIES)])
        # how often a recording looks for frames differs, so the last places may be behind its end
        assert after or at > many / 2, f"{name} was not aborted at message {at} of {many}"
        assert breaches(lab, after) == []
    gc.collect()  # what was aborted before its first message says so, and is not to say it in another test


def test_the_law_covers_every_plan_that_is_offered():
    made_of_others = {"step_record": ("step_height", "step_turns")}
    for name in OFFERED:
        assert name in PLANS or name in made_of_others, f"{name} needs a line in PLANS"


def test_the_law_sees_a_clean_up_that_breaks_it(lab, limited):
    def bad():
        try:
            yield from bps.null()
            yield from bps.null()
        finally:
            yield from bps.mv(lab.magnets.height, 4.5)
            yield from bps.mv(lab.magnets.turns, 0.5)

    assert [each.obj for each in breaches(lab, cleaned_up(lab, bad(), 1, "hold"))] == [
        lab.magnets.height,
        lab.magnets.turns,
    ]


def idle():
    yield from bps.null()
    yield from bps.null()


@pytest.mark.parametrize(
    ("policy", "before_mm", "after_mm"),
    [
        ("hold", 5.0, 5.0),
        ("retract", 5.0, 10.0),
        ("park_force", 5.0, float(M270_PAIR.height_mm(1.0))),
        ("park_force", 9.0, 9.0),
    ],
)
def test_each_policy_leaves_the_magnets_where_it_says(lab, policy, before_mm, after_mm):
    lab.RE(bps.mv(lab.magnets.on_abort, policy))
    lab.stage._from = lab.stage._to = before_mm
    with pytest.raises(ValueError, match="the tether broke"):
        lab.RE(with_abort_policy(fails(lab), lab.magnets))
    assert lab.stage.state().position == pytest.approx(after_mm)
    lab.stage._from = lab.stage._to = before_mm
    lab.RE(with_abort_policy(idle(), lab.magnets))
    assert lab.stage.state().position == before_mm


def fails(lab):
    yield from bps.mv(lab.magnets.turns, 0.25)
    raise ValueError("the tether broke")


def turned_and_idle(lab):
    yield from bps.mv(lab.magnets.turns, 0.25)
    for _ in range(6):
        yield from bps.null()


@pytest.mark.parametrize("policy", POLICIES)
def test_a_plan_that_is_refused_leaves_the_magnets_under_each_policy(lab, limited, policy):
    lab.RE(bps.mv(lab.magnets.on_abort, policy))
    refused = {
        "it is at least 0 s": lambda: staircase(
            lab.camera, [lab.tracker], lab.magnets.height, 4.5, 4.9, 0.2, duration_s=0.02, settle_s=-1.0
        ),
        "its range is 4.3 to 10 mm": lambda: step_record(
            lab.camera, [lab.tracker], lab.magnets.height, [4.5, 4.0], frames=1
        ),
        "a ramp ends at another force": lambda: force_ramp(
            lab.camera, [lab.tracker], lab.magnets.force, 1.0, 1.0, 0.5, hold_s=0.0
        ),
    }
    for sentence, plan in refused.items():
        assert sentence in error_of(lab, with_abort_policy(plan(), lab.magnets))
    assert lab.stage.targets == []
    after = cleaned_up(lab, turned_and_idle(lab), 4, policy)
    assert ([each.command for each, _ in after].count("set") > 0) == (policy != "hold")


def test_a_plan_that_was_stopped_leaves_the_magnets(lab):
    after = cleaned_up(lab, turned_and_idle(lab), 4, "retract", error=RequestStop)
    assert [message.command for message, _ in after] == ["null"]
    assert lab.stage.targets == []


def test_a_clean_up_that_fails_does_not_hide_what_ended_the_plan(lab):
    lab.RE(bps.mv(lab.magnets.on_abort, "park_force"))
    lab.RE(bps.mv(lab.magnets.park_force_pn, 1e6))
    with pytest.raises(ValueError, match="the tether broke") as failure:
        lab.RE(with_abort_policy(fails(lab), lab.magnets))
    lab.RE(bps.mv(lab.magnets.park_force_pn, 1.0))
    assert any("afterwards this failed too" in note for note in failure.value.__notes__)


def test_trust_turns_checks_its_argument(lab):
    before = call_in_bluesky_event_loop(lab.magnets.turns.readback.get_value())
    assert 'say "stored" or "controller"' in error_of(lab, trust_turns(lab.magnets.turns, "me"))
    assert call_in_bluesky_event_loop(lab.magnets.turns.readback.get_value()) == before


@pytest.mark.usefixtures("limited")
def test_a_ramp_that_would_near_the_limit_too_fast_is_refused_and_one_away_from_it_is_not(lab):
    force = lab.magnets.force
    low_pn, high_pn = (float(force.law.force_pn(height_mm)) for height_mm in (5.5, 4.6))

    def ramp(from_pn, to_pn):
        return force_ramp(lab.camera, [lab.tracker], force, from_pn, to_pn, 1.0, hold_s=0.0, back=False)

    assert "in small steps it can do 0.5 mm/s there" in str(error_of(lab, ramp(low_pn, high_pn)))
    assert lab.stage.targets == []
    lab.RE(bps.mv(force, high_pn))
    lab.RE(ramp(high_pn, low_pn))
    assert lab.stage.targets[-1] == pytest.approx(5.5, abs=1e-6)


@pytest.mark.usefixtures("limited")
def test_up_and_down_again_below_the_limit_is_refused_before_anything_moves(lab):
    lab.stage._from = lab.stage._to = 4.1  # the limit is 4.3 mm: from here it may only go up
    magnets, followed_by = lab.magnets, (lab.camera, [lab.tracker])
    low_pn, high_pn = (float(M270_PAIR.force_pn(height_mm)) for height_mm in (5.5, 4.2))
    courses = [
        step_record(*followed_by, magnets.height, [5.0, 4.2], frames=1),
        staircase(*followed_by, magnets.height, 4.2, 4.4, 0.2, **QUICK),
        force_jump(*followed_by, magnets.force, low_pn, high_pn, before_s=0.02, after_s=0.02, settle_s=0.0),
    ]
    for course in courses:
        assert "its range is 4.3 to 10 mm" in error_of(lab, course)
        assert lab.stage.targets == []
    mixed = [(magnets.height, 4.2), (magnets.force, low_pn), (magnets.height, 4.2)]
    assert "its range is 4.3 to 10 mm" in error_of(lab, check_course(mixed))
    lab.RE(check_course(mixed[:2]))

    def unchecked():
        yield from bps.mv(magnets.height, 6.0)
        yield from bps.mv(magnets.height, 4.2)

    with pytest.raises(ValueError, match=r"its range is 4\.3 to 10 mm"):
        plan_summary(unchecked())
    assert lab.stage.targets == []


@pytest.mark.parametrize("ending", ["halt", "error", "stop"])
def test_the_limit_holds_again_whatever_ends_the_search_for_it(lab, limited, ending):
    def broken_off():
        search = touch_off(lab.magnets, "B7", "Ada", 0.5, touch_at_mm=3.0)
        answer = None
        while not lab.stage.targets:
            answer = yield search.send(answer)
        assert lab.magnets.height.probing
        if ending == "stop":
            yield from bps.stop(lab.magnets.height)
            assert not lab.magnets.height.probing
        if ending == "error":
            yield search.throw(ValueError("the lamp fell down"))
        search.close()  # what a halt does

    lab.stage._from = lab.stage._to = 4.2
    lab.RE(broken_off())
    assert not lab.magnets.height.probing
    lab.stage._from = lab.stage._to = 4.2
    assert "its range is 4.3 to 10 mm" in error_of(lab, bps.mv(lab.magnets.height, 3.9))


def test_the_prompt_cannot_set_the_limit_aside(lab, limited):
    with pytest.raises(Exception, match=r"."):
        lab.RE(bps.mv(lab.magnets.height.probing, True))
    assert not lab.magnets.height.probing


def test_a_law_that_holds_up_to_a_height_can_be_measured_beyond_it(lab, limited):
    force = lab.magnets.force
    before = force.in_force
    force.follow(by_the_profile(ForceTable((4.8, 5.0, 5.5), (4.0, 3.0, 2.0))))
    lab.documents.clear()
    try:
        assert force.force_at(5.5 + 0.5e-6) == pytest.approx(2.0)
        assert math.isnan(force.force_at(5.6))
        lab.RE(force_calibration(*followed(lab), force, [6.0, 5.0], back=False, **RULED))
        unknown, known = lab.data("steps")
        assert math.isnan(unknown["step-force_pn"])
        assert math.isnan(unknown["magnets-force"])
        assert unknown["step-duration_s"] == RULED["at_most_s"]
        assert known["step-force_pn"] == known["magnets-force"] == pytest.approx(3.0)
        assert "does not reach to 1 pN" in error_of(lab, set_force(force, 1.0))
    finally:
        force.follow(before)
