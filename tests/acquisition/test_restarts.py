"""What becomes of workers that die, hang or cannot start; on a clock that stands still between looks."""

import os
import signal
import time
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquisition.stand import wait_for
from beadline.acquisition import RestartPolicy, Supervisor
from beadline.acquisition.restarts import Restarts
from beadline.acquisition.watch import Watch

PLAIN = "acquisition.scripted_loops:PlainLoop"
posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")


class Clock:
    def __init__(self):
        self.now_s = 0.0

    def __call__(self):
        return self.now_s


class Looked:
    """Worker threads, looked after by hand."""

    def __init__(self, **options):
        self.clock, self.lines = Clock(), []
        self.supervisor = Supervisor(
            self.lines.append, "thread", watch_every_s=None, clock=self.clock, **{"hung_after_s": 60.0, **options}
        )

    def start(self, **policy):
        self.worker = self.supervisor.start("plain", PLAIN, {}, restart=RestartPolicy(**policy))
        return self.worker

    def crash(self):
        self.worker.call("break_step")
        wait_for(lambda: not self.worker.alive)

    def look(self, after_s=0.0):
        self.clock.now_s += after_s
        self.supervisor.look()
        return self.status.state

    def restarted(self, after_s):
        """Look when a restart is due and wait until it is done."""
        generation = self.worker.generation
        assert self.look(after_s) in ("starting", "running", "died")
        wait_for(lambda: self.worker.generation == generation + 1)

    @property
    def status(self):
        return self.supervisor.status("plain")


@pytest.fixture
def looked():
    made = Looked()
    yield made
    made.supervisor.stop()


def test_a_worker_that_crashes_comes_back_after_its_delay_and_those_who_use_it_are_told(looked):
    worker, told = looked.start(when="crash", delay_s=3.0), []
    worker.on_return(lambda: told.append(worker.generation))
    assert looked.look() == "running"
    looked.crash()
    assert looked.look() == "waiting"
    assert looked.status.restart_in_s == 3.0
    assert looked.look(2.9) == "waiting"
    looked.restarted(0.2)
    wait_for(lambda: told == [2])
    assert worker.call("echo", value=1) == 1
    status = looked.status
    assert (status.state, status.restarts, status.generation) == ("running", 1, 2)
    assert "ValueError: it is too late" in status.last_error
    assert "it is restarted in 3.0 s" in looked.lines[0]
    wait_for(lambda: looked.lines[-1] == "The worker plain is there again, in generation 2")


@pytest.mark.parametrize("when", ["never", "crash"])
def test_a_worker_that_leaves_by_itself_has_not_crashed(looked, when):
    worker = looked.start(when=when)
    worker._body.end(5.0)
    assert [looked.look(), looked.look(100.0)] == ["died", "died"]
    assert worker.generation == 1
    assert [line for line in looked.lines if "it is not restarted" in line] == looked.lines
    assert len(looked.lines) == 1


def test_a_worker_that_always_comes_back_does_so_after_a_clean_end_too(looked):
    worker = looked.start(when="always", delay_s=0.0)
    worker._body.end(5.0)
    assert looked.look() == "waiting"
    looked.restarted(0.0)


def test_restarts_are_put_off_longer_each_time_until_it_is_given_up(looked):
    worker, delays = looked.start(when="crash", delay_s=1.0, growth=3.0, longest_delay_s=5.0, limit=3), []
    for _ in range(3):
        looked.crash()
        looked.look()
        delays.append(looked.status.restart_in_s)
        looked.restarted(delays[-1])
    assert delays == [1.0, 3.0, 5.0]
    looked.crash()
    assert [looked.look(), looked.look(1000.0)] == ["failed", "failed"]
    assert worker.generation == 4
    assert "it is given up after 3 restarts within 60 s" in looked.lines[-1]


def test_restarts_of_long_ago_do_not_count(looked):
    looked.start(when="crash", delay_s=1.0, limit=1, within_s=10.0)
    for _ in range(3):
        looked.crash()
        assert looked.look(11.0) == "waiting"
        assert looked.status.restart_in_s == 1.0
        looked.restarted(1.0)


def test_a_start_that_fails_is_tried_again(looked, monkeypatch):
    worker = looked.start(when="crash", delay_s=1.0)
    start = worker._start

    def refuse(generation):
        worker._start = start
        raise OSError("there is no memory")

    worker._start = refuse
    looked.crash()
    looked.look()
    looked.look(1.0)
    wait_for(lambda: "could not be restarted: there is no memory" in looked.lines[-1])
    assert looked.look() == "waiting"
    looked.restarted(2.0)


def test_a_worker_that_hangs_is_replaced():
    looked = Looked(hung_after_s=0.05)
    worker = looked.start(when="crash", delay_s=0.0)
    stuck = worker.prompt
    worker.call("hang")
    wait_for(lambda: looked.look() == "waiting")
    assert "The worker plain hangs: no sign of life for 0 s; it is restarted in 0.0 s" in looked.lines
    stuck("free")  # a thread cannot be killed as a process is
    looked.restarted(0.0)
    assert worker.call("echo", value=1) == 1
    looked.supervisor.stop()


def test_a_worker_that_was_stopped_stays_stopped(looked):
    worker = looked.start(when="always", delay_s=0.0)
    worker.stop()
    assert [looked.look(), looked.look(10.0)] == ["stopped", "stopped"]
    assert looked.lines == []


@given(st.lists(st.floats(0.0, 100.0), max_size=30), st.integers(1, 5))
def test_there_are_never_more_restarts_within_the_span_than_allowed(pauses_s, limit):
    clock, taken = Clock(), []
    restarts = Restarts(RestartPolicy("crash", limit=limit, within_s=60.0), clock)
    for pause_s in pauses_s:
        clock.now_s += pause_s
        if not restarts.exhausted:
            restarts.note()
            taken.append(clock.now_s)
    assert all(sum(at <= each < at + 60.0 for each in taken) <= limit for at in taken)


@pytest.mark.parametrize("wrong", [{"when": "sometimes"}, {"limit": 0}, {"growth": 0.5}, {"delay_s": float("nan")}])
def test_a_policy_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match=r"Cannot restart a worker|cannot be"):
        RestartPolicy(**{"when": "crash", **wrong})


def test_a_watch_goes_on_after_errors_and_says_each_once(caplog):
    looks = []

    def look():
        looks.append(1)
        raise ValueError("a broken glass")

    watch = Watch(look, 0.001)
    watch.start()
    watch.start()
    wait_for(lambda: len(looks) > 5)
    watch.stop()
    watch.stop()
    seen = len(looks)
    assert caplog.text.count("goes on after an error: ValueError: a broken glass") == 1
    time.sleep(0.01)
    assert len(looks) == seen


@posix
@pytest.mark.slow
def test_killed_and_frozen_processes_come_back_by_themselves_and_leave_nothing_behind(supervisor):
    policy = RestartPolicy("crash", delay_s=0.0)
    supervisor._hung_after_s = 0.5
    worker = supervisor.start("plain", PLAIN, {}, restart=policy)
    pids, boards = [], []
    for number in (signal.SIGKILL, signal.SIGSTOP):
        pids.append(worker.status().pid)
        boards.append(worker.board.name)
        os.kill(pids[-1], number)
        wait_for(lambda: worker.generation == len(pids) + 1)
        assert worker.call("echo", value=1) == 1
    worker.call("say", line="all is well again")
    wait_for(lambda: "[plain 3] all is well again" in supervisor.lines)
    pids.append(worker.status().pid)
    boards.append(worker.board.name)
    supervisor.stop()
    assert not [pid for pid in pids if psutil.pid_exists(pid)]
    if Path("/dev/shm").is_dir():
        wait_for(lambda: not any(Path("/dev/shm", name).exists() for name in boards))


@posix
@pytest.mark.slow
def test_a_frozen_worker_keeps_the_end_of_the_others_waiting_no_longer_than_asked(supervisor):
    frozen, other = (supervisor.start(name, PLAIN, {}) for name in ("frozen", "other"))
    os.kill(frozen.status().pid, signal.SIGSTOP)
    wait_for(lambda: frozen.silence_s > 2.0)
    began = time.monotonic()
    supervisor.stop(timeout_s=2.0)
    assert time.monotonic() - began < 4
    assert not psutil.pid_exists(frozen.status().pid)
    assert "exit code 0" in other._body.last_words()


@posix
@pytest.mark.slow
def test_a_worker_that_dies_while_it_starts_is_reported_with_its_traceback_within_two_seconds(supervisor):
    said = {}
    note = supervisor.lines.append
    supervisor._log = lambda line: (said.setdefault("first", time.monotonic()), note(line))
    with pytest.raises(ValueError, match="the table has no legs"):
        supervisor.start("plain", "acquisition.scripted_loops:UnwillingLoop", {})
    assert time.monotonic() - said["first"] < 2
    traceback = "\n".join(supervisor.lines)
    assert "could not start" in traceback
    assert 'raise ValueError("the table has no legs")' in traceback
