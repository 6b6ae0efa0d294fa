"""Rows M5 to M7: plans that are cancelled from everywhere, with a reason, and paused."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from bluesky import plan_stubs as bps
from bluesky.utils import RunEngineInterrupted

from beadline.devices import Bead
from beadline.plans import in_run, record
from beadline.session import Session, load_profile

from .bench import WORLD
from .kept import Acknowledged, frames_announced, judge_kept
from .outcome import Case, Outcome

MOST_S = 30.0
MOST_STOP_S = 0.5
Cancel = Callable[[Any], Any]


class _Interrupted:
    """A session whose plans are interrupted, and what the journal has taken of each."""

    def __init__(self, folder: Path, seed: int, outcome: Outcome) -> None:
        self.outcome = outcome
        self.runs: dict[str, Acknowledged] = {}
        self.stop: dict[str, Any] = {}
        arguments = {**WORLD, "seed": seed, "frame_rate_hz": 200.0}
        quiet: Callable[[str], None] = lambda _: None  # noqa: E731
        self.session = Session(load_profile("simulated"), folder, say=quiet, arguments=arguments, as_default=False)
        self.session.RE.subscribe(self._witness)
        beads = [Bead(0, 48.0, 48.0)]
        self.session.RE(bps.abs_set(self.session.tracker.beads, beads, wait=True))
        self.both = [self.session.tracker, self.session.recorder]

    def __enter__(self) -> "_Interrupted":
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def _witness(self, name: str, document: dict[str, Any]) -> None:
        if name == "start":
            path = self.session.workbench.run_folder.file("any", asked_by="the witness").parent
            self.runs[document["uid"]] = Acknowledged(path)
            self.stop = {}
        if name == "stop":
            self.stop = document
        next(reversed(self.runs.values())).take((name, document))

    def begin(self, plan: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
        """Start a plan and wait until its run is open."""
        known = len(self.runs)
        handle = self.session.start(plan, *arguments, **more)
        _until(lambda: len(self.runs) > known)
        return handle

    def judge(self, handle: Any, state: str) -> None:
        """Wait for the end, and apply the pass rule."""
        outcome = self.outcome
        outcome.injected += 1
        with suppress(Exception):
            handle.wait(MOST_S)
        outcome.require(handle.status().state == state, f"the plan is {handle.status().state} and not {state}")
        outcome.require(self.session.RE.state == "idle", f"the RunEngine is {self.session.RE.state}")
        outcome.require(self.stop, "the run has no end")
        board = self.session.camera.worker.board
        armed = ["the camera is armed"] if board["running"] or not board["window_done"] else []
        moving = ["the magnets move"] if self.session.magnets.height.axis.state().moving else []
        outcome.require_safe(", ".join(armed + moving))
        run = next(reversed(self.runs.values()))
        run.frames = frames_announced(run.documents())
        judge_kept(outcome, run)

    def next_run_works(self) -> None:
        """Note a failure, unless a recording made now gets all its frames."""
        self.session.run(record(self.session.camera, self.both, frames=10))
        rows = frames_announced(next(reversed(self.runs.values())).documents())
        self.outcome.require(set(rows.values()) == {10}, f"the next run has {rows}")


def _until(condition: Callable[[], Any]) -> None:
    deadline_s = time.monotonic() + MOST_S
    while not condition():
        if time.monotonic() > deadline_s:
            raise TimeoutError(f"It did not come to pass within {MOST_S:g} s")
        time.sleep(0.002)


def are_cancelled(seed: int, folder: Path, full: bool) -> Outcome:
    """Cancel recordings and moves from threads, from a callback, while paused, and many times at once."""
    outcome, random = Outcome(), np.random.default_rng(seed)
    with _Interrupted(folder / "data", seed, outcome) as tried:
        ways: list[Cancel] = [
            lambda handle: handle.cancel("once"),
            lambda handle: [threading.Thread(target=handle.cancel).start() for _ in range(10)],
            lambda handle: _from_a_callback(tried, handle),
            _while_paused,
        ]
        for number in range(100 if full else 8):
            way, moving = ways[number % len(ways)], number // len(ways) % 2 == 1
            if moving and way is _while_paused:
                way = ways[0]  # a move has no checkpoint at which it could be paused
            handle = tried.begin(_moving if moving else _recording, tried)
            time.sleep(float(random.uniform(0, 0.1 if moving else 0.6)))
            began_s = time.monotonic()
            way(handle)
            if moving:
                _until(lambda: not tried.session.magnets.height.axis.state().moving)
                outcome.worst(motion_stopped_s=time.monotonic() - began_s)
            tried.judge(handle, "cancelled")
            outcome.worst(cancelled_s=time.monotonic() - began_s)
            tried.session.RE(bps.mv(tried.session.magnets.height, 10.0))
            tried.next_run_works()
        outcome.require(outcome.figures["motion_stopped_s"] < MOST_STOP_S, f"motion went on: {outcome.figures}")
    return outcome


def _recording(tried: _Interrupted) -> Any:
    return (yield from record(tried.session.camera, tried.both, duration_s=60.0))


def _moving(tried: _Interrupted) -> Any:
    return (yield from in_run(bps.mv(tried.session.magnets.height, 19.0)))


def _from_a_callback(tried: _Interrupted, handle: Any) -> None:
    """Cancel in a callback of a document, if one comes; else from here."""
    token = tried.session.RE.subscribe(lambda *_: handle.cancel("from a callback"))
    time.sleep(0.1)
    tried.session.RE.unsubscribe(token)
    handle.cancel("from here")


def _while_paused(handle: Any) -> None:
    handle.pause()
    deadline_s = time.monotonic() + 3.0
    while handle.status().state != "paused" and time.monotonic() < deadline_s:
        time.sleep(0.01)
    handle.cancel("while paused")


def have_reasons(seed: int, folder: Path, full: bool) -> Outcome:
    """Cancel with a reason: running, paused, and by the RunEngine's own abort."""
    outcome = Outcome()
    with _Interrupted(folder / "data", seed, outcome) as tried:
        for reason, paused in (("the oil ran dry", False), ("lunch was ready", True)):
            handle = tried.begin(_recording, tried)
            if paused:
                handle.pause()
                _until(lambda h=handle: h.status().state == "paused")
            handle.cancel(reason)
            tried.judge(handle, "cancelled")
            outcome.require_named(str(tried.stop.get("reason")), reason)
        timer = threading.Timer(0.5, tried.session.RE.abort, ["the bell rang"])
        timer.start()
        with suppress(RunEngineInterrupted):
            tried.session.RE(_recording(tried))
        timer.join()
        outcome.injected += 1
        outcome.require_named(str(tried.stop.get("reason")), "the bell rang")
        tried.next_run_works()
    return outcome


def are_paused(seed: int, folder: Path, full: bool) -> Outcome:
    """Pause recordings, for longer than the camera may be silent, and go on."""
    outcome, frames = Outcome(), 600
    with _Interrupted(folder / "data", seed, outcome) as tried:
        for pause_s in (0.1, 4.0, 60.0, 600.0) if full else (0.1, 4.0):
            handle = tried.begin(record, tried.session.camera, tried.both, frames=frames)
            handle.pause()
            _until(lambda h=handle: h.status().state == "paused")
            time.sleep(pause_s)
            handle.resume()
            tried.judge(handle, "done")
            run = next(reversed(tried.runs.values()))
            with h5py.File(run.folder / "video.h5", "r", swmr=True) as file:
                ids = np.asarray(file["frame_id"])
            outcome.require(len(set(ids.tolist())) == len(ids) == frames, f"{len(ids)} of {frames} frames are there")
            outcome.worst(longest_pause_s=pause_s)
        tried.next_run_works()
    return outcome


CASES = (
    Case(
        "M5",
        "cancelled by ten threads, in a callback, while paused, in a move",
        "the plan ends, motion stops",
        are_cancelled,
        fast=False,
        deadline_s=1800,
    ),
    Case("M6", "cancelled with a reason", "the reason is in the stop document", have_reasons, fast=False),
    Case(
        "M7",
        "paused for longer than the camera may be silent",
        "no time-out, no frame twice",
        are_paused,
        fast=False,
        deadline_s=1800,
    ),
)
