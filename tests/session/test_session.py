"""One session on a small simulated microscope: what a person does at the prompt."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from bluesky import plan_stubs as bps
from bluesky.run_engine import call_in_bluesky_event_loop
from bluesky.utils import RunEngineInterrupted
from ophyd.sim import SynAxis
from ophyd.status import MoveStatus

from beadline.devices import Force
from beadline.plans import find_beads, live, record, root_cause, set_force, step_record
from beadline.session import ProfileError, Session, load_profile, namespace

pytestmark = pytest.mark.slow


def cli(*arguments):
    command = [sys.executable, "-c", "from beadline.cli import main; main()", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def z_nm(session, uid):
    return float(session.catalogue.tracks(uid).sel(column="z_nm").mean("time").median())


def test_the_beads_of_the_world_are_found_and_all_get_a_table(session):
    assert len(session.tracker.beads.value) == 6
    assert session.tracker.table_builder.refused == {}


@pytest.fixture(scope="module")
def one_run(session, at_once):
    """A short run, looked at from several sides; nothing changes it."""
    with at_once():
        return session.run(record(session.camera, [session.tracker, session.recorder], frames=50))


@pytest.fixture(scope="module")
def high_nm(session):
    """Return the height of the beads at 8 pN."""
    session.RE(set_force(session.magnets.force, 8.0))
    return z_nm(session, session.run(record(session.camera, [session.tracker], duration_s=0.5)))


def test_after_a_plan_its_run_is_in_the_catalogue_complete(session, one_run):
    run = session.records.client[one_run]
    assert run.metadata["start"]["uid"] == one_run
    assert run.metadata["stop"]["exit_status"] == "success"
    tracks = session.catalogue.tracks(run)
    assert tracks.dims == ("time", "bead", "column")
    assert tracks.sizes["time"] == 50
    assert dict(zip(tracks.column.values, tracks.unit.values, strict=True))["z_nm"] == "nm"


def test_less_force_lets_the_beads_sink(session, high_nm):
    session.RE(set_force(session.magnets.force, 1.0))
    session.RE(bps.sleep(0.5))
    low = session.run(record(session.camera, [session.tracker], duration_s=0.5))
    assert z_nm(session, low) < high_nm - 150


def test_positions_are_kept_with_every_run(session, one_run):
    (baseline, *_) = [
        doc["data"] for name, doc in session.catalogue.documents(one_run) if name == "event" and "focus" in doc["data"]
    ]
    assert {"focus", "magnets-height", "magnets-turns"} <= set(baseline)


def test_fresh_positions_of_the_beads_without_a_run(session):
    session.RE(live(session.camera))
    session.RE(bps.trigger(session.beads, wait=True))
    session.RE(live(session.camera, on=False))
    assert session.workbench.run_folder is not None


def test_every_run_says_what_it_was_made_with(session, one_run):
    start = session.catalogue.documents(one_run)[0][1]
    assert start["beadline"]["profile"]["sha256"] == session.profile.sha256
    assert start["beadline"]["versions"]["bluesky"]
    assert start["scan_id"] > 0


def test_frames_dropped_on_purpose_are_named_in_file_documents_and_summary(session):
    session.RE(live(session.camera))
    first = int(session.camera.worker.board["last_id"]) + 60
    dropped = [first, first + 1, first + 20]
    call_in_bluesky_event_loop(session.camera.action("drop_frames", ids=dropped))
    uid = session.run(record(session.camera, [session.tracker, session.recorder], duration_s=2.0))
    session.RE(live(session.camera, on=False))
    books = session.catalogue.frame_books(uid)
    assert list(books["tracker"]["dropped_ids"]) == dropped
    assert books["recorder"]["missed"] == 3
    ids = session.catalogue.tracks_dataset(uid)["frame_id"].values
    assert sorted(set(range(ids[0], ids[-1] + 1)) - set(ids.tolist())) == dropped
    listed = next(run for run in session.catalogue.runs() if run.uid == uid)
    assert listed.reason == f"camera lost 3 of 200 frames: {', '.join(map(str, dropped))}"


def test_another_process_sees_a_run_while_it_is_recorded(session, data):
    seen = []

    def look():
        deadline = time.monotonic() + 40
        while not seen and time.monotonic() < deadline:
            row = json.loads(cli("runs", "--data", str(data), "--json", "--limit", "1").stdout)[0]
            if row["state"] == "running" and row["rows"].get("tracks.h5", 0) > 0:
                seen.append(row)
        session.RE.abort()

    looking = threading.Thread(target=look)
    looking.start()
    with pytest.raises(RunEngineInterrupted):
        session.RE(record(session.camera, [session.tracker], duration_s=60.0))
    looking.join()
    assert seen
    assert seen[0]["plan_name"] == "record"
    assert np.isfinite(seen[0]["first_tracks"][0]["x_nm"])


def test_a_second_session_is_told_who_has_the_folder(session, data):
    with pytest.raises(OSError, match=f"{os.getpid()}"):
        Session(load_profile("simulated"), data)
    assert session.run(record(session.camera, [session.tracker], frames=5))


def test_steps_of_the_focus_are_seen_by_the_tracks(session):
    session.RE(set_force(session.magnets.force, 8.0))
    focus = session.focus
    centre = 50.0
    uid = session.run(step_record(session.camera, [session.tracker], focus, [centre, centre + 0.5], frames=20))
    tracks = session.catalogue.tracks(uid).sel(column="z_nm").median("bead")
    step = float(tracks[20:].mean() - tracks[:20].mean())
    session.RE(bps.mv(focus, centre))
    assert step == pytest.approx(-0.878 * 500, rel=0.03)


def test_names_of_the_prompt(session):
    names = namespace(session)
    assert {"RE", "bp", "bps", "catalogue", "camera", "magnets", "record", "find_beads"} <= set(names)


class ClassicStage(SynAxis):
    """A classic ophyd positioner over the magnets' height."""

    def __init__(self, axis):
        self.axis = axis
        self.stopped = threading.Event()
        super().__init__(name="stage", value=axis.state().position)

    def check_value(self, value):
        if not 0.4 <= value <= 20:
            raise ValueError(f"Cannot move stage to {value} mm")

    def set(self, value):
        self.stopped.clear()
        status = MoveStatus(self, value)
        self.axis.move(value)
        threading.Thread(target=self._follow, args=(value, status), daemon=True).start()
        return status

    def _follow(self, value, status):
        while not self.stopped.wait(0.01):
            state = self.axis.state()
            super().set(state.position)
            if not state.moving:
                status.set_finished()
                return
        status.set_exception(RuntimeError("stopped"))

    def stop(self, *, success=False):
        self.axis.stop()
        self.stopped.set()


def test_a_classic_positioner_sets_the_force_and_the_tracks_follow(session, high_nm):
    session.RE(set_force(session.magnets.force, 8.0))
    force = Force(ClassicStage(session.magnets.height.axis), session.magnets.force.law, name="force")
    session.RE(set_force(force, 1.0))
    session.RE(bps.sleep(0.5))
    low = session.run(record(session.camera, [session.tracker], duration_s=0.5))
    assert z_nm(session, low) < high_nm - 150


@pytest.mark.parametrize("kind", ["native", "classic"])
def test_aborting_stops_the_magnets_in_mid_move(session, kind):
    axis = session.magnets.height.axis
    force = session.magnets.force
    if kind == "classic":
        force = Force(ClassicStage(axis), force.law, name="force")
    session.RE(set_force(force, 8.0))
    timer = threading.Timer(0.4, session.RE.abort)
    timer.start()
    with pytest.raises(RunEngineInterrupted):
        session.RE(set_force(force, 0.01))
    timer.join()
    stopped = axis.state()
    assert not stopped.moving
    assert float(session.magnets.force.law.height_mm(8.0)) < stopped.position < float(force.law.height_mm(0.01))


def test_a_plan_that_fails_says_why_and_the_next_one_works(session):
    with pytest.raises(Exception, match=r".") as failure:
        session.RE(find_beads(session.camera, session.tracker, references=[99]))
    assert "references cannot contain [99]" in root_cause(failure.value)
    session.RE(set_force(session.magnets.force, 8.0))
    assert session.run(record(session.camera, [session.tracker], frames=5))


def test_an_unknown_profile_is_refused_with_those_there_are():
    with pytest.raises(ProfileError, match="give the path of a file, or one of example_lab, replay, simulated"):
        load_profile("nonsense")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def microscope(:", "Cannot read the profile .*SyntaxError"),
        ("x = 1", "defines no function microscope"),
    ],
)
def test_a_profile_that_cannot_be_used_says_why(tmp_path, text, message):
    path = tmp_path / "lab.py"
    path.write_text(text)
    with pytest.raises(ProfileError, match=message):
        load_profile(path)


def test_a_profile_returns_devices(tmp_path):
    path = tmp_path / "lab.py"
    path.write_text("def microscope(workbench):\n    return None\n")
    with pytest.raises(ProfileError, match="returns a dictionary of devices by name"):
        load_profile(path).devices(None)


def test_files_of_a_run_are_in_one_folder(session, one_run):
    names = {path.name for path in Path(session.catalogue.folder(one_run)).iterdir()}
    assert {"documents.jsonl", "tracks.h5", "video.h5"} <= names
