"""Row D7: a camera that is not there when a session starts."""

import time
from pathlib import Path

from bluesky import plan_stubs as bps

from beadline.plans import record
from beadline.session import Session, load_profile

from .bench import BEADS, WORLD
from .outcome import Case, Outcome

MOST_START_S = 5.0
PROFILE = """
from beadline.devices import Camera, Motor, Tracker

def microscope(workbench, broken=""):
    factory = "beadline.testing.faults.scripted_microscope:microscope"
    camera = Camera(workbench, factory, frame_rate_hz=100.0, arguments=dict({world}, seed={seed}, broken=broken))
    tracker = Tracker(camera, window_px=32)
    return {{"camera": camera, "tracker": tracker, "focus": Motor(lambda: camera.axis("focus"), unit="um")}}
"""


def is_missing(seed: int, folder: Path, full: bool) -> Outcome:
    """Start a session whose camera cannot be opened, then one whose camera is there."""
    outcome, said = Outcome(1), list[str]()
    path, data = folder / "lab.py", folder / "data"
    path.write_text(PROFILE.format(world=WORLD, seed=seed), encoding="utf-8")
    profile = load_profile(path)
    began_s = time.monotonic()
    with Session(profile, data, say=said.append, arguments={"broken": "open"}, as_default=False) as session:
        outcome.worst(start_s=time.monotonic() - began_s)
        outcome.require(outcome.figures["start_s"] < MOST_START_S, f"the start took {outcome.figures['start_s']:.1f} s")
        outcome.require_named(" ".join(said), "camera is missing", "broken on purpose in open")
        outcome.require([each.where for each in session.findings].count("camera") == 1, "no finding names the camera")
        documents: list[str] = []
        session.RE.subscribe(lambda name, _: documents.append(name))
        try:
            session.RE(record(session.camera, [session.tracker], frames=5))
        except AttributeError as error:
            outcome.require_named(str(error), "camera is missing", "broken on purpose")
        else:
            outcome.failures.append("a plan took a camera that is not there")
        outcome.require(not documents, f"a run was opened: {documents}")
    with Session(profile, data, say=said.append, as_default=False) as session:
        session.RE(bps.abs_set(session.tracker.beads, BEADS, wait=True))
        session.RE(bps.mv(session.focus, 51.0))
        session.RE(record(session.camera, [session.tracker], frames=5))
        outcome.require(session.records.runs()[0].state == "done", "the next run did not succeed")
    return outcome


CASES = (
    Case(
        "D7",
        "the camera is not there when the session starts",
        "the session starts and says so",
        is_missing,
        fast=False,
    ),
)
