"""Pauses in a run of steps and in a recording without gaps: exactly the planned frames, once each."""

import time
from typing import Any

import numpy as np

from beadline.plans import record, step_record
from beadline.session.microscope_session import Session
from beadline.session.run_handle import RunHandle

from .stand import FrameIds, frame_ids, lacks

PAUSES, PAUSE_S = 3, 0.3
STEPS, STEP_FRAMES = 80, 10
LATEST = 0.7
"""The last pause is asked for before this share of the frames: checkpoints have to follow."""
PATIENCE_S = 600.0
LOOK_S = 0.002


def pauses(session: Session, rng: np.random.Generator, duration_s: float) -> list[dict[str, Any]]:
    """Pause both kinds of run three times each, and return of each what came of its frames.

    Args:
        session: to run them in.
        rng: says when.
        duration_s: of the recording without gaps [s].

    Returns:
        `run`, `frames` asked for, `pauses` that came, `jumps`: places where ids of frames are not consecutive, as
        between two steps and over a pause; `wrong`; `met`.
    """
    camera, consumers = session.camera, [session.tracker, session.recorder]
    here_um = session.focus.axis.state().position
    positions = (here_um + rng.uniform(-0.3, 0.3, STEPS)).tolist()
    steps = session.start(step_record, camera, consumers, session.focus, positions, frames=STEP_FRAMES)
    found = [_paused(session, steps, "steps", STEPS * STEP_FRAMES, STEP_FRAMES, rng)]
    frames = round(duration_s / float(camera.flyable_logic.frame_period_s()))
    recording = session.start(record, camera, consumers, frames=frames)
    return [*found, _paused(session, recording, "recording", frames, frames, rng)]


def _paused(
    session: Session, handle: RunHandle, name: str, frames: int, together: int, rng: np.random.Generator
) -> dict[str, Any]:
    """Pause a run, and look at its frames.

    Args:
        session: runs it.
        handle: of the run.
        name: for people.
        frames: how many there should be.
        together: how many of them are taken one after the other, if nobody pauses.
        rng: says when.
    """
    wrong: list[str] = []
    for share in np.sort(rng.uniform(0.05, LATEST, PAUSES)):
        _until(handle, share * frames)
        handle.pause()
        while not (handle.status().state == "paused" or handle.status().finished):
            time.sleep(LOOK_S)
        before = handle.status().frames.produced
        time.sleep(PAUSE_S)
        after = handle.status().frames.produced
        if after != before:
            wrong.append(f"{after - before} frames came in a pause")
        handle.resume()
        while handle.status().state == "paused":
            time.sleep(LOOK_S)
    end = handle.wait(PATIENCE_S)
    wrong += lacks(session, end.uid, frames)
    ids = frame_ids(session, end.uid, "tracks.h5")
    jumps = _jumps(ids)
    if name == "steps" and (jumps % together).any():
        wrong.append(
            f"frames {ids[jumps[jumps % together > 0]].tolist()} do not follow those before them in their step"
        )
    if name != "steps" and len(jumps) > PAUSES:
        wrong.append(f"ids of frames jump {len(jumps)} times in {PAUSES} pauses")
    if not np.array_equal(ids, frame_ids(session, end.uid, "roi_video.h5")):
        wrong.append("tracks and video are not of the same frames")
    if end.pauses != PAUSES:
        wrong.append(f"{end.pauses} of {PAUSES} pauses came: {end.reason or 'nobody says why'}")
    return {
        "run": name,
        "frames": frames,
        "pauses": end.pauses,
        "jumps": len(jumps),
        "wrong": wrong,
        "met": not wrong,
    }


def _jumps(ids: FrameIds) -> FrameIds:
    """Return the places of frames that do not follow the one before them."""
    return np.flatnonzero(np.diff(ids) != 1) + 1


def _until(handle: RunHandle, frames: float) -> None:
    """Wait until so many frames are there."""
    deadline_s = time.monotonic() + PATIENCE_S
    while (status := handle.status()).frames.produced < frames and not status.finished:
        if time.monotonic() > deadline_s:
            raise TimeoutError(f"{frames:.0f} frames did not come within {PATIENCE_S:g} s: {status.sentence()}")
        time.sleep(LOOK_S)
