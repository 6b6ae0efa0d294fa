"""What a plan would do is foreseen as it then happens, and foreseeing it does nothing."""

import shutil

import pytest
from bluesky.run_engine import call_in_bluesky_event_loop

from beadline.plans import force_ramp, hat_curve, plan_summary, record, step_record


def consumers(twin):
    return [twin.tracker, twin.recorder]


PLANS = {
    "hat_curve": lambda t: hat_curve(
        t.camera, [t.tracker], t.magnets.turns, t.magnets.force, 2.0, 0.0, 1.0, 0.5, duration_s=0.2, settle_s=0.1
    ),
    "force_ramp": lambda t: force_ramp(t.camera, [t.tracker], t.magnets.force, 6.0, 8.0, 2.0, hold_s=0.1, back=False),
    "step_record": lambda t: step_record(t.camera, consumers(t), t.focus, [49.0, 50.0, 51.0], frames=5),
    "record": lambda t: record(t.camera, consumers(t), duration_s=2.0),
}


def positions(twin):
    axes = (twin.magnets.height, twin.magnets.turns, twin.focus)
    return [call_in_bluesky_event_loop(axis.readback.get_value()) for axis in axes]


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_goes_as_it_was_foreseen(twin, name, tmp_path):
    before, now_s = positions(twin), twin.clock.now()
    foreseen = plan_summary(PLANS[name](twin), data=tmp_path)
    assert positions(twin) == before
    assert twin.clock.now() == now_s
    assert twin.documents == []
    twin.RE(PLANS[name](twin))
    assert foreseen.plans == [name]
    # moves take ramps of 0.2 s at most each besides, and a ramp its last tick
    moves = sum(map(len, foreseen.positions.values()))
    spent_s = twin.clock.now() - now_s
    assert foreseen.duration_s <= spent_s + 0.05
    assert spent_s - foreseen.duration_s < 0.1 + (1.0 if name == "force_ramp" else 0.25 * moves)
    (books,) = twin.data("frame_books")
    assert foreseen.frames == pytest.approx(books["tracker-produced"], abs=0.25 * moves * 100 + 2)
    kinds = {doc["uid"]: doc["name"] for kind, doc in twin.documents if kind == "descriptor"}
    events = [kinds[doc["descriptor"]] for kind, doc in twin.documents if kind == "event"]
    for stream, count in foreseen.events.items():
        if stream == "magnets":  # read back less often where the way to the next target takes longer
            assert count / 2 < events.count(stream) <= count + 1
        else:
            assert events.count(stream) == count
    made = sum(device.path.stat().st_size for device in (twin.tracker, twin.recorder) if device.path in _new(twin))
    if name == "record":
        assert foreseen.bytes == pytest.approx(made, rel=0.1)
    assert foreseen.free_bytes == pytest.approx(shutil.disk_usage(tmp_path).free, rel=0.1)


def _new(twin):
    uid = next(doc["uid"] for kind, doc in twin.documents if kind == "start")
    paths = (twin.tracker.path, twin.recorder.path)
    return [path for path in paths if path is not None and path.parent.name == uid[:8]]


def test_a_person_reads_what_would_be_done(twin):
    said = str(plan_summary(PLANS["hat_curve"](twin)))
    assert "runs: hat_curve" in said
    assert "magnets-turns: 0, 0.5, 1, 1, 0.5, 0 turns" in said
    assert "magnets-force: 2 pN" in said
    assert "events in steps: 6" in said


def test_what_would_be_refused_is_refused(twin):
    with pytest.raises(Exception, match=r"Cannot move height to 120 um: its range is 0 to 100 um"):
        plan_summary(step_record(twin.camera, [twin.tracker], twin.focus, [50.0, 120.0]))
    with pytest.raises(Exception, match=r"The magnets cannot make 300 pN"):
        plan_summary(force_ramp(twin.camera, [twin.tracker], twin.magnets.force, 1.0, 300.0, 0.5))
