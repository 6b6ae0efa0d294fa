"""Cancels at random moments, each followed by a complete run."""

import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from bluesky import plan_stubs as bps
from bluesky.preprocessors import finalize_wrapper
from bluesky.utils import MsgGenerator

from beadline.plans import record, root_cause, step_record
from beadline.session.microscope_session import Session
from beadline.session.run_handle import RunHandle
from beadline.status import PlanStatus

from .stand import lacks

Where = Literal["callback", "paused", "block"]
WHERE: tuple[Where, ...] = ("callback", "paused", "block")
ASKED_MS = 50.0
PATIENCE_S = 60.0
LATEST_S, LATEST_DOCUMENT = 0.4, 12
"""A cancel comes after a random part of this time [s], or with a random one of so many documents."""
LONG_STEPS, LONG_S, STEP_FRAMES = 400, 3000.0, 5
COMPLETE_FRAMES, COMPLETE_STEPS = 20, 3


@dataclass
class Cancel:
    """One cancel.

    Attributes:
        where: from where it came.
        began_s: when [s].
        took_s: how long its caller waited [s].
        over_s: from the cancel until the plan was over, its clean-up done [s].
        wrong: what was not as it should be.
    """

    where: Where
    began_s: float = 0.0
    took_s: float = 0.0
    over_s: float = 0.0
    wrong: list[str] = field(default_factory=list[str])


def cancels(session: Session, number: int, rng: np.random.Generator, say: Callable[[str], None]) -> dict[str, Any]:
    """Cancel so many plans at random moments, one after the other, and return what came of it.

    Returns:
        `number`; `largest_ms`, `p99_ms` and `median_ms` of how long the caller waited; `over_ms`: median and largest
        time until the plan was over; `by_place`: the largest of each; `wrong`: what was not as it should be; `met`.
    """
    done: list[Cancel] = []
    for count in range(number):
        each = _one(session, WHERE[count % len(WHERE)], f"cancel {count}", rng)
        each.wrong += _complete(session, rng)
        done.append(each)
        if (count + 1) % 25 == 0:
            say(f"{count + 1} of {number} cancels")
    took_ms = np.array([each.took_s for each in done if each.began_s]) * 1000
    over_ms = np.array([each.over_s for each in done if each.over_s]) * 1000
    wrong = [f"{each.where}: {sentence}" for each in done for sentence in each.wrong]
    if not len(over_ms):
        raise RuntimeError(f"No plan could be cancelled: {'; '.join(wrong)}")
    return {
        "number": number,
        "largest_ms": round(float(took_ms.max()), 3),
        "p99_ms": round(float(np.percentile(took_ms, 99)), 3),
        "median_ms": round(float(np.median(took_ms)), 3),
        "over_ms": {"median": round(float(np.median(over_ms)), 1), "largest": round(float(over_ms.max()), 1)},
        "by_place": {
            where: round(max((1000 * each.took_s for each in done if each.where == where), default=0.0), 3)
            for where in WHERE
        },
        "asked_ms": ASKED_MS,
        "wrong": wrong,
        "met": not wrong and float(took_ms.max()) < ASKED_MS,
    }


def _one(session: Session, where: Where, reason: str, rng: np.random.Generator) -> Cancel:
    """Start a plan that would take long, cancel it, and look what is left of it."""
    result, cleaned = Cancel(where), list[bool]()

    def cancel(handle: RunHandle) -> None:
        result.began_s = time.perf_counter()
        if not handle.cancel(reason):
            result.wrong.append("the cancel came too late")
        result.took_s = time.perf_counter() - result.began_s

    asked: Future[RunHandle] = Future()
    token = _in_a_callback(session, asked, cancel, rng) if where == "callback" else None
    try:
        handle = session.start(_cleaned_up, _long_plan(session, rng), cleaned)
        asked.set_result(handle)
        if where == "paused":
            _wait_a_while(handle, rng)
            handle.pause()
            _wait_until(handle, "paused")
        if where == "block":
            _wait_a_while(handle, rng)
        if where != "callback":
            cancel(handle)
        end = handle.wait(PATIENCE_S)
        result.over_s = time.perf_counter() - result.began_s
    except Exception as error:  # noqa: BLE001 - whatever went wrong is the finding, and the next cancel is tried
        result.wrong.append(f"the plan failed: {root_cause(error)}")
        session.cancel("given up")
        return result
    finally:
        if token is not None:
            session.RE.unsubscribe(token)
    result.wrong += _what_is_left(session, end, reason, cleaned)
    return result


def _what_is_left(session: Session, end: PlanStatus, reason: str, cleaned: list[bool]) -> list[str]:
    """Say what is not as it should be after a cancel."""
    wrong: list[str] = []
    if end.state != "cancelled":
        wrong.append(f"the plan is {end.state}")
    if end.uid:
        stop = session.records.documents(end.uid)[-1][1]
        if (stop.get("exit_status"), stop.get("reason")) != ("abort", reason):
            wrong.append(f"its run ends as {stop.get('exit_status')} because of {stop.get('reason')!r}")
        if not cleaned:
            wrong.append("its clean-up was not done")
    if session.focus.axis.state().moving:
        wrong.append("the focus still moves")
    return wrong


def _cleaned_up(plan: MsgGenerator[Any], cleaned: list[bool]) -> MsgGenerator[Any]:
    def last() -> MsgGenerator[None]:
        cleaned.append(True)
        yield from bps.null()

    return (yield from finalize_wrapper(plan, last))


def _long_plan(session: Session, rng: np.random.Generator) -> MsgGenerator[Any]:
    """Return steps of the focus, or a recording without gaps; at its end nobody waits for it."""
    camera, consumers = session.camera, [session.tracker, session.recorder]
    if rng.random() < 0.5:
        return record(camera, consumers, duration_s=LONG_S)
    here_um = session.focus.axis.state().position
    positions = here_um + rng.uniform(-0.3, 0.3, LONG_STEPS)
    return step_record(camera, consumers, session.focus, positions.tolist(), frames=STEP_FRAMES)


def _in_a_callback(
    session: Session, asked: "Future[RunHandle]", cancel: Callable[[RunHandle], None], rng: np.random.Generator
) -> int:
    """Cancel with a random document, on the RunEngine's own thread."""
    left = [int(rng.integers(1, LATEST_DOCUMENT + 1))]

    def told(_name: str, _document: dict[str, Any]) -> None:
        left[0] -= 1
        if left[0] == 0:
            cancel(asked.result(PATIENCE_S))

    return int(session.RE.subscribe(told))


def _wait_a_while(handle: RunHandle, rng: np.random.Generator) -> None:
    """Wait until it works, and then a random time; in half of the cases only until it has begun."""
    _wait_until(handle, "running" if rng.random() < 0.5 else "preparing")
    time.sleep(float(rng.uniform(0, LATEST_S)))


def _wait_until(handle: RunHandle, state: str) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    begun = ("preparing", "running", "waiting") if state == "preparing" else (state,)
    while handle.status().state not in begun:
        if time.monotonic() > deadline_s or handle.status().finished:
            raise RuntimeError(f"The plan did not become {state}: {handle.status().sentence()}")
        time.sleep(0.001)


def _complete(session: Session, rng: np.random.Generator) -> list[str]:
    """Do a run to its end, and say what is wrong with its frames."""
    camera, consumers = session.camera, [session.tracker, session.recorder]
    try:
        if rng.random() < 0.5:
            frames, handle = COMPLETE_FRAMES, session.start(record, camera, consumers, frames=COMPLETE_FRAMES)
        else:
            positions = [session.focus.axis.state().position] * COMPLETE_STEPS
            frames = COMPLETE_STEPS * STEP_FRAMES
            handle = session.start(step_record, camera, consumers, session.focus, positions, frames=STEP_FRAMES)
        return lacks(session, handle.wait(PATIENCE_S).uid, frames)
    except Exception as error:  # noqa: BLE001 - whatever a cancel has broken is the finding
        return [f"the run after it failed: {root_cause(error)}"]
