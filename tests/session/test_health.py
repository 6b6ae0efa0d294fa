"""A session looks after itself: findings before a run, alerts from cause to sink, and a status others can read."""

import json
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from bluesky import plan_stubs as bps
from bluesky.run_engine import call_in_bluesky_event_loop
from typer.testing import CliRunner

from beadline.cli.commands import app
from beadline.devices import DiskReserve
from beadline.plans import RunRefused, find_beads, live, record, root_cause, set_role, step_record
from beadline.session.looked_after import LookedAfter


@pytest.fixture
def sink(session):
    """What the rules of the session tell."""

    class Sink:
        def __init__(self):
            self.told = []

        def tell(self, alert):
            self.told.append(alert)

    made = Sink()
    session.health.rules.sinks.append(made)
    yield made
    session.health.rules.sinks.remove(made)


def wait_for(condition, patience_s=20.0):
    deadline_s = time.monotonic() + patience_s
    while not (found := condition()):
        assert time.monotonic() < deadline_s, "it did not happen"
        time.sleep(0.02)
    return found


def preventing(findings):
    return [each for each in findings if each.prevents_run]


def both(session, **how_much):
    return record(session.camera, [session.tracker, session.recorder], **how_much)


# -- before a run -------------------------------------------------------------------------------------------


def test_a_run_that_is_fine_has_no_finding_that_prevents_it(session):
    assert preventing(session.check(both(session, frames=10))) == []


def test_a_run_that_does_not_fit_the_disk_is_refused_before_it_begins(session):
    runs = len(session.records.runs())
    (finding,) = preventing(session.check(both(session, frames=10**9)))
    assert finding.where == "disk"
    assert "GB for this run and 1.00 GB in reserve" in finding.sentence
    with pytest.raises(RunRefused, match=r"Cannot begin record: disk: .* GB are free in "):
        session.RE(both(session, frames=10**9))
    assert len(session.records.runs()) == runs
    assert session.run(both(session, frames=10))


def test_a_recording_without_beads_is_refused_before_it_begins(session):
    beads, runs = session.tracker.beads.value, len(session.records.runs())
    session.RE(bps.abs_set(session.tracker.beads, [], wait=True))
    try:
        with pytest.raises(RunRefused, match="Cannot begin record: tracker: has no beads: choose them with find_beads"):
            session.RE(both(session, frames=10))
    finally:
        session.RE(bps.abs_set(session.tracker.beads, beads, wait=True))
    assert len(session.records.runs()) == runs


def test_a_plan_that_is_started_is_looked_at_as_well(session):
    handle = session.start(record, session.camera, [session.recorder], frames=10**9)
    with pytest.raises(Exception, match="Cannot begin record: disk: "):
        handle.wait(30.0)
    assert handle.status().state == "failed"


def test_positions_beyond_the_limits_are_refused_with_all_that_is_wrong(session):
    focus, stood = session.focus, session.focus.axis.state().position
    plan = step_record(session.camera, [session.tracker], focus, [50.0, 1e6, -3.0], frames=3)
    assert [each.where for each in preventing(session.check(plan))] == ["focus", "focus"]
    plan = step_record(session.camera, [session.tracker], focus, [50.0, 1e6, -3.0], frames=3)
    with pytest.raises(RunRefused, match=r"Cannot move focus to 1e\+06 um.*Cannot move focus to -3 um"):
        session.RE(plan)
    assert focus.axis.state().position == stood


def test_what_the_plan_itself_refuses_is_a_finding(session):
    (finding,) = preventing(session.check(both(session, frames=10, duration_s=3.0)))
    assert "Say either frames or duration_s" in finding.sentence


def test_tables_that_do_not_fit_the_optics_any_more_are_refused(session):
    size_nm = call_in_bluesky_event_loop(session.camera.pixel_size_nm.get_value())
    session.RE(bps.mv(session.camera.pixel_size_nm, 2 * size_nm))
    try:
        (finding,) = preventing(session.check(both(session, frames=10)))
        assert finding.where == "tracker"
        assert "Cannot use the look-up table of bead" in finding.sentence
        with pytest.raises(RunRefused, match="pixel_size_nm is"):
            session.RE(both(session, frames=10))
        assert preventing(session.check(find_beads(session.camera, session.tracker))) == []
    finally:
        session.RE(bps.mv(session.camera.pixel_size_nm, size_nm))


def test_darkness_is_said_and_prevents_nothing(session):
    level = call_in_bluesky_event_loop(session.lamp.level_percent.get_value())
    session.RE(bps.mv(session.lamp.level_percent, 0.0))
    session.said.clear()
    try:
        (finding,) = [each for each in session.check(both(session, frames=10)) if each.where == "lamp"]
        assert (finding.prevents_run, finding.sentence) == (False, "is off; a recording would be dark")
        for _ in range(2):
            session.RE(record(session.camera, [session.recorder], frames=5))
        assert session.said.count("lamp: is off; a recording would be dark") == 1
    finally:
        session.RE(bps.mv(session.lamp.level_percent, level))


def test_a_device_that_is_missing_and_a_check_that_fails_are_findings(session, monkeypatch):
    preflight = session._preflight
    monkeypatch.setattr(preflight, "_absent", {"recorder": session.recorder})
    monkeypatch.setattr(preflight, "_missing", {"recorder": "its worker did not start"})
    (finding,) = preventing(session.check(both(session, frames=10)))
    assert (finding.where, finding.sentence) == ("recorder", "is missing in this session: its worker did not start")

    def broken(planned):
        raise OSError("no light in the cellar")

    monkeypatch.setattr(preflight, "checks", [broken])
    assert session.check(both(session, frames=10))[0].sentence == "cannot be looked at: no light in the cellar"


# -- alerts -------------------------------------------------------------------------------------------------


def test_a_camera_that_stalls_is_told_within_seconds_and_when_it_is_over(session, sink):
    session.RE(live(session.camera))
    call_in_bluesky_event_loop(session.camera.action("stall_camera"))
    began_s = time.monotonic()
    (alert,) = wait_for(lambda: [each for each in sink.told if each.rule == "no frames from camera"])
    assert 1.5 < time.monotonic() - began_s < 10
    assert alert.sentence == "camera sends no frames for 2 s; check its cable and power"
    assert alert in session.health.rules.alerts
    call_in_bluesky_event_loop(session.camera.action("mend"))
    over = wait_for(lambda: [each for each in sink.told if each.over and each.rule == alert.rule])
    assert [each.sentence for each in over] == [alert.sentence]
    assert alert not in session.health.rules.alerts
    session.RE(live(session.camera, on=False))


def test_beads_in_the_dark_are_lost(session, sink):
    level = call_in_bluesky_event_loop(session.lamp.level_percent.get_value())
    session.RE(set_role(session.tracker, [5], "reference"))
    session.RE(live(session.camera))
    session.RE(bps.mv(session.lamp.level_percent, 0.0))
    alert = wait_for(lambda: [each for each in sink.told if "has lost the beads" in each.sentence])[0]
    assert "4 (tether), 5 (reference); look at focus and light" in alert.sentence
    found = session.check(record(session.camera, [session.tracker], frames=10))
    assert "has lost the beads" in next(each.sentence for each in found if each.where == "tracker")
    session.RE(bps.mv(session.lamp.level_percent, level))
    wait_for(lambda: not session.health.rules.alerts)
    assert sink.told[-1].over
    session.RE(live(session.camera, on=False))
    session.RE(set_role(session.tracker, [5], "tether"))


def test_a_disk_that_gets_full_is_told_and_a_rule_that_breaks_stops_no_other(session, sink):
    disk = session.workbench.disk
    assert isinstance(disk, DiskReserve)

    class Broken:
        name = "the broken rule"

        def look(self):
            raise OSError("no light")

    session.health.rules.rules.insert(0, Broken())
    reserve = disk.reserve_bytes
    disk.reserve_bytes = 10**18
    try:
        session.health.look()
        assert {each.rule for each in sink.told} >= {"the broken rule", "disk low"}
        with pytest.raises(RunRefused, match="disk: "):
            session.RE(both(session, frames=10))
    finally:
        disk.reserve_bytes = reserve
        session.health.rules.rules.pop(0)
        session.health.look()
    assert session.health.rules.alerts == []


# -- the status ---------------------------------------------------------------------------------------------


def status_of(data, *options):
    result = CliRunner().invoke(app, ["status", "--data", str(data), *options])
    return result.exit_code, result.output


def test_another_process_can_read_how_the_session_is_also_during_a_run(session, data):
    seen = []

    def look(name, doc):
        if name == "stream_datum" and not seen and session.camera.worker.board["window_produced"] > 150:
            session.health.look()
            seen.append(json.loads(status_of(data, "--json")[1]))

    token = session.RE.subscribe(look)
    try:
        uid = session.run(record(session.camera, [session.tracker], frames=300))
    finally:
        session.RE.unsubscribe(token)
    (found,) = seen
    assert (found["live"], found["late"], found["state"]) == (True, False, "running")
    assert (found["run"]["uid"], found["run"]["plan_name"]) == (uid, "record")
    workers = {each["name"]: each for each in found["workers"]}
    assert set(workers) == {"ingester", "camera", "tracker", "recorder"}
    assert workers["tracker"]["vitals"]["rate_hz"] > 10
    latency_ms = workers["tracker"]["vitals"]["latency_ms"]
    assert 0 < latency_ms["p50"] <= latency_ms["p95"] <= latency_ms["p99"] <= latency_ms["max"]
    assert workers["camera"]["vitals"]["memory_bytes"] > 1e7
    code, shown = status_of(data)
    assert code == 0
    assert all(name in shown for name in workers)
    assert "in reserve" in shown


def test_a_folder_without_a_session_says_so(tmp_path):
    code, _ = status_of(tmp_path)
    assert code == 1
    (tmp_path / "status.json").write_text("{")
    result = CliRunner().invoke(app, ["status", "--data", str(tmp_path)])
    assert "Cannot read the status" in str(result.exception)


def test_the_status_is_written_again_and_again(session, data):
    written = json.loads((data / "status.json").read_text())["written_s"]
    wait_for(lambda: json.loads((data / "status.json").read_text())["written_s"] > written)


def test_a_run_that_a_guard_ends_is_listed_with_its_reason(session):
    session.workbench.guards.append(no_more)
    try:
        with pytest.raises(Exception, match="it is late") as ended:
            session.RE(record(session.camera, [session.tracker], duration_s=60.0))
    finally:
        session.workbench.guards.remove(no_more)
    assert root_cause(ended.value) == "it is late"
    newest = session.records.runs(1)[0]
    assert (newest.state, newest.reason) == ("failed", "it is late")


async def no_more(camera):
    return "it is late"


class LookedAfterAlone(LookedAfter):
    """A session without anything to look after but itself."""

    def __init__(self, data):
        self.data, self.devices, self.findings = data, {}, ()
        self.profile = SimpleNamespace(path=Path("mine.py"))
        self.RE = SimpleNamespace(state="idle")
        self.workbench = SimpleNamespace(disk=None, workers=SimpleNamespace(statuses=list))
        self._ingestion = SimpleNamespace(glance=lambda: {"state": "ok", "behind": 0})


def test_the_last_look_says_how_the_session_ended(tmp_path, caplog):
    alone = LookedAfterAlone(tmp_path)
    alone._look_after()
    alone.RE.state = "panicked"
    alone._look_away()
    alone._look_away()
    assert json.loads((tmp_path / "status.json").read_text())["state"] == "panicked"
    assert caplog.records == []
