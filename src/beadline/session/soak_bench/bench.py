"""The bench that does runs for a long time and looks what grows."""

import time
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

from beadline.plans import record, step_record
from beadline.session.control_bench.stand import Clock, stand
from beadline.session.microscope_session import Session
from beadline.session.run_handle import RunHandle

from .samples import Samples

EVERY_S = 60.0
WARM_SHARE = 0.25
"""No samples are taken in this part of the time: caches fill, libraries are loaded."""
FRAMES, STEPS = 300, 5
PATIENCE_S = 300.0
READ_EVERY = 10
CLOCKS: tuple[Clock, ...] = ("real", "lock-step")


def bench_soak(
    minutes: float = 30.0, *, every_s: float = EVERY_S, say: Callable[[str], None] = lambda line: None
) -> dict[str, Any]:
    """Do runs one after the other, half of the time on the real clock and half in lock-step, and look what grows.

    Args:
        minutes: for how long in all [min].
        every_s: from sample to sample [s].
        say: told what happens.

    Returns:
        By clock: `runs`, why some `failed`, `frames`, `samples`, and `trends` of each process: of the `memory_mb` that
        only it has, open `files`, `threads` and `segments` of shared memory, see `trend`. `verdict`: "grows" if
        anything does, "flat" if everything is, otherwise "undecided"; `growing` names what grows.

    Raises:
        ValueError: no time, or no time between samples.
    """
    if not (minutes > 0 and every_s > 0):
        raise ValueError(f"Cannot soak for {minutes:g} min with samples every {every_s:g} s: both are above 0")
    found: dict[str, Any] = {"minutes": minutes}
    for clock in CLOCKS:
        say(f"runs for {minutes / len(CLOCKS):g} min, clock: {clock}")
        with stand(clock, wait_for_catalogue=False) as session:
            found[clock] = _soaked(session, minutes * 60 / len(CLOCKS), every_s, say)
    verdicts = {
        f"{clock}: {what} of {name}": each["verdict"]
        for clock in CLOCKS
        for name, trends in found[clock]["trends"].items()
        for what, each in trends.items()
    }
    growing = [where for where, verdict in verdicts.items() if verdict == "grows"]
    flat = all(verdict == "flat" for verdict in verdicts.values())
    return {**found, "growing": growing, "verdict": "grows" if growing else "flat" if flat else "undecided"}


def _soaked(session: Session, duration_s: float, every_s: float, say: Callable[[str], None]) -> dict[str, Any]:
    began_s = time.monotonic()
    warm_s, end_s = began_s + WARM_SHARE * duration_s, began_s + duration_s
    samples, runs, frames, due_s = Samples(session), 0, 0, warm_s
    failed: list[str] = []
    for handle in _runs(session):
        try:
            frames += handle.wait(PATIENCE_S).frames.produced
        except (RuntimeError, OSError, TimeoutError) as error:  # on a busy machine frames may come too fast
            failed.append(str(error))
        runs += 1
        if runs % READ_EVERY == 1:  # a complete one
            _read(session, handle)
        now_s = time.monotonic()
        if now_s >= due_s:
            samples.take()
            due_s = max(due_s + every_s, now_s)
            say(f"{(now_s - began_s) / 60:.1f} min, {runs} runs, {frames} frames")
        if now_s >= end_s:
            break
    return {"runs": runs, "failed": failed, "frames": frames, "samples": samples.plain(), "trends": samples.trends()}


def _runs(session: Session) -> Iterator[RunHandle]:
    """Start one run after the other, of all kinds: recorded, in steps, paused, cancelled, of one frame."""
    camera, tracker, recorder, focus = session.camera, session.tracker, session.recorder, session.focus
    here_um = focus.axis.state().position
    positions = [here_um + 0.1 * number for number in range(-2, STEPS - 2)]
    for number in cycle(range(5)):
        if number == 0:
            yield session.start(record, camera, [tracker], frames=FRAMES)
        elif number == 1:
            yield session.start(record, camera, [tracker, recorder], frames=FRAMES)
        elif number == 2:
            yield session.start(step_record, camera, [tracker, recorder], focus, positions, frames=STEPS)
        elif number == 3:
            handle = session.start(record, camera, [tracker, recorder], frames=FRAMES)
            handle.pause()
            handle.resume()
            yield handle
        else:
            handle = session.start(record, camera, [tracker, recorder], frames=100 * FRAMES)
            handle.cancel("soak")
            yield handle


def _read(session: Session, handle: RunHandle) -> None:
    """Read a run as a person would; in the catalogue if that is so far."""
    uid = handle.uids[-1]
    session.records.tracks_dataset(uid)
    if session.ingestion_state()["runs"].get(uid, {}).get("state") == "done":
        _ = session.catalogue[uid]
