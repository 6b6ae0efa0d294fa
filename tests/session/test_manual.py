"""What the README, the manual and the examples tell people to type, typed; only waits and sweeps are shorter."""

import re
import runpy
import shlex
import sys
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path

import dask
import numpy as np
import pytest
from bluesky import plan_stubs as bps
from bluesky.run_engine import call_in_bluesky_event_loop
from PIL import Image

from beadline import session as beadline_session
from beadline.cli import app
from beadline.plans import make_lookup_table, record, set_force
from beadline.session import Demo, demo, namespace
from beadline.status import Alert

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").rglob("*.md"))]
PYTHON = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
CONSOLE = re.compile(r"^uv run beadline *([^#\n]*)", re.MULTILINE)
CHOOSING = "docs/how-to/find-and-choose-beads.md"
BREAKING, FASTER = "docs/how-to/break-the-twin.md", "docs/how-to/run-faster-than-time.md"
LOCKING, MEASURING = "docs/how-to/hold-beads-in-focus.md", "docs/how-to/measure-forces-and-turns.md"
CONTROL = "docs/how-to/control-a-run.md"
WATCHING = "docs/how-to/watch-a-session.md"
SAFE, READING = "docs/how-to/keep-the-sample-safe.md", "docs/how-to/read-a-run.md"
TYPED_BELOW = {
    "README.md",
    "docs/tutorials/first-run.md",
    READING,
    CONTROL,
    WATCHING,
    CHOOSING,
    BREAKING,
    FASTER,
    LOCKING,
    MEASURING,
    SAFE,
}
"""Pages with code at a prompt; all other code in the manual has its output beside it, and doctest compares it."""
SHORT_S, FEW_PLANES = 0.3, 14


def shorter(code):
    """Return code whose recordings take less time and whose sweeps have fewer planes."""
    return re.sub(r"planes=\d+", f"planes={FEW_PLANES}", re.sub(r"duration_s=[\d.]+", f"duration_s={SHORT_S}", code))


def blocks(page):
    return PYTHON.findall((ROOT / page).read_text(encoding="utf-8"))


def at_the_prompt(session):
    """Return the names of the prompt."""
    return namespace(session) | {"make_lookup_table": partial(make_lookup_table, planes=FEW_PLANES, frames=3)}


def with_few_planes(*devices, **sweep):
    return make_lookup_table(*devices, **sweep | {"planes": FEW_PLANES, "frames": 3})


@pytest.fixture(autouse=True)
def as_it_was(session):
    """Leave microscope and beads to the next test as this one found them; read without dask's pool of threads."""
    beads, kind = session.tracker.beads.value, call_in_bluesky_event_loop(session.recorder.kind.get_value())
    with dask.config.set(scheduler="synchronous"):
        yield
    session.RE(bps.mv(session.recorder.kind, kind))
    session.RE(bps.abs_set(session.tracker.beads, beads, wait=True))


def test_all_code_of_the_manual_is_run():
    with_code = {page for page in PAGES if any(">>>" not in block for block in blocks(page))}
    assert {page.relative_to(ROOT).as_posix() for page in with_code} == TYPED_BELOW


def test_the_plan_of_the_readme_records_one_run_per_force(session):
    names = at_the_prompt(session)
    (plan,) = blocks(README)
    exec(shorter(plan), names)  # noqa: S102 - this is what is tested
    names["force_series"] = partial(names["force_series"], duration_s=SHORT_S)
    call, read = re.search(r"`(RE\(force_series.*?\))`; afterwards\s+`(.*?)`", README.read_text("utf-8")).groups()
    before = len(session.catalogue)
    exec(call, names)  # noqa: S102 - this is what is tested
    assert len(session.catalogue) == before + 3
    forces_pn = [session.catalogue.documents(run.uid)[0][1]["force_pn"] for run in session.catalogue.runs(3)]
    assert forces_pn == [5, 2, 1]
    exec(f"tracks = {read}", names)  # noqa: S102 - this is what is tested
    tracks = names["tracks"]
    assert tracks.dims == ("time", "bead", "column")
    assert tracks.sel(column="x_nm").unit == "nm"


def test_the_tutorial_ends_with_the_heights_of_the_beads(session):
    names = at_the_prompt(session)
    exec(shorter("\n".join(blocks("docs/tutorials/first-run.md"))), names)  # noqa: S102 - this is what is tested
    heights_nm = names["tracks"].sel(column="z_nm").mean("time")
    assert heights_nm.sizes == {"bead": 6}
    assert np.all(np.abs(heights_nm) < 100)


def test_a_run_is_read_as_the_how_to_page_says(session, at_once, monkeypatch, tmp_path):
    with at_once():
        uid = session.run(record(session.camera, [session.tracker], frames=20))
    without_session, with_figures, with_tiled = blocks(READING)
    monkeypatch.chdir(tmp_path)
    exec(with_figures, at_the_prompt(session))  # noqa: S102 - this is what is tested
    assert (tmp_path / "traces.pdf").stat().st_size > 5000
    names = {}
    exec(without_session, names)  # noqa: S102 - this is what is tested
    assert names["run"].metadata["start"]["uid"] == uid
    assert names["tracks"].sizes["time"] == 20
    for reader in with_tiled.split("\n\nimport databroker\n"):
        exec("import databroker\n" + reader, names)  # noqa: S102 - this is what is tested
        assert uid in names["runs"]


def test_beads_are_found_and_chosen_as_the_how_to_page_says(session):
    names = at_the_prompt(session)
    session.RE(set_force(session.magnets.force, 8.0))
    finding, choosing, both_kinds = (block for block in blocks(CHOOSING) if ">>>" not in block)
    exec(finding, names)  # noqa: S102 - this is what is tested
    found = {bead.id: bead for bead in session.tracker.beads.value}
    assert sorted(found) == [0, 1, 2, 3, 4, 5]
    exec(choosing, names)  # noqa: S102 - this is what is tested
    chosen = {bead.id: bead.role for bead in session.tracker.beads.value}
    new = names["new"].id
    assert new not in found
    larger = names["tracker"].beads.value[-1]
    assert chosen == {0: "reference", 2: "tether", 3: "reference", 5: "tether", new: "tether", larger.id: "tether"}
    assert (names["new"].x_px, names["new"].y_px) == (found[4].x_px, found[4].y_px)
    assert larger.window_px == 100
    exec(both_kinds, names)  # noqa: S102 - this is what is tested
    # all beads of this world are of one kind, so the first search has found them all
    assert {bead.window_px for bead in session.tracker.beads.value} == {80}


def test_a_run_is_controlled_as_the_how_to_page_says(session):
    names = at_the_prompt(session)
    for block in blocks(CONTROL):
        exec(block, names)  # noqa: S102 - this is what is tested
        if "subscribe(" in block:
            assert names["unsubscribe"]() is None
        if "cancel(" in block:
            assert (names["status"].state, names["status"].reason) == ("cancelled", "enough frames")
    first, second = names["handle"].uids[-1], names["more"].uids[-1]
    start, stop = (session.catalogue.documents(second)[place][1] for place in (0, -1))
    assert (start["continues"], stop["exit_status"]) == (first, "success")
    assert names["more"].status().frames.tracked == 50
    assert {stop.error for stop in names["session"].stop_all()} == {""}


def test_a_session_is_watched_and_guarded_as_the_how_to_page_says(session, data, capsys):
    sinks, reserve_bytes = session.health.rules.sinks, session.workbench.disk.reserve_bytes
    names, told = at_the_prompt(session), len(sinks)
    try:
        for block in blocks(WATCHING):
            exec(shorter(block), names)  # noqa: S102 - this is what is tested
        sinks[-1].tell(Alert("dark", "the lamp is off", 0.0))
    finally:
        session.workbench.disk.reserve_bytes = reserve_bytes
        del sinks[told:]
    assert "now: the lamp is off" in capsys.readouterr().out
    assert session.session_status().workers[1].state == "running"
    assert session.catalogue.runs(1)[0].state == "done"
    app(["status", "--data", str(data)], standalone_mode=False)
    assert "tracker" in capsys.readouterr().out


def test_forces_and_turns_are_measured_as_the_how_to_page_says(session):
    names = at_the_prompt(session)
    waits = {
        "calibrate_pixel_size": 0.05,
        "hat_curve": 0.05,
        "zero_length": 0.1,
        "force_extension": 0.0,
        "force_clamp": 0.0,
        "force_jump": 0.0,
    }
    for name, settle_s in waits.items():
        names[name] = partial(names[name], settle_s=settle_s)
    before = len(session.catalogue)
    try:
        exec(shorter("\n".join(blocks(MEASURING))), names)  # noqa: S102 - this is what is tested
    finally:
        session.RE.md.pop("bead", None)
        session.RE(bps.mv(session.magnets.turns, 0.0, session.magnets.force, 8.0))
    told = [run.plan_name for run in reversed(session.catalogue.runs(len(session.catalogue) - before))]
    assert told == [
        "auto_exposure", "calibrate_pixel_size", "noise_floor", "zero_length", "hat_curve", "staircase",
        "force_extension", "force_clamp", "force_jump", "force_ramp", "save_result", "record",
        "record",
    ]  # fmt: skip


def test_faults_are_switched_as_the_how_to_page_says(session):
    names, said = at_the_prompt(session), []
    for line in "\n".join(block for block in blocks(BREAKING) if ">>>" not in block).splitlines():
        if line.startswith("await "):
            # the session of the tests may be past that frame, and the camera would stall at once
            later = line.removeprefix("await ").replace("at_frame=2000", "at_frame=2_000_000")
            said.append(call_in_bluesky_event_loop(eval(later, names)))  # noqa: S307
        else:
            exec(shorter(line), names)  # noqa: S102 - this is what is tested
    assert said[1]
    assert session.catalogue.documents(session.catalogue.runs(1)[0].uid)[-1][1]["exit_status"] == "success"
    call_in_bluesky_event_loop(session.camera.action("mend"))
    assert not call_in_bluesky_event_loop(session.camera.action("faults"))


def test_a_script_in_lock_step_is_as_the_how_to_page_says(session):
    asked = []

    @contextmanager
    def open_session(profile, arguments):
        asked.append((profile, arguments))
        yield session

    (script,) = blocks(FASTER)
    before = len(session.catalogue)
    exec(shorter(script), at_the_prompt(session) | {"open_session": open_session})  # noqa: S102 - this is what is tested
    assert len(session.catalogue) == before + 1
    assert asked == [("simulated", {"clock": "lock-step", "seed": 3})]


def test_beads_are_held_as_the_how_to_page_says(session):
    names = at_the_prompt(session)
    for block in blocks(LOCKING):
        exec(shorter(block), names)  # noqa: S102 - this is what is tested
    assert names["bead_lock"].locking is None
    assert session.catalogue.documents(session.catalogue.runs(1)[0].uid)[-1][1]["exit_status"] == "success"


@pytest.fixture
def own_flow_cell(session):
    """Leave the flow cell, the magnets and the light as they were."""
    cell, lamp = session.magnets.height.flow_cell, session.lamp.level_percent
    before, level = cell.present, call_in_bluesky_event_loop(lamp.get_value())
    yield
    session.RE(bps.mv(cell.id, before, session.magnets.on_abort, "hold", lamp, level))


def test_the_sample_is_kept_safe_as_the_how_to_page_says(session, own_flow_cell, capsys):
    exec("\n".join(blocks(SAFE)), at_the_prompt(session))  # noqa: S102 - this is what is tested
    assert "may go down to 0.4 mm in flow cell simulated (set by the profile" in capsys.readouterr().out
    limit = session.magnets.height.flow_cell.limit_of("practice")
    assert (limit.limit_mm, limit.touched_mm, limit.set_by) == (2.3, 2.0, "Ada")
    assert session.magnets.height.approach_mm_per_s.source.startswith("beadline://")
    assert session.magnets.height.axis.state().position == 20.0
    assert call_in_bluesky_event_loop(session.lamp.level_percent.get_value()) == 0.0


def test_an_aborted_plan_of_a_session_leaves_the_magnets_as_asked(session, own_flow_cell):
    session.RE(bps.mv(session.magnets.height, 6.0))
    session.RE(bps.mv(session.magnets.on_abort, "retract"))
    with pytest.raises(ValueError, match="outside"):
        session.RE(_fails(session.magnets.height))
    assert session.magnets.height.axis.state().position == 20.0


def _fails(height):
    yield from bps.mv(height, 5.0)  # before it has moved anything, a plan that fails leaves all as it is
    raise ValueError("something outside")


def typed():
    """Return every command of beadline that a page shows, without its remark."""
    lines = {line.strip() for page in PAGES for line in CONSOLE.findall(page.read_text(encoding="utf-8"))}
    return sorted(line for line in lines if line.split()[0] in {"runs", "show", "figure"})


@pytest.mark.parametrize("command", typed())
def test_a_command_of_the_manual_works(session, data, command, monkeypatch, tmp_path, capsys):
    session.RE(record(session.camera, [session.tracker], frames=10))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BEADLINE_DATA", str(data))
    app(shlex.split(command), standalone_mode=False)
    assert session.catalogue.runs(1)[0].uid[:8] in capsys.readouterr().out
    assert command.startswith("figure") == any(path.suffix == ".png" for path in tmp_path.iterdir())


def test_the_demo_finds_the_truth_and_draws_it(session, tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "RECORD_S", 1.0)
    monkeypatch.setattr(demo, "make_lookup_table", with_few_planes)
    said = []
    result = Demo(session, said.append).run(tmp_path / "demo.png")
    assert result.valid
    assert result.frames == {"produced": 200, "recorded": 200, "tracked": 200, "missed": 0}
    assert result.step_nm["found"] == pytest.approx(result.step_nm["expected"], rel=0.05)
    for force in result.forces:
        assert force["extension_nm"] == pytest.approx(force["expected_nm"], rel=0.05)
    assert len(said) == len(result.phases_s) == 6
    with Image.open(tmp_path / "demo.png") as picture:
        assert min(picture.size) > 500


@pytest.fixture
def run_example(session, data, monkeypatch, tmp_path, capsys):
    """Run an example in this session rather than in one of its own, and return what it prints."""

    def run(name):
        script = tmp_path / name
        script.write_text(shorter((ROOT / "examples" / name).read_text(encoding="utf-8")), encoding="utf-8")
        monkeypatch.setattr(beadline_session, "open_session", lambda *_, **__: nullcontext(session))
        monkeypatch.setattr(sys, "argv", [name, str(data)])
        runpy.run_path(str(script), run_name="__main__")
        return capsys.readouterr().out

    return run


def test_the_example_of_a_force_series_sees_the_beads_sink(run_example):
    heights_nm = [int(height) for height in re.findall(r"median height (-?\d+) nm", run_example("02_force_series.py"))]
    assert len(heights_nm) == 3
    assert heights_nm[0] > heights_nm[1] + 100 > heights_nm[2] + 300


def test_the_first_example_reads_the_tracks_back(run_example):
    told = run_example("01_record.py")
    rms_nm = [float(each) for each in re.search(r"\[([^\]]*)\] nm rms along x", told)[1].split()]
    assert len(rms_nm) == 6
    assert min(rms_nm) < 10 < max(rms_nm) < 100


def test_the_example_of_a_lock_holds_the_stuck_bead(run_example):
    corrections, error_nm = re.search(
        r"(\d+) corrections by beads \[\d+\], error ([\d.]+) nm", run_example("04_bead_lock.py")
    ).groups()
    assert int(corrections) >= 1
    assert float(error_nm) < 20


def test_the_example_of_a_classic_positioner_runs_as_a_script(session, run_example):
    told = re.findall(r"(\d) pN: the stage stands at ([\d.]+) mm", run_example("03_classic_ophyd.py"))
    assert [(float(force), float(height)) for force, height in told] == [
        (force, pytest.approx(float(session.magnets.force.law.height_mm(force)), abs=0.002)) for force in (2.0, 5.0)
    ]


def test_the_example_of_a_lab_day_is_ready_and_parks(session, own_flow_cell, run_example):
    assert "may go down to 2.3 mm in flow cell practice (set by Ada, " in run_example("05_lab_day.py")
    assert session.magnets.height.axis.state().position == 20.0
