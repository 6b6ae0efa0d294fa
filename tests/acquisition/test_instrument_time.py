"""Time in lock-step passes as far as it is allowed to, and not ahead of those who take the frames."""

import math

import numpy as np
import pytest

from beadline.acquisition import Board, FrameRing
from beadline.acquisition.instrument_time import AHEAD_AT_MOST, FIELDS, LockStep, build_on
from beadline.hardware import FrameStamp


@pytest.fixture
def board():
    made = Board.create(FIELDS)
    yield made
    made.close()


@pytest.fixture
def clock(board):
    made = LockStep(board)
    yield made
    made.close()


@pytest.fixture
def ring():
    made = FrameRing.create(4, 4, np.dtype(np.uint8), epoch_offset_s=0.0)
    yield made
    made.close()


@pytest.fixture
def taker(clock):
    made = Board.create(["taken_seq"])
    clock.require("tracker", made.name)
    yield made
    made.close()


def spend(clock, ring=None):
    while not clock.must_wait(ring):
        clock.rest()
    return clock.now()


def show(ring, frames):
    for number in range(frames):
        ring.begin()
        ring.commit(FrameStamp(number, 0.0, 0.0), 0)


def test_time_stands_still_until_it_may_pass_and_then_stands_still_again(clock, board):
    assert spend(clock) == 0.0
    clock.allow(2.5)
    assert not board["clock_idle"]
    assert spend(clock) == 2.5
    assert (board["clock_s"], board["clock_idle"]) == (2.5, 1)


def test_an_event_ends_the_permission(clock):
    clock.allow(None)
    assert not clock.must_wait(None)
    clock.sleep(0.25)
    clock.stop()
    assert clock.must_wait(None)
    assert clock.now() == 0.25


def test_an_event_while_nothing_is_allowed_allows_nothing(clock):
    clock.stop()
    assert clock.must_wait(None)


def test_the_camera_waits_for_the_slowest_of_those_who_take_its_frames(clock, ring, taker):
    clock.allow(math.inf)
    show(ring, AHEAD_AT_MOST)
    assert not clock.must_wait(ring)
    show(ring, 1)
    assert clock.must_wait(ring)
    taker["taken_seq"] = 1
    assert not clock.must_wait(ring)


def test_the_clock_is_idle_only_when_every_frame_has_been_taken(clock, board, ring, taker):
    clock.allow(1.0)
    show(ring, 3)
    spend(clock, ring)
    assert not board["clock_idle"]
    taker["taken_seq"] = 3
    assert clock.must_wait(ring)
    assert board["clock_idle"]


def test_a_camera_that_is_silent_without_waiting_does_not_stop_the_time_of_the_others(clock):
    clock.allow(0.5)
    clock.patience_s()
    clock.nothing_came()
    assert clock.now() == 0.5


def test_a_camera_that_cannot_wait_is_named(clock):
    with pytest.raises(ValueError, match=r"Cannot run scripted_camera:microscope in lock-step: it takes no clock"):
        build_on(clock, "scripted_camera:microscope", {})
