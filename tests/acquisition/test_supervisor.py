import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from acquisition.scripted_loops import MEETING
from acquisition.stand import FACTORY, camera_arguments, wait_for
from beadline.acquisition import Board, RemoteAxis, RemoteLamp, Supervisor
from beadline.acquisition.worker import set_group_niceness
from beadline.hardware import AxisInfo, AxisState

PLAIN = "acquisition.scripted_loops:PlainLoop"
posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")


@pytest.fixture
def threads():
    made = Supervisor(transport="thread")
    yield made
    made.stop()


@pytest.fixture(params=["thread", pytest.param("process", marks=pytest.mark.slow)])
def any_supervisor(request, supervisor, threads):
    """Threads or processes: the same to whoever uses them."""
    return threads if request.param == "thread" else supervisor


def test_a_worker_answers_publishes_and_leaves_nothing_behind(any_supervisor):
    worker = any_supervisor.start("plain", PLAIN, {})
    assert worker.call("echo", value=[1, {"a": None}]) == [1, {"a": None}]
    assert worker.prompt("echo", value="now") == "now"
    wait_for(lambda: worker.board["steps"] > 3)
    worker.check()
    assert worker.status().state == "running"
    name = worker.board.name
    any_supervisor.stop()
    assert not worker.alive
    assert worker.status().state == "stopped"
    assert worker.board["steps"] > 3
    with pytest.raises(FileNotFoundError):
        Board.attach(name)
    with pytest.raises(RuntimeError, match="The worker plain has been stopped"):
        worker.call("echo", value=1)


def test_an_error_of_a_command_is_raised_here_with_the_name_of_the_worker(any_supervisor):
    worker = any_supervisor.start("plain", PLAIN, {})
    with pytest.raises(ValueError, match="plain: it is too late"):
        worker.call("raise_error")
    with pytest.raises(ValueError, match="plain: There is no command 'sing': there are echo, wait"):
        worker.call("sing")
    assert worker.call("echo", value=2) == 2


def test_a_prompt_command_does_not_wait_for_a_long_one(any_supervisor):
    worker = any_supervisor.start("plain", PLAIN, {})
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(worker.call("wait")))
    waiting.start()
    wait_for(lambda: worker.busy)
    worker.prompt("free")
    waiting.join(10)
    assert answers == [True]


def test_a_stop_does_not_wait_for_another_prompt_command(any_supervisor):
    worker = any_supervisor.start("plain", PLAIN, {})
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(worker.prompt("wait")))
    waiting.start()
    worker.urge("free", timeout_s=5)
    waiting.join(10)
    assert answers == [True]


def test_stops_do_not_wait_for_each_other_and_each_gets_its_own_answer(any_supervisor):
    worker = any_supervisor.start("plain", PLAIN, {})
    numbers = range(MEETING)
    with ThreadPoolExecutor(MEETING) as pool:
        # None is answered before all have come.
        answers = list(pool.map(lambda number: worker.urge("meet", timeout_s=5, number=number), numbers))
    assert answers == list(numbers)
    with pytest.raises(TimeoutError, match=r"The worker plain did not answer to 'wait' within 0\.1 s"):
        worker.urge("wait", timeout_s=0.1)
    worker.urge("free", timeout_s=5)
    with pytest.raises(ValueError, match="plain: There is no command 'sing'"):
        worker.urge("sing", timeout_s=5)


def test_a_stop_that_is_asked_of_a_worker_that_dies_is_told(any_supervisor):
    worker = any_supervisor.start("plain", PLAIN, {})
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(worker.urge, "wait", timeout_s=20)
        wait_for(lambda: worker.prompt("waiting"))
        worker._body.end(0.0)
        with pytest.raises(RuntimeError, match="The worker plain has died"):
            asked.result(10)


def test_an_answer_that_comes_too_late_does_not_confuse_the_next_question(threads):
    worker = threads.start("plain", PLAIN, {})
    with pytest.raises(TimeoutError, match=r"The worker plain did not answer to 'wait' within 0\.1 s"):
        worker.call("wait", timeout_s=0.1)
    worker.prompt("free")
    assert worker.call("echo", value="mine") == "mine"


def test_whoever_asks_while_it_is_busy_waits_no_longer_than_asked_to(threads):
    worker = threads.start("plain", PLAIN, {})
    waiting = threading.Thread(target=worker.call, args=("wait",))
    waiting.start()
    wait_for(lambda: worker.busy)
    with pytest.raises(TimeoutError, match=r"busy with something else for 0\.1 s: it was not told to 'echo'"):
        worker.call("echo", timeout_s=0.1, value=1)
    worker.prompt("free")
    waiting.join(10)


def test_a_loop_that_cannot_be_built_is_the_callers_error(any_supervisor):
    with pytest.raises(ValueError, match="the table has no legs"):
        any_supervisor.start("plain", "acquisition.scripted_loops:UnwillingLoop", {})
    with pytest.raises(ValueError, match=r"Cannot build acquisition\.nowhere:Loop"):
        any_supervisor.start("plain", "acquisition.nowhere:Loop", {})
    assert any_supervisor.start("plain", PLAIN, {}).alive


def test_a_step_that_raises_ends_the_worker_which_says_why(any_supervisor):
    worker = any_supervisor.start("plain", PLAIN, {})
    worker.call("break_step")
    wait_for(lambda: not worker.alive)
    with pytest.raises(RuntimeError, match=r"The worker plain has died \(.*ValueError: it is too late"):
        worker.check()


def test_a_name_is_given_once(threads):
    threads.start("plain", PLAIN, {})
    with pytest.raises(RuntimeError, match="Cannot start plain: a worker of that name is running"):
        threads.start("plain", PLAIN, {})


def test_a_worker_that_gives_no_sign_of_life_hangs():
    supervisor = Supervisor(transport="thread", hung_after_s=0.05)
    worker = supervisor.start("plain", PLAIN, {})
    worker.call("hang")
    wait_for(lambda: worker.status().state == "hung")
    with pytest.raises(RuntimeError, match="The worker plain hangs: no sign of life for 0 s"):
        worker.check()
    worker.prompt("free")
    supervisor.stop()


def test_a_restarted_worker_is_another_generation(any_supervisor):
    worker = any_supervisor.start("plain", PLAIN, {})
    first = worker.board.name
    worker.restart()
    assert worker.call("echo", value=1) == 1
    assert worker.status().generation == 2
    assert worker.board.name != first


def test_restarts_have_a_limit(threads):
    worker = threads.start("plain", PLAIN, {})
    for _ in range(5):
        worker.restart()
    with pytest.raises(RuntimeError, match="Cannot restart the worker plain: it was restarted 5 times within 60 s"):
        worker.restart()
    threads.stop()
    with pytest.raises(RuntimeError, match="Cannot restart the worker plain: it has been stopped"):
        worker.restart()


def test_axes_and_lamps_are_reached_through_the_camera_worker(any_supervisor):
    worker = any_supervisor.start("camera", "beadline.acquisition:CameraLoop", camera_arguments(FACTORY))
    worker.call("open")
    axis, lamp = RemoteAxis(worker, "focus"), RemoteLamp(worker, "lamp")
    assert axis.open() == AxisInfo("mm", 0.0, 10.0, 0.01)
    axis.move(3.0)
    assert axis.state() == AxisState(3.0, moving=False)
    lamp.set_level_percent(30.0)
    assert lamp.level_percent() == 30.0
    axis.stop()
    any_supervisor.stop()
    axis.stop()
    axis.close()


@pytest.mark.slow
def test_a_worker_that_dies_is_named_with_its_exit_code_and_last_words(supervisor):
    worker = supervisor.start("plain", PLAIN, {})
    worker.call("say", line="all is not well")
    with pytest.raises(RuntimeError, match=r"The worker plain has died \(exit code 7: .*all is not well\)"):
        worker.call("die")
    assert worker.status().state == "died"
    assert "[plain 1] all is not well" in supervisor.lines
    name = worker.board.name
    supervisor.stop()

    def is_gone():
        try:
            Board.attach(name).close()
        except FileNotFoundError:
            return True
        return False

    wait_for(is_gone)


@pytest.mark.slow
def test_a_worker_that_dies_while_it_starts_is_told_with_its_last_words(supervisor):
    began = time.monotonic()
    with pytest.raises(RuntimeError, match=r"died while it started \(exit code 3: .*segmentation fault"):
        supervisor.start("plain", "acquisition.scripted_loops:DyingLoop", {})
    assert time.monotonic() - began < 10


@pytest.mark.slow
def test_a_worker_that_is_not_ready_in_time_is_ended(supervisor):
    with pytest.raises((RuntimeError, TimeoutError), match=r"plain (did not start|was not ready)"):
        supervisor.start("plain", "acquisition.scripted_loops:SlowLoop", {}, timeout_s=0.3)
    left = [child.cmdline() for child in psutil.Process().children()]
    assert not [line for line in left if "beadline.acquisition.worker" in line]


@posix
@pytest.mark.slow
def test_a_killed_worker_is_noticed_and_can_be_started_again(supervisor):
    worker = supervisor.start("plain", PLAIN, {})
    os.kill(worker.status().pid, signal.SIGKILL)
    wait_for(lambda: not worker.alive)
    with pytest.raises(RuntimeError, match="The worker plain has died"):
        worker.check()
    worker.restart()
    assert worker.call("echo", value=1) == 1


@posix
@pytest.mark.slow
def test_interrupts_are_for_the_session_and_a_polite_end_is_an_end(supervisor):
    worker = supervisor.start("plain", PLAIN, {})
    pid = worker.status().pid
    os.kill(pid, signal.SIGINT)
    assert worker.call("echo", value=1) == 1
    assert os.getpgid(pid) != os.getpgid(0)
    os.kill(pid, signal.SIGTERM)
    wait_for(lambda: not worker.alive)
    assert "exit code 0" in worker.obituary()


@posix
@pytest.mark.slow
def test_stopping_ends_a_worker_that_does_not_listen_and_takes_not_long(supervisor):
    worker = supervisor.start("plain", PLAIN, {})
    worker.call("hang")
    began = time.monotonic()
    supervisor.stop(timeout_s=0.3)
    assert time.monotonic() - began < 5
    assert not psutil.pid_exists(worker.status().pid)


def test_workers_are_told_to_stop_in_reverse_order_and_then_waited_for(threads):
    order, workers = [], []
    for name in ("camera", "tracker"):
        workers.append(threads.start(name, PLAIN, {}))
        worker = workers[-1]
        for deed in ("dismiss", "end"):
            done = getattr(worker, deed)
            noted = (deed, name)
            setattr(worker, deed, lambda timeout_s, noted=noted, done=done: (order.append(noted), done(timeout_s)))
    assert [status.name for status in threads.statuses()] == ["camera", "tracker"]
    threads.stop()
    threads.stop()
    assert order == [("dismiss", "tracker"), ("dismiss", "camera"), ("end", "tracker"), ("end", "camera")]
    assert [worker.alive for worker in workers] == [False, False]


@posix
@pytest.mark.slow
def test_nobody_waits_long_for_a_worker_that_is_busy_and_whose_work_can_be_done_again(supervisor):
    camera = supervisor.start("camera", PLAIN, {})
    busy = supervisor.start("ingester", PLAIN, {}, leave_within_s=0.2)  # would be told first
    busy.call("hang")
    began_s = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - began_s < 4  # of the 5 s that others may take
    assert busy.crashed
    assert not camera.crashed  # it had time to leave by itself


@posix
@pytest.mark.slow
def test_a_worker_in_the_background_steps_back_behind_all_others(supervisor):
    worker = supervisor.start("plain", PLAIN, {}, background=True)
    assert psutil.Process(worker.status().pid).nice() == 10
    group = Path(f"/proc/{worker.status().pid}/autogroup")  # Linux, where it shares the processor between groups
    assert not group.exists() or group.read_text().endswith("nice 10\n")


class RefusingFile:
    """Refuses the first writes, as Linux does when another process has just set a priority."""

    def __init__(self, refusals):
        self.refusals, self.text = refusals, ""

    def write_text(self, text):
        if self.refusals:
            self.refusals -= 1
            raise BlockingIOError(11, "Resource temporarily unavailable")
        self.text = text


def test_a_priority_that_is_refused_for_a_moment_is_asked_for_again():
    patient, never = RefusingFile(3), RefusingFile(100)
    set_group_niceness(patient, 10, pause_s=0)
    assert patient.text == "10"
    with pytest.raises(BlockingIOError):
        set_group_niceness(never, 10, pause_s=0)
