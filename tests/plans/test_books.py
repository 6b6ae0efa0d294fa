"""The books of a run are written however it ends, and say when they do not balance."""

import threading
import time

import pytest
from bluesky import plan_stubs as bps
from bluesky.run_engine import call_in_bluesky_event_loop
from bluesky.utils import RunEngineInterrupted

from beadline.acquisition.tracker_loop import TrackerLoop
from beadline.devices import FrameBooks
from beadline.plans import in_run, record, root_cause, staged, step_record, take_step, take_steps
from beadline.status import FrameCounts
from bench import BEADS, make_bench


@pytest.fixture
def bench(tmp_path):
    made = make_bench(tmp_path, frame_rate_hz=400.0)
    made.RE(bps.abs_set(made.tracker.beads, BEADS, wait=True))
    yield made
    made.close()


@pytest.fixture
def crashing(monkeypatch):
    """Trackers that can be told to crash."""
    build = TrackerLoop.__init__

    def with_a_way_out(loop):
        build(loop)
        loop.commands["crash"] = lambda: setattr(loop, "step", lambda: 1 / 0)

    monkeypatch.setattr(TrackerLoop, "__init__", with_a_way_out)


def books_of(bench, plan):
    """Run a plan that fails, and return its error and its books."""
    with pytest.raises(Exception, match=r".") as failure:
        bench.RE(plan)
    (books,) = bench.data("frame_books")
    return root_cause(failure.value), books


def at(bench, kind, act):
    """Act once, at the second document of a kind."""
    seen = []

    def look(name, doc):
        seen.append(name)
        if len(seen) == 2:
            act()

    bench.RE.subscribe(look, kind)


def die(worker):
    worker._body.end(5.0)


def balances(books, consumer):
    count = {name: books[f"{consumer}-{name}"] for name in ("produced", "delivered", "missed", "decimated")}
    return count["produced"] == count["delivered"] + count["missed"] + count["decimated"]


def steps(bench, positions=(1.0, 2.0, 3.0), **options):
    return step_record(bench.camera, [bench.tracker, bench.recorder], bench.height, positions, frames=8, **options)


def test_good_books_balance_also_of_a_decimated_recording(bench):
    bench.RE(bps.mv(bench.recorder.every, 3))
    bench.RE(record(bench.camera, [bench.tracker, bench.recorder], frames=50))
    (books,) = bench.data("frame_books")
    assert (books["recorder-delivered"], books["recorder-decimated"]) == (17, 33)
    for consumer in ("tracker", "recorder"):
        assert balances(books, consumer)
        assert books[f"{consumer}-unaccounted"] == 0
    assert bench.stop_document()["reason"] == ""


def test_a_step_run_that_fails_has_books(bench):
    def fail():
        bench.height.axis.move = lambda target: 1 / 0

    at(bench, "event", fail)
    error, books = books_of(bench, steps(bench))
    assert "division by zero" in error
    assert (books["tracker-produced"], books["tracker-delivered"], books["recorder-unaccounted"]) == (16, 16, 0)


def test_a_step_run_that_is_aborted_has_books(bench):
    at(bench, "event", lambda: threading.Thread(target=bench.RE.abort, args=("enough",)).start())
    with pytest.raises(RunEngineInterrupted):
        bench.RE(steps(bench, settle_s=0.3))
    (books,) = bench.data("frame_books")
    assert books["tracker-delivered"] >= 16
    assert books["tracker-unaccounted"] == books["recorder-unaccounted"] == 0
    assert bench.stop_document()["exit_status"] == "abort"


class Broken:
    name, parent = "broken", None

    def describe(self):
        return {"broken": {"source": "x", "dtype": "number", "shape": []}}

    def read(self):
        raise OSError("the cable was pulled")


def test_an_event_that_cannot_be_read_does_not_prevent_the_books(bench):
    devices = [bench.camera, bench.tracker]
    books = FrameBooks(bench.camera, [bench.tracker])
    step = take_step(bench.camera, [bench.tracker], [Broken()])
    error, counts = books_of(bench, staged(in_run(take_steps(bench.camera, [bench.tracker], 8, step, books)), devices))
    assert error == "the cable was pulled"
    assert counts["tracker-delivered"] == 8
    assert bench.data("primary") == []


def test_of_a_dead_camera_the_books_have_all_steps(bench):
    at(bench, "event", lambda: die(bench.camera.worker))
    error, books = books_of(bench, steps(bench))
    assert "The worker camera has died" in error
    assert (books["tracker-produced"], books["tracker-delivered"], books["tracker-unaccounted"]) == (16, 16, 0)


def test_of_a_dead_consumer_the_books_say_what_is_unaccounted_for(bench, caplog):
    at(bench, "stream_datum", lambda: die(bench.recorder.worker))
    error, books = books_of(bench, record(bench.camera, [bench.tracker, bench.recorder], frames=4000))
    assert "The worker recorder has died" in error
    written = bench.recorder.worker.board["written"]
    assert books["recorder-delivered"] == written > 0
    assert books["recorder-unaccounted"] == books["recorder-produced"] - written > 0
    assert books["tracker-unaccounted"] == 0
    assert balances(books, "tracker")
    assert "the books of recorder do not balance: " in caplog.text
    assert "frames are unaccounted for, it died before it could tell" in caplog.text


def crash(worker):
    """Have the loop of a worker raise, and wait until it is dead."""
    worker.call("crash")
    deadline_s = time.monotonic() + 10
    while worker.generation == 1 and worker.alive:
        assert time.monotonic() < deadline_s
        time.sleep(0.001)


def test_a_run_goes_on_without_a_tracker_that_died_and_says_where_the_tracks_end(crashing, bench):
    at(bench, "stream_datum", lambda: crash(bench.tracker.worker))
    (uid,) = bench.RE(record(bench.camera, [bench.tracker, bench.recorder], frames=400))
    stop = bench.stop_document()
    assert (stop["run_start"], stop["exit_status"]) == (uid, "success")
    (books,) = bench.data("frame_books")
    assert (books["recorder-delivered"], books["recorder-missed"]) == (400, 0)
    tracked = books["tracker-delivered"]
    assert 0 < tracked < 400
    assert (books["tracker-missed"], books["tracker-unaccounted"]) == (400 - tracked, 0)
    assert f"tracks_incomplete: tracker has {tracked} of 400 frames in its file" in stop["reason"]
    assert "The worker tracker has died (ZeroDivisionError: division by zero)" in stop["reason"]
    announced = max(
        doc["indices"]["stop"]
        for name, doc in bench.documents
        if name == "stream_datum" and "tracker" in streams(bench)[doc["stream_resource"]]
    )
    assert announced == tracked


def streams(bench):
    return {doc["uid"]: doc["data_key"] for name, doc in bench.documents if name == "stream_resource"}


def test_a_tracker_that_died_is_there_again_live_and_for_the_next_run(crashing, bench):
    at(bench, "stream_datum", lambda: crash(bench.tracker.worker))
    bench.RE(record(bench.camera, [bench.tracker, bench.recorder], frames=200))
    bench.RE(record(bench.camera, [bench.tracker], frames=50))
    assert bench.tracker.worker.generation == 2
    assert bench.stop_document()["reason"] == ""
    assert bench.data("frame_books")[-1]["tracker-delivered"] == 50
    bench.RE(bps.mv(bench.camera.live, True))
    bench.RE(bps.trigger(bench.beads, wait=True))
    reading = call_in_bluesky_event_loop(bench.beads.read())
    assert reading["beads-last_frame_id"]["value"] > 0


def test_steps_do_not_go_on_without_their_tracker(crashing, bench):
    at(bench, "event", lambda: crash(bench.tracker.worker))
    error, books = books_of(bench, steps(bench))
    assert "The worker tracker has died" in error
    assert books["recorder-delivered"] == 16
    assert bench.documents[-1][1]["num_events"]["primary"] == 2


def test_of_a_dead_recorder_the_books_say_what_it_left_out(bench):
    bench.RE(bps.mv(bench.recorder.every, 3))
    at(bench, "stream_datum", lambda: die(bench.recorder.worker))
    _, books = books_of(bench, record(bench.camera, [bench.recorder], frames=4000))
    assert abs(books["recorder-decimated"] - 2 * books["recorder-delivered"]) <= 2
    seen = books["recorder-delivered"] + books["recorder-decimated"]
    assert books["recorder-unaccounted"] == books["recorder-produced"] - seen > 0


def test_missed_frames_that_cannot_be_named_are_said():
    counts = FrameCounts(produced=90, delivered=80, dropped_ids=(4,), missed_ids=(7, 8), missed_unnamed=5)
    assert counts.missed == 8
    assert counts.missed_sentence("tracker") == (
        "tracker missed 2 of 90 frames: 7, 8; tracker missed 5 of 90 frames and can no longer say which"
    )


def test_books_that_do_not_balance_are_said_in_the_stop_document(bench):
    tell = bench.recorder.counts

    async def forget():
        counts = await tell()
        return counts | {"delivered": counts["delivered"] - 3}

    bench.recorder.counts = forget
    bench.RE(record(bench.camera, [bench.recorder], frames=20))
    said = "the books of recorder do not balance: 3 of 20 frames are unaccounted for"
    assert bench.stop_document()["reason"] == said
    assert bench.data("frame_books")[0]["recorder-unaccounted"] == 3


def test_the_next_run_has_books_of_its_own(bench):
    for frames in (30, 20):
        bench.RE(record(bench.camera, [bench.tracker], frames=frames))
    assert [books["tracker-produced"] for books in bench.data("frame_books")] == [30, 20]


def test_a_camera_that_died_before_it_counted_its_last_frame_has_counted_it(bench):
    def die_uncounted():
        worker = bench.camera.worker
        die(worker)
        for number in ("window_produced", "window_delivered"):
            worker.board.add(number, -1)

    at(bench, "event", die_uncounted)
    _, books = books_of(bench, steps(bench))
    assert (books["tracker-produced"], books["tracker-delivered"], books["tracker-unaccounted"]) == (16, 16, 0)
