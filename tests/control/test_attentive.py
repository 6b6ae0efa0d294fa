"""A signal that the operating system delivers to another thread is handled while the main thread waits."""

import os
import signal
import threading
import time

import pytest
from bluesky import plan_stubs as bps

from beadline.session.attentive import wait_attentively
from beadline.session.steady_engine import SteadyEngine

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no signals between threads there")
SOON_S = 10.0
"""Far more than it takes; who does not handle the signal does so never."""


@pytest.fixture
def handled():
    """Return an event that SIGUSR1 sets when Python handles it."""
    event = threading.Event()
    before = signal.signal(signal.SIGUSR1, lambda *_: event.set())
    yield event
    signal.signal(signal.SIGUSR1, before)


def signal_this_thread():
    assert threading.current_thread() is not threading.main_thread()
    signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)


def test_the_caller_of_the_runengine_handles_a_signal_that_another_thread_gets(handled):
    def plan():
        yield from bps.null()
        time.sleep(0.2)  # now the main thread waits
        signal_this_thread()
        return handled.wait(SOON_S)

    seen = []

    def told():
        seen.append((yield from plan()))

    SteadyEngine({}, context_managers=[])(told())
    assert seen == [True]


@pytest.mark.parametrize("timeout_s", [None, 2 * SOON_S])
def test_who_waits_for_an_event_handles_a_signal_that_another_thread_gets(handled, timeout_s):
    over, seen = threading.Event(), []

    def other():
        time.sleep(0.2)
        signal_this_thread()
        seen.append(handled.wait(SOON_S))
        over.set()

    threading.Thread(target=other).start()
    assert wait_attentively(over, timeout_s)
    assert seen == [True]


@pytest.mark.parametrize("timeout_s", [0.0, 0.12])
def test_who_waits_gives_up_after_the_time_given(timeout_s):
    began_s = time.monotonic()
    assert not wait_attentively(threading.Event(), timeout_s)
    assert timeout_s <= time.monotonic() - began_s < timeout_s + SOON_S
