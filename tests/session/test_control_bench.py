"""The bench of run control and that of the soak, in small, on the shared session."""

import numpy as np
import pytest
from bluesky import plan_stubs as bps

from beadline.plans import record
from beadline.session.control_bench import cancels, pauses, stand, storm
from beadline.session.soak_bench.samples import Samples

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def with_windows(session):
    session.RE(bps.mv(session.recorder.kind, "rois"))
    yield session
    session.RE(bps.mv(session.recorder.kind, "full"))


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def test_cancels_from_everywhere_are_quick_and_the_next_run_is_complete(with_windows, rng, monkeypatch):
    monkeypatch.setattr(cancels, "LATEST_S", 0.1)
    found = cancels.cancels(with_windows, 3, rng, lambda line: None)
    assert (found["number"], found["wrong"]) == (3, [])
    assert set(found["by_place"]) == {"callback", "paused", "block"}
    assert 0 < found["median_ms"] <= found["largest_ms"] == max(found["by_place"].values())


def test_pauses_lose_no_frame_and_double_none(with_windows, rng, monkeypatch):
    monkeypatch.setattr(pauses, "STEPS", 8)
    monkeypatch.setattr(pauses, "STEP_FRAMES", 5)
    monkeypatch.setattr(pauses, "PAUSE_S", 0.1)
    steps, recording = pauses.pauses(with_windows, rng, 3.0)
    assert (steps["wrong"], steps["frames"], steps["pauses"]) == ([], 40, 3)
    assert (recording["wrong"], recording["frames"], recording["pauses"]) == ([], 300, 3)
    # the camera goes on in a pause, if time passes there, and its frames are nobody's
    assert 0 < recording["jumps"] <= 3


def test_frames_that_are_missing_are_seen(with_windows):
    session = with_windows
    uid = session.run(record(session.camera, [session.tracker, session.recorder], frames=10))
    assert stand.lacks(session, uid, 10) == []
    assert stand.lacks(session, uid, 11) == [
        "tracks.h5 has 10 of 11 frames",
        "the books of tracker say 10 delivered, 0 missed",
        "roi_video.h5 has 10 of 11 frames",
        "the books of recorder say 10 delivered, 0 missed",
    ]


def test_who_asks_does_ask_while_a_recording_is_timed(with_windows, monkeypatch):
    monkeypatch.setattr(storm, "LOOK_S", 0.02)
    found = storm.storms(with_windows, 1, 100, lambda line: None)
    assert found["peace_hz"] == pytest.approx(100.0, rel=0.2)
    for who in ("thread", "process"):
        assert found[who]["polls_hz"] > 50
        assert len(found[who]["rounds_percent"]) == 1


def test_a_soak_counts_what_each_process_holds(with_windows):
    samples = Samples(with_windows)
    for _ in range(2):
        samples.take()
    assert set(samples.values) >= {"session", "camera", "tracker", "recorder", "ingester"}
    for held in samples.values.values():
        assert all(len(seen) == 2 for seen in held.values())
        assert min(*held["memory_mb"], *held["threads"]) > 0
    assert samples.trends()["session"]["threads"]["verdict"] == "undecided"
    assert set(samples.plain()) == {"time_s", "behind", *samples.values}
    assert len(samples.behind) == 2
