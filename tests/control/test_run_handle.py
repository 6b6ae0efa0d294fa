"""A plan on a thread of its own: started, watched, paused, continued, cancelled, from wherever one is."""

import asyncio
import dataclasses
import json
import threading
import time

import pytest
from bluesky import plan_stubs as bps
from bluesky.preprocessors import finalize_wrapper
from bluesky.utils import RunEngineInterrupted

from beadline.plans.asking import all_of
from beadline.session import checked_plan
from beadline.status import as_plain
from controlled import PATIENCE_S, in_a_run, paused_for_time, points, soon

QUICK_S = 0.05
TRIES = 5
"""Of so many cancels the quickest is as quick as promised: other tests may have the processor for a while."""


def test_starting_returns_while_the_plan_runs_and_waiting_returns_its_end(stand, gate):
    began_s = time.monotonic()
    handle = stand.start(points, 3, gate.wait)
    assert time.monotonic() - began_s < 0.1
    assert gate.reached.wait(PATIENCE_S)
    assert handle.status().state == "running"
    gate.opened.set()
    end = handle.wait(PATIENCE_S)
    assert (end.state, end.plan, end.step, end.steps, end.runs) == ("done", "tried", 3, 3, 1)
    assert end.uid == handle.uids[0] == stand.stop_document()["run_start"]
    assert end.finished
    assert handle.status() is end


def test_a_status_is_frozen_and_plain(stand):
    status = stand.start(points, 1).wait(PATIENCE_S)
    with pytest.raises(dataclasses.FrozenInstanceError):
        status.state = "running"
    assert json.loads(json.dumps(as_plain(status)))["state"] == "done"


def refuses(number):
    if number < 1:
        raise ValueError(f"number cannot be {number}: it is at least 1")
    yield from points(number)


@pytest.mark.parametrize(
    ("arguments", "message"), [((0,), "number cannot be 0"), ((), "missing 1 required positional argument")]
)
def test_what_a_plan_refuses_is_raised_where_it_is_started_and_leaves_nothing(stand, arguments, message):
    threads = threading.active_count()
    with pytest.raises((ValueError, TypeError), match=message):
        stand.start(refuses, *arguments)
    assert (threading.active_count(), stand.documents, stand.control.watch) == (threads, [], None)
    assert stand.start(refuses, 2).wait(PATIENCE_S).step == 2


def test_what_is_no_plan_is_refused(stand):
    with pytest.raises(TypeError, match="a plan function returns a plan"):
        stand.start(lambda: 5)


def test_a_question_before_the_plan_that_nobody_answers_is_told_in_a_sentence(stand, monkeypatch):
    monkeypatch.setattr(checked_plan, "PATIENCE_S", 0.05)
    answered = asyncio.Event()

    async def ask():
        await answered.wait()

    with pytest.raises(TimeoutError, match=r"What a plan asks before it begins was not answered within 0\.05 s"):
        stand.start(lambda: all_of([ask]))
    stand.RE.loop.call_soon_threadsafe(answered.set)
    assert stand.start(points, 1).wait(PATIENCE_S).state == "done"


def test_a_second_plan_is_refused_until_the_first_is_over(stand, gate):
    handle = stand.start(points, 2, gate.wait)
    assert gate.reached.wait(PATIENCE_S)
    with pytest.raises(RuntimeError, match=r"Cannot start points: tried is running.* wait for its end or cancel it"):
        stand.start(points, 1)
    with pytest.raises(RuntimeError, match="running"):
        stand.RE(points(1))
    gate.opened.set()
    handle.wait(PATIENCE_S)
    stand.start(points, 1).wait(PATIENCE_S)


def test_a_wait_that_is_too_short_says_that_this_is_not_the_end(stand, gate):
    handle = stand.start(points, 2, gate.wait)
    with pytest.raises(TimeoutError, match=r"Not over after 0\.01 s, and goes on"):
        handle.wait(0.01)
    gate.opened.set()
    assert handle.wait(PATIENCE_S).state == "done"


def test_a_failure_is_raised_by_waiting_and_told_by_the_status(stand):
    def fail(index):
        if index == 2:
            raise OSError("the disk is full")

    handle = stand.start(points, 5, fail)
    with pytest.raises(OSError, match="the disk is full"):
        handle.wait(PATIENCE_S)
    status = handle.status()
    assert (status.state, status.error, status.step) == ("failed", "the disk is full", 2)
    assert stand.start(points, 2).wait(PATIENCE_S).error == ""


@pytest.mark.parametrize("times", [1, 3])
def test_a_plan_goes_on_after_pauses_and_has_every_point_once(stand, times):
    seen, handle = [], None

    def note(index):
        seen.append(index)
        if index in (2, 5, 7)[:times]:
            handle.pause()

    handle = stand.start(points, 10, note, 0.001)
    for number in range(times):
        soon(lambda wanted=number + 1: paused_for_time(handle, wanted), stand.control)
        handle.resume()
    end = handle.wait(PATIENCE_S)
    assert seen == list(range(10))
    assert (end.pauses, end.step, end.state) == (times, 10, "done")
    told = [document for name, document in stand.documents if name == "event" and "pauses-began_s" in document["data"]]
    assert [each["data"]["pauses-caught_up"] for each in told] == [0.0] * times
    assert sum(each["data"]["pauses-duration_s"] for each in told) == pytest.approx(end.paused_s)


def test_a_pause_can_be_taken_back_before_it_comes(stand, gate):
    handle = stand.start(points, 3, gate.wait)
    assert gate.reached.wait(PATIENCE_S)
    handle.pause()
    assert handle.status().state == "pausing"
    handle.resume()
    gate.opened.set()
    end = handle.wait(PATIENCE_S)
    assert (end.state, end.pauses, end.reason) == ("done", 0, "")


def test_a_pause_that_comes_too_late_is_told(stand, gate):
    handle = stand.start(points, 2, gate.wait)
    assert gate.reached.wait(PATIENCE_S)
    handle.pause()
    gate.opened.set()
    assert "the plan ended before its next checkpoint" in handle.wait(PATIENCE_S).reason
    assert stand.start(points, 3).wait(PATIENCE_S).pauses == 0


def test_waits_after_a_pause_are_shortened_if_that_is_asked_for(stand):
    slept, ready = [], threading.Event()

    def waits():
        assert ready.wait(PATIENCE_S)
        yield from bps.checkpoint()
        handle.pause()
        yield from bps.sleep(0.0)
        for _ in range(4):
            yield from bps.checkpoint()
            yield from bps.sleep(0.03)

    stand.RE.msg_hook = lambda message: slept.append(message.args[0]) if message.command == "sleep" else None
    handle = stand.start(lambda: in_a_run(waits()))
    ready.set()
    soon(lambda: handle.status().state == "paused", stand.control)
    time.sleep(0.05)
    handle.resume(catch_up=True)
    handle.wait(PATIENCE_S)
    (told,) = [each["data"] for name, each in stand.documents if name == "event" and "pauses-began_s" in each["data"]]
    assert told["pauses-caught_up"] == 1.0
    assert slept[1] == 0.0
    assert sum(slept) == pytest.approx(max(0.0, 4 * 0.03 - told["pauses-duration_s"]), abs=0.002)


def cancelled_from(stand, where):
    """Start a plan, cancel it, and return how long its caller waited [s], and its end."""
    took_s, handle = [], None
    ready = threading.Event()

    def cancel(*_):
        assert ready.wait(PATIENCE_S)
        if took_s:
            return
        began_s = time.monotonic()
        assert handle.cancel("enough")
        took_s.append(time.monotonic() - began_s)
        assert not handle.cancel("once more")

    each = cancel if where == "the plan" else lambda index: None
    token = stand.RE.subscribe(cancel, "event") if where == "a callback" else None
    handle = stand.start(points, 10_000, each, 0.001)
    ready.set()
    if where == "a thread":
        cancel()
    end = handle.wait(PATIENCE_S)
    if token is not None:
        stand.RE.unsubscribe(token)
    return took_s[0], end


@pytest.mark.parametrize("where", ["a thread", "a callback", "the plan"])
def test_cancelling_returns_at_once_wherever_it_is_called_and_the_reason_is_kept(stand, where):
    took_s = []
    for _ in range(TRIES):
        waited_s, end = cancelled_from(stand, where)
        took_s.append(waited_s)
        assert (end.state, end.reason) == ("cancelled", "enough")
        stop = stand.stop_document()
        assert (stop["exit_status"], stop["reason"]) == ("abort", "enough")
    assert min(took_s) < QUICK_S
    assert stand.start(points, 5).wait(PATIENCE_S).step == 5


def test_cancelling_while_paused_runs_the_clean_up_on_neither_callers_thread(stand):
    threads, took_s = [], []

    def cleaning():
        def last():
            threads.append(threading.current_thread())
            yield from bps.sleep(0.1)

        yield from finalize_wrapper(points(1000, nap_s=0.001), last)

    for number in range(TRIES):
        handle = stand.start(cleaning)
        handle.pause()
        soon(lambda paused=handle: paused.status().state == "paused", stand.control)
        began_s = time.monotonic()
        handle.cancel("while paused")
        took_s.append(time.monotonic() - began_s)
        assert handle.status().state == "cancelling"
        assert handle.wait(PATIENCE_S).state == "cancelled"
        assert len(threads) == number + 1
        assert threads[-1] is not threading.current_thread()
        assert stand.stop_document()["reason"] == "while paused"
    assert min(took_s) < QUICK_S


def test_a_plan_that_was_cancelled_before_its_first_message_does_nothing(stand, monkeypatch):
    held = threading.Event()
    begin = stand.control._drive
    monkeypatch.setattr(stand.control, "_drive", lambda *each: (held.wait(PATIENCE_S), begin(*each)))
    handle = stand.start(points, 5)
    assert handle.status().state == "pending"
    handle.cancel("changed my mind")
    held.set()
    end = handle.wait(PATIENCE_S)
    assert (end.state, end.reason, stand.documents) == ("cancelled", "changed my mind", [])
    stand.start(points, 5).wait(PATIENCE_S)


def test_cancelling_a_plan_that_is_over_never_reaches_the_next(stand, gate):
    first = stand.start(points, 1)
    first.wait(PATIENCE_S)
    second = stand.start(points, 2, gate.wait)
    assert gate.reached.wait(PATIENCE_S)
    assert not first.cancel()
    assert not first.pause()
    first.resume()
    gate.opened.set()
    assert second.wait(PATIENCE_S).state == "done"


def test_subscribers_are_told_of_the_changes_on_a_thread_of_their_own_and_cannot_harm(stand, gate):
    states, threads, running, over = [], set(), threading.Event(), threading.Event()

    def told(status):
        states.append(status.state)
        threads.add(threading.current_thread().name)
        if status.state == "running":
            running.set()
        if status.finished:
            over.set()
        raise RuntimeError("a subscriber fails")

    handle = stand.start(points, 2, gate.wait)
    handle.subscribe(told)
    assert gate.reached.wait(PATIENCE_S)
    assert running.wait(PATIENCE_S / 2)
    gate.opened.set()
    assert over.wait(PATIENCE_S)
    assert states[-1] == "done"
    assert threads == {"status feed"}


def test_waiting_in_a_callback_is_refused(stand):
    told, ready = [], threading.Event()

    def callback(*_):
        assert ready.wait(PATIENCE_S)
        with pytest.raises(RuntimeError, match="would wait for itself"):
            handle.wait()
        told.append(True)

    stand.RE.subscribe(callback, "start")
    handle = stand.start(points, 1)
    ready.set()
    handle.wait(PATIENCE_S)
    assert told


def test_a_plan_at_the_prompt_has_the_same_status_and_can_be_cancelled(stand):
    states = []
    stand.RE(points(3, lambda _: states.append(stand.control.status().state)))
    end = stand.control.status()
    assert (states, end.state, end.step, end.steps) == (["preparing", "running", "running"], "done", 3, 3)

    def cancel(index):
        if index == 2:
            stand.control.cancel(stand.control.watch, "seen enough")

    with pytest.raises(RunEngineInterrupted):
        stand.RE(points(1000, cancel, 0.001))
    assert (stand.control.status().state, stand.stop_document()["reason"]) == ("cancelled", "seen enough")


def test_a_failure_at_the_prompt_is_told_by_the_status(stand):
    def fail(_):
        raise ValueError("no light")

    with pytest.raises(ValueError, match="no light"):
        stand.RE(points(1, fail))
    assert (stand.control.status().state, stand.control.status().error) == ("failed", "no light")


def test_somebody_at_the_prompt_may_abort_what_is_paused(stand):
    handle = stand.start(points, 1000, nap_s=0.001)
    handle.pause()
    soon(lambda: handle.status().state == "paused", stand.control)
    stand.RE.abort("from the prompt")
    end = handle.wait(PATIENCE_S)
    assert (end.state, end.reason) == ("cancelled", "from the prompt")
