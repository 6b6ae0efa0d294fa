"""Rows D1 to D3: a camera that stalls, drops, shuffles and repeats frames."""

import re
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from .bench import SOON, Bench
from .outcome import Case, Outcome
from .scripted_microscope import SHADES

SCRIPTED = "beadline.testing.faults.scripted_microscope:microscope"
FIELD_PX = {"width_px": 160, "height_px": 96}


def stalls(seed: int, folder: Path, full: bool) -> Outcome:
    """Stall the camera after k frames, for several k."""
    outcome = Outcome()
    stalled: list[int] = []
    with Bench(folder / "data", seed) as bench:
        bench.camera.flyable_logic.patience_s = 1.0
        for after in (0, 1, 40, 137) if full else (37,):

            async def stall(soon: int, after: int = after) -> None:
                stalled.append(soon + after)
                await bench.plan_fault(soon + after, "stall_camera")

            error = bench.record(4000, stall)
            kept = int(bench.books().get("delivered", -1))
            allowed = re.search(r"(\d+) of 4000 frames arrived, the last ([\d.]+) s ago \(allowed ([\d.]+) s\)", error)
            outcome.require(allowed, f"the message does not say how many frames came, and when: {error}")
            if allowed:
                outcome.worst(beyond_deadline_s=float(allowed[2]) - float(allowed[3]))
                outcome.require(int(allowed[1]) == kept, f"{allowed[1]} frames are said and {kept} are in the file")
                outcome.require(float(allowed[2]) < float(allowed[3]) + 0.5, f"raised too late: {error}")
            outcome.require(_last_id(bench) >= stalled[-1] - 1, "frames before the stall are missing")
            outcome.require(bench.stop_document().get("exit_status") == "fail", "the run did not fail")
            bench.judge(outcome, error, names=("camera stopped sending",))
            bench.act("mend")
            bench.next_run_works(outcome)
    return outcome


def _last_id(bench: Bench) -> int:
    with h5py.File(bench.last_run.folder / "tracks.h5", "r", swmr=True) as file:
        return int(np.asarray(file["frame_id"])[-1])


def drops(seed: int, folder: Path, full: bool) -> Outcome:
    """Skip one frame in a hundred, at random."""
    frames = 100_000 if full else 2000
    random, dropped = np.random.default_rng(seed), list[int]()
    outcome = Outcome()

    async def drop(soon: int) -> None:
        dropped.extend((soon + np.flatnonzero(random.random(frames - 2 * SOON) < 0.01)).tolist())
        await bench.camera.action("drop_frames", ids=dropped)

    with Bench(folder / "data", seed, clock="lock-step") as bench:
        error = bench.record(frames, drop)
        outcome.require(not error, f"a tolerant recording failed: {error}")
        for consumer in ("tracker", "recorder"):
            books = bench.books(consumer)
            found = np.asarray(books["dropped_ids"]).tolist()
            outcome.require(found == dropped, f"{consumer}: {len(found)} drops found of {len(dropped)}, or others")
            balanced = books["produced"] == books["delivered"] + len(found) == frames
            outcome.require(balanced, f"the books of {consumer} do not balance: {books}")
        outcome.require_named(bench.stop_document()["reason"], f"camera lost {len(dropped)} of {frames} frames")
        bench.judge(outcome)

        outcome.figures |= {"frames": frames, "dropped": len(dropped)}
        bench.next_run_works(outcome)
    return outcome


def shuffles(seed: int, folder: Path, full: bool) -> Outcome:
    """Have frames come twice, late, and with times that lie back."""
    outcome = Outcome()
    with Bench(folder / "data", seed, factory=SCRIPTED, shuffle=0.05, frame_rate_hz=1000.0) as bench:
        error = bench.record(20_000 if full else 500)
        outcome.require(not error, f"the recording failed: {error}")
        wrong: dict[str, Any] = bench.act("wrong")
        video = bench.last_run.folder / "video.h5"
        with h5py.File(video, "r", swmr=True) as file:
            ids, pixels = np.asarray(file["frame_id"]), np.asarray(file["video"])
        bad = int((pixels != (ids % SHADES)[:, None, None]).any(axis=(1, 2)).sum())
        outcome.require(bad == 0, f"{bad} frames have the picture of another")
        books = bench.books("recorder")
        outcome.require(books["unaccounted"] == 0, f"{books['unaccounted']} frames are unaccounted for")
        bench.judge(outcome)

        outcome.figures |= {"wrongly_assigned": bad, **wrong}
        bench.act("mend")
        bench.next_run_works(outcome)
    return outcome


CASES = (
    Case("D1", "camera stalls after k frames", "the run fails in time and keeps k frames", stalls),
    Case("D2", "camera drops 1 % of its frames", "each is counted and named, no other", drops),
    Case("D3", "frames repeated, late, back in time", "no frame is taken for another", shuffles),
)
