"""A handle bears its commands in any order and at any moment, and the plan after it is complete."""

import random
import time

import pytest
from bluesky import plan_stubs as bps
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from beadline.session.steady_engine import SteadyEngine
from controlled import PATIENCE_S, controlled, points, soon

CANCELS = 30
POINTS = 5


@pytest.mark.parametrize("seed", [1])
def test_after_any_cancel_the_next_plan_is_complete(stand, seed):
    moment = random.Random(seed)
    for _ in range(CANCELS):
        handle = stand.start(points, 20, nap_s=0.0005)
        time.sleep(moment.uniform(0.0, 0.04))  # any moment, also after the end
        cancelled = handle.cancel("at random")
        state = handle.wait(PATIENCE_S).state
        assert state in (("cancelled", "done") if cancelled else ("done",))
        end = stand.start(points, POINTS).wait(PATIENCE_S)
        assert (end.state, end.step, end.reason) == ("done", POINTS, "")
        assert stand.stop_document()["num_events"] == {"primary": POINTS}


class AnyOrder(RuleBasedStateMachine):
    """Start, pause, resume, cancel, crash, look: whatever comes after whatever."""

    def __init__(self):
        super().__init__()
        self.stand = controlled(SteadyEngine({}, context_managers=[]))
        self.handle, self.crash = None, False

    def each(self, _):
        if self.crash:
            raise OSError("crashed")

    @property
    def busy(self):
        return self.handle is not None and not self.handle.status().finished

    @precondition(lambda self: not self.busy)
    @rule()
    def start(self):
        self.crash = False
        self.handle = self.stand.start(points, 100_000, self.each, 0.0002)
        assert self.handle.status().reason == self.handle.status().error == ""
        assert self.handle.status().pauses == 0

    @precondition(lambda self: self.busy)
    @rule()
    def start_another(self):
        with pytest.raises(RuntimeError, match="Cannot start"):
            self.stand.start(points, 1)

    @precondition(lambda self: self.handle is not None)
    @rule()
    def pause(self):
        if self.handle.pause():
            soon(lambda: self.handle.status().state in ("paused", "failed", "done"), self.stand.control)
        else:
            assert self.handle.status().state in ("cancelling", "draining", "cancelled", "failed", "done")

    @precondition(lambda self: self.handle is not None)
    @rule()
    def resume(self):
        self.handle.resume()
        soon(lambda: self.handle.status().state != "paused", self.stand.control)

    @precondition(lambda self: self.handle is not None)
    @rule()
    def cancel(self):
        before = self.handle.status()
        assert self.handle.cancel("no more") == (not before.finished)
        end = self.handle.wait(PATIENCE_S) if before.state != "failed" else before
        assert end.finished
        if not before.finished:
            assert (end.state, end.reason) == ("cancelled", "no more")

    @precondition(lambda self: self.busy and self.handle.status().state != "paused")
    @rule()
    def fail(self):
        self.crash = True
        with pytest.raises(OSError, match="crashed"):
            self.handle.wait(PATIENCE_S)
        assert self.handle.status().state == "failed"

    @precondition(lambda self: not self.busy)
    @rule()
    def complete_one(self):
        end = self.stand.start(points, POINTS).wait(PATIENCE_S)
        assert (end.state, end.step, end.pauses, end.reason, end.error) == ("done", POINTS, 0, "", "")

    def teardown(self):
        self.stand.control.close("the test is over", PATIENCE_S)
        assert self.stand.RE.state == "idle"
        end = self.stand.start(points, POINTS).wait(PATIENCE_S)
        assert (end.state, end.step) == ("done", POINTS)
        assert list(self.stand.RE(bps.null())) == []


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=12, stateful_step_count=12, deadline=None)
