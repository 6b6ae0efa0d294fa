import numpy as np
import pytest

from beadline.acquisition import LatestTracks
from beadline.acquisition.latest import MARGIN
from beadline.tracks import COLUMNS


@pytest.fixture
def latest():
    made = LatestTracks.create(beads=2, slots=64)
    yield made
    made.close()


def push(latest, *ids):
    for number in ids:
        tracks = np.full((2, len(COLUMNS)), number, np.float32)
        latest.push((number, number * 0.1, number * 1.0, number + 0.5), tracks, np.full(2, number % 7, np.uint16))


def test_the_newest_come_oldest_first_with_their_times(latest):
    push(latest, *range(10))
    other = LatestTracks.attach(latest.name)
    block = other.newest(3)
    other.close()
    assert block.frame_id.tolist() == [7, 8, 9]
    assert block.tracks.shape == (3, 2, len(COLUMNS))
    assert block.tracks[:, 1, 0].tolist() == [7, 8, 9]
    assert block.flags[:, 0].tolist() == [0, 1, 2]
    assert block.host_time_s.tolist() == [7.0, 8.0, 9.0]
    assert block.done_time_s.tolist() == [7.5, 8.5, 9.5]
    assert block.device_time_s == pytest.approx([0.7, 0.8, 0.9])


def test_of_an_empty_ring_there_is_nothing(latest):
    assert [len(block.frame_id) for block in (latest.newest(5), latest.since(3), latest.since_time(0.0))] == [0, 0, 0]


def test_frames_since_a_frame_are_those_that_came_later(latest):
    push(latest, *range(10))
    assert latest.since(6).frame_id.tolist() == [7, 8, 9]
    assert len(latest.since(9).frame_id) == 0
    assert len(latest.since(-1).frame_id) == 10


def test_frames_since_a_frame_are_found_though_the_counter_restarted(latest):
    push(latest, 100, 101, 0, 1)
    assert latest.since(101).frame_id.tolist() == [0, 1]


def test_frames_since_a_time_are_those_whose_exposure_ended_then_or_later(latest):
    push(latest, *range(10))
    assert latest.since_time(6.5).frame_id.tolist() == [7, 8, 9]
    assert latest.since_time(7.0).frame_id.tolist() == [7, 8, 9]
    assert latest.since_time(0.0, most=2).frame_id.tolist() == [8, 9]


def test_a_full_ring_gives_all_but_a_margin(latest):
    push(latest, *range(200))
    assert latest.newest(1000).frame_id.tolist() == list(range(200 - 64 + MARGIN, 200))


def test_a_frame_that_is_overwritten_while_it_is_copied_is_left_out(latest):
    push(latest, *range(100))

    class Overtaken(np.ndarray):
        def __getitem__(self, places):
            got = super().__getitem__(places)
            if isinstance(places, np.ndarray):
                push(latest, *range(1000, 1000 + MARGIN + 5))
            return got

    latest._flags, flags = latest._flags.view(Overtaken), latest._flags
    block = latest.newest(64)
    latest._flags = flags
    assert block.frame_id.tolist() == list(range(100 - 64 + MARGIN + 5, 100))


def test_a_block_is_cut_by_number_and_by_choice(latest):
    push(latest, *range(5))
    block = latest.newest(5)
    assert block.head(2).frame_id.tolist() == [0, 1]
    assert block.where(block.frame_id % 2 == 0).tracks[:, 0, 0].tolist() == [0, 2, 4]
