"""Numbers about workers: how fast, how late, how hard they work."""

import os

import numpy as np
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beadline.acquisition import Board
from beadline.acquisition.latencies import FIELDS, KEPT, Latencies
from beadline.acquisition.vitals import Vitals
from beadline.status import WorkerStatus


class Clock:
    now_s = 0.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def board():
    made = Board.create(("heartbeat_s", "taken_seq", "behind", *FIELDS))
    yield made
    made.close()


class SteadyWorker:
    """This process, said to be a worker."""

    alive, generation, silence_s = True, 1, 0.25

    def __init__(self, board, pid=None):
        self.board, self.pid = board, pid

    def status(self):
        return WorkerStatus("steady", "running", self.generation, self.pid)


def test_percentiles_are_published_once_a_second(board, clock):
    latencies = Latencies(board, clock)
    for latency_ms in range(1, 102):
        latencies.add(latency_ms)
        latencies.publish()
    assert (board["latency_ms"], board["latency_p50_ms"]) == (101, 0)
    clock.now_s = 1.0
    latencies.publish()
    assert [board[f"latency_{name}_ms"] for name in ("p50", "p95", "p99", "max")] == [51, 96, 100, 101]


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=3 * KEPT))
def test_percentiles_are_those_of_the_last_frames(values):
    board, clock = Board.create(FIELDS), Clock()
    latencies = Latencies(board, clock)
    for value in values:
        latencies.add(value)
    clock.now_s = 1.0
    latencies.publish()
    assert board["latency_max_ms"] == max(values[-KEPT:])
    assert board["latency_p50_ms"] == pytest.approx(np.median(values[-KEPT:]))
    board.close()


def test_rates_are_those_since_the_last_sample(board, clock):
    vitals = Vitals(SteadyWorker(board), clock)
    first = vitals.sample()
    assert (first.rate_hz, first.cpu_percent, first.memory_bytes) == (None, None, None)
    clock.now_s = 2.0
    board["taken_seq"], board["behind"] = 300, 7
    second = vitals.sample()
    assert (second.rate_hz, second.queue, second.silence_s) == (150.0, 7, 0.25)
    assert set(second.latency_ms) == {"p50", "p95", "p99", "max"}


def test_a_new_generation_and_a_counter_that_began_anew_have_no_rate_yet(board, clock):
    worker = SteadyWorker(board)
    vitals = Vitals(worker, clock)
    board["taken_seq"] = 100
    vitals.sample()
    clock.now_s, board["taken_seq"] = 1.0, 5
    assert vitals.sample().rate_hz is None
    clock.now_s, board["taken_seq"], worker.generation = 2.0, 9, 2
    assert vitals.sample().rate_hz is None
    clock.now_s, board["taken_seq"] = 3.0, 10
    assert vitals.sample().rate_hz == 1.0
    worker.alive = False
    assert vitals.sample() is None


def test_processor_and_memory_are_those_of_the_process(board, clock):
    vitals = Vitals(SteadyWorker(board, os.getpid()), clock)
    before = psutil.Process().cpu_times()
    vitals.sample()
    clock.now_s = 1.0
    sum(number * number for number in range(3_000_000))
    sample = vitals.sample()
    after = psutil.Process().cpu_times()
    used_s = after.user + after.system - before.user - before.system
    assert 0 < sample.cpu_percent <= 100 * used_s + 0.1
    assert sample.memory_bytes == pytest.approx(psutil.Process().memory_info().rss, rel=0.2)


def test_of_a_process_that_is_gone_nothing_is_known(board, clock):
    sample = Vitals(SteadyWorker(board, 2**22 + 1), clock).sample()
    assert (sample.cpu_percent, sample.memory_bytes) == (None, None)
