import tempfile
from pathlib import Path
from types import SimpleNamespace

import h5py
import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquisition.stand import SETTINGS, Stand
from beadline.acquisition import consumer
from beadline.acquisition.consumer import Consumer
from beadline.acquisition.ring import STAMPS
from beadline.acquisition.stores import Store, stamp_columns


class Collector(Consumer):
    """Takes every asked frame, or skips and counts it."""

    def __init__(self, every=1):
        super().__init__()
        self.every = every
        self.kept = []
        self.glances = []
        self.asked = 0
        self.trouble = {}

    def make_store(self, path, attributes):
        self.kept = []
        self.asked = 0
        return Store(path, {}, attributes)

    def wants(self, stamp):
        self.asked += 1
        return (self.asked - 1) % self.every == 0

    def take(self, seq, stamp):
        if stamp.id in self.trouble:
            raise self.trouble[stamp.id]
        self.kept.append(stamp)
        return True

    def glance(self, seq, stamp):
        if stamp.id in self.trouble:
            raise self.trouble[stamp.id]
        self.glances.append(stamp.id)

    def write(self, store):
        if self.kept:
            store.append(stamp_columns(self.kept, self.ring.epoch_offset_s))
            self.kept = []


class Recordings:
    """A camera stand and a collector on its ring, in a folder."""

    def __init__(self, folder, every=1):
        self.stand = Stand()
        self.collector = Collector(every)
        self.collector.attach(self.stand.ring)
        self.path = Path(folder) / "frames.h5"

    def prepare(self):
        self.stand.begin_books()
        self.collector.prepare(str(self.path), self.stand.board["window"], {})

    def follow(self):
        """Have the collector take all there is."""
        while self.collector.board["settled_seq"] < self.stand.board["ring_written"]:
            self.collector.step()

    def finish(self):
        return self.collector.finish(self.stand.loop.window_report()["dropped_ids"])

    def in_file(self, name="frame_id"):
        with h5py.File(self.path) as file:
            return file[name][:].tolist()

    def close(self):
        self.collector.close()
        self.stand.loop.close()


@pytest.fixture
def recordings(tmp_path):
    made = Recordings(tmp_path)
    yield made
    made.close()


def test_asked_frames_are_in_the_file_and_others_are_not(recordings):
    recordings.prepare()
    recordings.stand.show(0, 1)
    recordings.stand.open_window(3)
    recordings.stand.show(2, 3, 4, 5)
    recordings.follow()
    counts = recordings.finish()
    assert recordings.in_file() == [2, 3, 4]
    assert (counts["delivered"], counts["written"], counts["unasked"]) == (3, 3, 3)


def test_times_in_the_file_are_unix_times(recordings):
    recordings.prepare()
    recordings.stand.open_window(1)
    recordings.stand.show(0)
    seen_s = recordings.stand.board["last_frame_s"]
    recordings.finish()
    assert recordings.in_file("host_time_s") == [pytest.approx(seen_s + 1000.0)]


def test_frames_of_recordings_before_the_file_was_opened_are_not_in_it(recordings):
    recordings.stand.open_window(2)
    recordings.stand.show(0)
    recordings.collector.prepare(str(recordings.path), recordings.stand.board["window"], {})
    recordings.stand.show(1)
    recordings.stand.open_window(1)
    recordings.stand.show(2)
    recordings.finish()
    assert recordings.in_file() == [2]


def test_a_lapped_consumer_knows_exactly_which_frames_it_missed(recordings):
    recordings.prepare()
    slots = recordings.collector.ring.slots
    recordings.stand.open_window()
    recordings.stand.show(*range(3 * slots))
    overwritten = recordings.collector.ring.oldest()
    recordings.follow()
    recordings.stand.show(3 * slots)
    counts = recordings.finish()
    missed = counts["missed_ids"]
    # and some more than were overwritten, so that there is time for the others
    assert overwritten < len(missed) < overwritten + slots / 3
    assert missed == list(range(len(missed))) == recordings.in_file("missed_frame_id")
    assert recordings.in_file() == list(range(len(missed), 3 * slots + 1))


def test_what_is_left_in_the_ring_at_the_end_is_taken(recordings):
    recordings.prepare()
    slots = recordings.collector.ring.slots
    recordings.stand.open_window()
    recordings.stand.show(*range(3 * slots))
    oldest = recordings.collector.ring.oldest()
    assert recordings.finish()["missed_ids"] == list(range(oldest))
    assert recordings.in_file() == list(range(oldest, 3 * slots))


def test_frames_the_camera_dropped_are_listed_also_when_they_are_the_last(recordings):
    recordings.prepare()
    recordings.stand.open_window(6)
    recordings.stand.show(0, 1, 3, 9)
    recordings.follow()
    assert recordings.collector.counts()["dropped_ids"] == [2, 4, 5]
    recordings.finish()
    assert recordings.in_file("dropped_frame_id") == [2, 4, 5]


def test_finish_takes_what_was_produced(recordings):
    recordings.prepare()
    recordings.stand.open_window()
    recordings.stand.show(*range(20))
    recordings.stand.loop.close_window()
    assert recordings.finish()["delivered"] == 20


def test_finish_counts_as_missed_what_it_has_no_time_for(recordings):
    recordings.prepare()
    recordings.stand.open_window()
    recordings.stand.show(*range(20))
    counts = recordings.collector.finish(patience_s=-1.0)
    assert (counts["delivered"], counts["missed_ids"]) == (0, list(range(20)))


def test_rows_are_announced_only_when_they_are_flushed_and_then_everything_is_settled(recordings):
    recordings.prepare()
    recordings.stand.open_window(2)
    recordings.stand.show(0, 1)
    recordings.follow()
    board = recordings.collector.board
    assert (board["written"], board["settled_seq"]) == (2, recordings.stand.board["window_end_seq"])
    with h5py.File(recordings.path, swmr=True) as file:
        assert file["frame_id"][:].tolist() == [0, 1]


def test_one_slow_flush_does_not_hold_back_the_next_for_longer_than_a_step_waits(recordings, monkeypatch):
    now_s = [1000.0]
    flush = Store.flush

    def hesitating_disk(store):
        now_s[0] += 3.0
        flush(store)

    monkeypatch.setattr(consumer, "time", SimpleNamespace(monotonic=lambda: now_s[0], sleep=lambda _: None))
    recordings.prepare()
    recordings.stand.open_window(2)
    with monkeypatch.context() as slow:
        slow.setattr(Store, "flush", hesitating_disk)
        recordings.stand.show(0)
        recordings.follow()
    recordings.stand.show(1)
    recordings.collector.step()
    assert recordings.collector.board["written"] == 1
    now_s[0] += 5.0
    recordings.collector.step()
    assert recordings.collector.board["written"] == 2


def test_outside_recordings_only_the_newest_frame_is_looked_at(recordings):
    recordings.stand.show(0, 1, 2)
    recordings.collector.step()
    recordings.stand.show(3)
    recordings.collector.step()
    assert recordings.collector.glances == [2, 3]


def test_a_frame_that_cannot_be_taken_fails_the_recording_and_the_rest_is_missed(recordings):
    recordings.prepare()
    recordings.collector.trouble = {2: ValueError("the frame is odd")}
    recordings.stand.open_window()
    recordings.stand.show(*range(5))
    recordings.follow()
    assert recordings.collector.board["failed"] == 1
    assert recordings.collector.commands["failure"]() == "ValueError: the frame is odd"
    assert recordings.finish()["missed_ids"] == [2, 3, 4]
    assert recordings.in_file() == [0, 1]


def test_after_a_failure_the_next_recording_works(recordings, tmp_path):
    recordings.prepare()
    recordings.collector.trouble = {0: ValueError("the frame is odd")}
    recordings.stand.open_window(1)
    recordings.stand.show(0)
    recordings.finish()
    recordings.path = tmp_path / "second.h5"
    recordings.prepare()
    recordings.stand.open_window(2)
    recordings.stand.show(1, 2)
    assert recordings.finish()["delivered"] == 2
    assert recordings.collector.board["failed"] == 0


def test_trouble_outside_recordings_is_told_and_not_repeated(recordings):
    recordings.collector.trouble = {0: ValueError("the frame is odd")}
    recordings.stand.show(0)
    recordings.collector.step()
    recordings.stand.show(1)
    recordings.collector.step()
    assert recordings.collector.board["failed"] == 1
    assert recordings.collector.glances == []


def refuse(store):
    raise RuntimeError("no space left")


def test_what_was_not_flushed_when_the_file_failed_is_missed(recordings, monkeypatch):
    left = []
    monkeypatch.setattr(Store, "abandon", lambda store: left.append(store))
    recordings.prepare()
    recordings.stand.open_window()
    recordings.stand.show(0, 1)
    recordings.follow()
    monkeypatch.setattr(Store, "flush", refuse)
    recordings.stand.show(2, 3)
    recordings.finish()
    counts = recordings.collector.counts()
    assert (counts["delivered"], counts["written"], counts["missed_ids"]) == (2, 2, [2, 3])
    assert recordings.collector.board["failed"] == 1
    assert "frames.h5: no space left; what the disk had taken" in recordings.collector.commands["failure"]()
    monkeypatch.undo()
    left[0].close()


def test_a_consumer_that_slept_too_long_fails_its_recording(recordings, monkeypatch):
    ring = recordings.collector.ring
    recordings.prepare()

    def gone(start, stop):
        raise RuntimeError(f"only the stamps of the last {STAMPS} are kept")

    monkeypatch.setattr(ring, "stamps", gone)
    recordings.stand.show(0)
    recordings.collector.step()
    assert "only the stamps of the last" in recordings.collector.commands["failure"]()


def test_the_ring_stays_the_same_during_a_recording(recordings):
    ring = recordings.stand.ring
    recordings.prepare()
    recordings.collector.attach(ring)
    recordings.stand.loop.apply(SETTINGS | {"roi_px": [0, 0, 4, 4]})
    with pytest.raises(RuntimeError, match="Cannot change to other frames during a recording"):
        recordings.collector.attach(recordings.stand.ring)


def test_one_file_at_a_time(recordings):
    recordings.prepare()
    with pytest.raises(RuntimeError, match="the last recording is not finished"):
        recordings.prepare()


def test_without_a_ring_there_are_no_frames():
    collector = Collector()
    with pytest.raises(RuntimeError, match="attach a frame ring first"):
        _ = collector.ring
    collector.step()
    assert collector.finish()["delivered"] == 0
    collector.close()


MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("show"), st.lists(st.integers(1, 4), min_size=1, max_size=40)),
        st.tuples(st.just("old"), st.lists(st.integers(1, 2), min_size=1, max_size=5)),
        st.tuples(
            st.just("open"), st.sampled_from([(None, "counter"), (7, "counter"), (30, "counter"), (9, "delivered")])
        ),
        st.tuples(st.sampled_from(["close", "hold", "release", "restart", "take"]), st.none()),
    ),
    max_size=25,
)


@given(MOVES, st.integers(1, 3))
def test_whatever_happens_every_frame_is_in_the_books_exactly_once(moves, every):
    with tempfile.TemporaryDirectory() as folder:
        recordings = Recordings(folder, every)
        try:
            play(recordings, moves)
        finally:
            recordings.close()


def play(recordings, moves):
    stand, loop, collector = recordings.stand, recordings.stand.loop, recordings.collector
    recordings.prepare()
    before, frame_id = stand.board["frames"], 0
    for move, detail in moves:
        if move in ("show", "old"):
            for gap in detail:
                frame_id += gap
                stand.show(frame_id, exposed="now" if move == "show" else "long ago")
        elif move == "open" and stand.board["window_done"]:
            stand.open_window(*detail)
        elif move == "restart":
            loop.stop_stream()
            loop.start()
            frame_id += 10
        elif move == "take":
            recordings.follow()
        elif move in ("close", "hold", "release"):
            loop.commands[{"close": "close_window"}.get(move, move)]()
    stamps = collector.ring.stamps(before, stand.board["ring_written"])
    asked = [int(each["id"]) for each in stamps if each["window"]]
    loop.close_window()
    report, counts = loop.window_report(), recordings.finish()
    missed, dropped = counts["missed_ids"], counts["dropped_ids"]
    assert report["produced"] == counts["delivered"] + len(missed) + len(dropped) + counts["decimated"]
    assert report["delivered"] == len(asked)
    assert report["dropped_ids"] == dropped == sorted(recordings.in_file("dropped_frame_id"))
    assert len(stamps) == counts["delivered"] + len(missed) + counts["unasked"]
    assert recordings.in_file("missed_frame_id") == missed
    assert sorted(recordings.in_file() + missed) == asked[:: collector.every]
    assert counts["written"] == counts["delivered"] == len(recordings.in_file())
