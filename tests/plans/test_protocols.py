"""The protocols of a lab day on the twin in lock-step: where the axes went, which frames belong to which step."""

import numpy as np
import pytest
from bluesky import plan_stubs as bps
from bluesky.run_engine import call_in_bluesky_event_loop

from beadline.devices import FrameSpan
from beadline.plans import (
    force_calibration,
    force_clamp,
    force_extension,
    force_jump,
    hat_curve,
    noise_floor,
    root_cause,
    set_role,
    staircase,
    zero_length,
)

RATE_HZ = 100.0


def column(events, name):
    return [event[name] for event in events]


def steps_of(twin, frame_ids, plan):
    """Run a protocol and return the events of its steps, each of which has frames of its own, all in the file."""
    twin.RE(plan)
    ids, events = frame_ids(), twin.data("steps")
    assert np.all(np.diff(ids) == 1)
    last = ids[0] - 1
    for event in events:
        assert last < event["step-first_frame"] < event["step-last_frame"] <= ids[-1]
        last = event["step-last_frame"]
    (books,) = twin.data("frame_books")
    assert books["tracker-missed"] == books["tracker-unaccounted"] == 0
    return events


def frames_in(event):
    return event["step-last_frame"] - event["step-first_frame"] + 1


def start_document(twin):
    return next(doc for name, doc in twin.documents if name == "start")


def test_a_hat_curve_turns_there_and_back_at_one_force(twin, frame_ids):
    plan = hat_curve(
        twin.camera, [twin.tracker], twin.magnets.turns, twin.magnets.force, 0.5, -1.0, 2.0, 1.0,
        duration_s=0.2, settle_s=0.1,
    )  # fmt: skip
    events = steps_of(twin, frame_ids, plan)
    there = [-1.0, 0.0, 1.0, 2.0]
    assert column(events, "step-turns") == there + there[::-1]
    assert column(events, "step-direction") == [1.0] * 4 + [-1.0] * 4
    assert column(events, "magnets-turns") == pytest.approx(there + there[::-1], abs=0.001)
    assert column(events, "magnets-force") == pytest.approx([0.5] * 8, rel=0.002)
    # 20 frame periods, of which the first is under way when the step begins
    assert {frames_in(event) for event in events} <= {19, 20}
    assert start_document(twin)["plan_name"] == "hat_curve"


def test_a_staircase_goes_up_and_down(twin, frame_ids):
    up = staircase(twin.camera, [twin.tracker], twin.focus, 49.6, 50.4, 0.4, duration_s=0.1, back=True)
    events = steps_of(twin, frame_ids, up)
    assert column(events, "step-position") == pytest.approx([49.6, 50.0, 50.4, 50.4, 50.0, 49.6])
    assert column(events, "height") == pytest.approx(column(events, "step-position"), abs=0.003)


def test_the_first_frame_of_a_step_is_the_first_exposed_after_its_moves(twin, frame_ids):
    began_s = []

    def note(message):
        if message.command == "set" and isinstance(message.obj, FrameSpan):
            began_s.append(twin.clock.now())

    twin.RE.msg_hook = note
    try:
        up = staircase(twin.camera, [twin.tracker], twin.focus, 49.0, 50.5, 0.5, 0.07, settle_s=0.013, back=False)
        events = steps_of(twin, frame_ids, up)
    finally:
        twin.RE.msg_hook = None
    board = twin.camera.worker.board
    for event, set_s in list(zip(events, began_s, strict=True))[1:]:  # the first one waits for the camera besides
        ended_s = board["last_frame_s"] - (board["last_id"] - event["step-first_frame"]) / RATE_HZ
        since_s = ended_s - 0.9 / RATE_HZ - set_s
        assert -1e-6 <= since_s < 1 / RATE_HZ + 1e-6


def test_the_noise_floor_needs_a_stuck_bead(twin, frame_ids):
    (event,) = steps_of(twin, frame_ids, noise_floor(twin.camera, twin.tracker, duration_s=0.3))
    assert event["step-references"] == 1
    twin.RE(set_role(twin.tracker, [1], "tether"))
    with pytest.raises(ValueError, match="none of the 2 beads is a reference"):
        twin.RE(noise_floor(twin.camera, twin.tracker))


def test_the_zero_of_length_is_measured_with_the_magnets_up_and_never_moves_them_down(twin, frame_ids):
    def plan(up_mm):
        return zero_length(twin.camera, [twin.tracker], twin.magnets.height, up_mm, duration_s=0.2, settle_s=0.1)

    (event,) = steps_of(twin, frame_ids, plan(4.0))
    assert event["magnets-height"] == pytest.approx(4.0, abs=0.002)
    with pytest.raises(ValueError, match=r"up_mm cannot be 3\.5 mm: .* is at 4\.000 mm, and zero_length only moves up"):
        twin.RE(plan(3.5))


def test_a_force_is_recorded_as_long_as_its_error_asks_for(twin, frame_ids):
    plan = force_extension(
        twin.camera, [twin.tracker], twin.magnets.force, [10.0, 5.0, 2.0], contour_nm=2720.0, radius_nm=1400.0,
        relative_error=0.2, at_least_s=0.3, at_most_s=1.0, settle_s=0.1,
    )  # fmt: skip
    events = steps_of(twin, frame_ids, plan)
    assert column(events, "magnets-force") == pytest.approx([10.0, 5.0, 2.0], rel=0.002)
    # 50 relaxation times; by the table of fc: 21 Hz at 10 pN, so that 0.38 s; at 2 pN the limit is before that
    relaxations = [1 / (2 * np.pi * each) for each in column(events, "step-expected_corner_hz")]
    assert relaxations[0] == pytest.approx(1 / (2 * np.pi * 20.8), rel=0.02)
    durations = column(events, "step-duration_s")
    assert durations == pytest.approx([50 * relaxations[0], 50 * relaxations[1], 1.0])
    assert column(events, "step-expected_error") == pytest.approx([0.2, 0.2, np.sqrt(2 * relaxations[2] / 1.0)])
    for event, duration_s in zip(events, durations, strict=True):
        assert frames_in(event) == pytest.approx(duration_s * RATE_HZ, abs=2)
    assert column(events, "step-well_sampled") == [1.0, 1.0, 1.0]


def test_the_calibration_goes_through_heights_and_back(twin, frame_ids):
    plan = force_calibration(
        twin.camera, [twin.tracker], twin.magnets.force, [2.0, 1.0], contour_nm=680.0, radius_nm=525.0,
        relative_error=0.5, at_least_s=0.1, at_most_s=0.2, settle_s=0.0,
    )  # fmt: skip
    events = steps_of(twin, frame_ids, plan)
    assert column(events, "magnets-height") == pytest.approx([2.0, 1.0, 1.0, 2.0], abs=0.002)
    assert column(events, "step-force_pn") == pytest.approx(twin.magnets.force.law.force_pn([2.0, 1.0, 1.0, 2.0]))
    assert column(events, "step-well_sampled") == [0.0] * 4
    assert start_document(twin)["rule"]["relative_error"] == 0.5


def test_a_force_is_held_and_jumped_from(twin, frame_ids):
    force = twin.magnets.force
    (held,) = steps_of(twin, frame_ids, force_clamp(twin.camera, [twin.tracker], force, 4.0, 0.3, settle_s=0.0))
    assert held["magnets-force"] == pytest.approx(4.0, rel=0.002)
    twin.documents.clear()
    jump = force_jump(twin.camera, [twin.tracker], force, 4.0, 8.0, before_s=0.1, after_s=0.2, repeats=2, settle_s=0.1)
    events = steps_of(twin, frame_ids, jump)
    assert column(events, "magnets-force") == pytest.approx([4.0, 8.0, 4.0, 8.0], rel=0.002)
    # the jump is of the step after it, which is longer by the way of 1 mm: no less than 0.2 s
    assert frames_in(events[1]) >= 36
    assert events[1]["step-first_frame"] - events[0]["step-last_frame"] <= 3


REFUSED = {
    "step_turns": (lambda t: hat_curve(t.camera, [t.tracker], t.magnets.turns, t.magnets.force, 1.0, 0.0, 5.0, 2.0),
        "Cannot go from 0 to 5 turns in steps of 2 turns: the way is a whole number of steps"),
    "force of a hat": (lambda t: hat_curve(t.camera, [t.tracker], t.magnets.turns, t.magnets.force, 500.0),
        "The magnets cannot make 500 pN: the force law gives"),
    "limit of an axis": (lambda t: staircase(t.camera, [t.tracker], t.focus, 95.0, 105.0, 5.0),
        "Cannot move height to 105 um: its range is 0 to 100 um"),
    "duration": (lambda t: force_clamp(t.camera, [t.tracker], t.magnets.force, 1.0, 0.0),
        "duration_s cannot be 0 s: it is above 0 s"),
    "no jump": (lambda t: force_jump(t.camera, [t.tracker], t.magnets.force, 2.0, 2.0), "to_pn cannot be 2 pN"),
    "later force": (lambda t: force_extension(t.camera, [t.tracker], t.magnets.force, [1.0, 900.0], 2720.0, 1400.0),
        "The magnets cannot make 900 pN"),
    "no forces": (lambda t: force_extension(t.camera, [t.tracker], t.magnets.force, [], 2720.0, 1400.0),
        "forces_pn cannot be empty: say which forces"),
    "micrometres": (lambda t: force_extension(t.camera, [t.tracker], t.magnets.force, [1.0], 2.72, 1.4),
        "contour_nm cannot be 2.72 nm"),
    "limits": (lambda t: force_extension(
        t.camera, [t.tracker], t.magnets.force, [1.0], 2720.0, 1400.0, at_least_s=9.0, at_most_s=3.0),
        "at_least_s cannot be 9 s, above at_most_s, 3 s: say both"),
    "no consumer": (lambda t: force_clamp(t.camera, [], t.magnets.force, 1.0, 1.0), "consumers cannot be empty"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused_before_anything_moves(twin, name):
    plan, sentence = REFUSED[name]
    with pytest.raises(Exception, match=r".") as failure:
        twin.RE(plan(twin))
    assert sentence in root_cause(failure.value)
    assert twin.documents == []
    assert call_in_bluesky_event_loop(twin.magnets.height.readback.get_value()) == pytest.approx(3.0, abs=0.001)


def test_a_protocol_that_fails_keeps_its_frames_and_leaves_the_magnets(twin, frame_ids):
    def fail_at_the_third(name, document):
        if name == "event" and document["seq_num"] == 2:
            raise RuntimeError("enough")

    token = twin.RE.subscribe(fail_at_the_third)
    plan = force_jump(twin.camera, [twin.tracker], twin.magnets.force, 4.0, 8.0, before_s=0.1, after_s=0.1, repeats=3)
    try:
        with pytest.raises(RuntimeError, match="enough"):
            twin.RE(plan)
    finally:
        twin.RE.unsubscribe(token)
    assert twin.stop_document()["exit_status"] == "fail"
    assert len(frame_ids()) > 100
    twin.RE(bps.null())
    height = call_in_bluesky_event_loop(twin.magnets.height.readback.get_value())
    assert height == pytest.approx(float(twin.magnets.force.law.height_mm(8.0)), abs=0.002)
