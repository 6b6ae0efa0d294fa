import h5py
import numpy as np
import pytest

from beadline.acquisition import FrameRing, LatestTracks
from beadline.acquisition.tracker_loop import TrackerLoop
from beadline.hardware import FrameStamp
from beadline.tracking import Tracker, TrackerOptions, next_origins, track_stack, window_origins
from beadline.tracks import empty_tracks

WINDOW_PX = 32
BEADS = [
    {"id": 3, "x_px": 40.0, "y_px": 36.0, "role": "tether", "table": None},
    {"id": 5, "x_px": 90.0, "y_px": 60.0, "role": "reference", "table": None},
]
OPTIONS = {"window_px": WINDOW_PX}
SHAPE = (96, 128)


def picture(shift_px=0.0, rise=0.0):
    """Draw two beads as rings, moved along a row."""
    rows, columns = np.indices(SHAPE)
    image = np.full(SHAPE, 120.0)
    for bead in BEADS:
        r_px = np.hypot(columns - bead["x_px"] - shift_px, rows - bead["y_px"])
        image += 50 * np.cos(r_px * (0.9 + rise)) * np.exp(-((r_px / 7) ** 2))
    return np.rint(image).astype(np.uint8)


class Stream:
    """A ring filled by hand, with a tracker on it."""

    def __init__(self):
        self.ring = FrameRing.create(*SHAPE, np.dtype(np.uint8), epoch_offset_s=1000.0, size=1)
        self.tracker = TrackerLoop()
        self.tracker.attach(self.ring.name)
        self.answer = self.tracker.configure(BEADS, OPTIONS, pixel_size_nm=100.0)
        self.latest = LatestTracks.attach(self.answer["latest"])

    def push(self, frame_id, image, window=0, period_s=0.01):
        self.ring.begin()[...] = image
        self.ring.commit(FrameStamp(frame_id, frame_id * period_s, 50.0 + frame_id * period_s), window)

    def close(self):
        self.latest.close()
        self.tracker.close()
        self.ring.close()


@pytest.fixture
def stream():
    made = Stream()
    yield made
    made.close()


def test_the_file_holds_what_the_tracker_measures_in_each_frame(stream, tmp_path):
    images = [picture(0.1 * number) for number in range(5)]
    stream.tracker.prepare(str(tmp_path / "tracks.h5"), 0, {"options": OPTIONS})
    for number, image in enumerate(images):
        stream.push(100 + number, image, window=1)
    counts = stream.tracker.finish()
    x_px, y_px = (np.array([bead[axis] for bead in BEADS]) for axis in ("x_px", "y_px"))
    tracks, flags = track_stack(np.stack(images), window_origins(x_px, y_px, WINDOW_PX), TrackerOptions(**OPTIONS))
    with h5py.File(tmp_path / "tracks.h5") as file:
        assert np.array_equal(file["tracks"][:], tracks, equal_nan=True)
        assert np.array_equal(file["flags"][:], flags)
        assert file["frame_id"][:].tolist() == [100, 101, 102, 103, 104]
        assert file["host_time_s"][0] == pytest.approx(1051.0)
        assert file.attrs["bead_ids"].tolist() == [3, 5]
        assert file.attrs["pixel_size_nm"] == 100.0
    assert counts["delivered"] == 5
    assert tracks[:, 0, 0] == pytest.approx(40.0 + 0.1 * np.arange(5), abs=0.05)


def test_the_newest_tracks_can_be_read_with_and_without_a_recording(stream):
    stream.tracker.wait_until_ready()
    stream.push(7, picture())
    stream.tracker.step()
    block = stream.latest.newest(5)
    assert block.frame_id.tolist() == [7]
    assert block.tracks[0, :, 0] == pytest.approx([40.0, 90.0], abs=0.05)
    assert block.done_time_s[0] > 0
    assert stream.tracker.board["failed"] == 0


def test_windows_follow_beads_that_wander_and_their_places_are_recorded(stream, tmp_path):
    stream.tracker.prepare(str(tmp_path / "tracks.h5"), 0, {})
    for number in range(12):
        stream.push(number, picture(1.0 * number), window=1)
    stream.tracker.finish()
    with h5py.File(tmp_path / "tracks.h5") as file:
        assert file["tracks"][-1, 0, 0] == pytest.approx(51.0, abs=0.1)
        moved_px = file["window_origin_px"][-1, 0, 0] - file["window_origin_px"][0, 0, 0]
        assert 6 <= moved_px <= 11


@pytest.mark.parametrize(("period_s", "places"), [(0.001, 1), (0.03, 7)])
def test_frames_that_wait_share_a_window_if_they_are_close_in_time(stream, tmp_path, period_s, places):
    stream.tracker.prepare(str(tmp_path / "tracks.h5"), 0, {})
    for number in range(8):
        stream.push(number, picture(0.6 * number if period_s < 0.02 else 4.5 * number), window=1, period_s=period_s)
    stream.tracker.finish()
    with h5py.File(tmp_path / "tracks.h5") as file:
        assert len(np.unique(file["window_origin_px"][:, 0, 0])) == places
        assert not np.isnan(file["tracks"][:, 0, 0]).any()


def test_a_clock_that_jumps_does_not_make_frames_close_in_time(stream, tmp_path):
    stream.tracker.prepare(str(tmp_path / "tracks.h5"), 0, {})
    for number, device_s in enumerate((0.0, 0.001, 0.5, 0.002, 0.6)):
        stream.ring.begin()[...] = picture(4.5 * number)
        stream.ring.commit(FrameStamp(number, device_s, 50.0 + device_s), 1)
    stream.tracker.finish()
    with h5py.File(tmp_path / "tracks.h5") as file:
        moved_px = np.diff(file["window_origin_px"][:, 0, 0])
    assert moved_px[0] == 0
    assert (moved_px[1:] > 0).all()


def test_windows_stay_where_they_are_if_they_are_told_to(stream, tmp_path):
    stream.tracker.configure(BEADS, OPTIONS, pixel_size_nm=None, follow=False)
    stream.tracker.prepare(str(tmp_path / "tracks.h5"), 0, {})
    for number in range(6):
        stream.push(number, picture(1.0 * number), window=1)
    stream.tracker.finish()
    with h5py.File(tmp_path / "tracks.h5") as file:
        assert np.ptp(file["window_origin_px"][:], axis=0).max() == 0


def test_beads_stay_the_same_during_a_recording(stream, tmp_path):
    stream.tracker.prepare(str(tmp_path / "tracks.h5"), 0, {})
    assert stream.tracker.configure(BEADS, OPTIONS, pixel_size_nm=100.0) == stream.answer
    with pytest.raises(RuntimeError, match="Cannot change the beads during a recording"):
        stream.tracker.configure(BEADS[:1], OPTIONS, pixel_size_nm=100.0)


def test_without_beads_nothing_is_recorded(tmp_path):
    tracker = TrackerLoop()
    with pytest.raises(RuntimeError, match="There are no beads to track: choose beads first"):
        tracker.prepare(str(tmp_path / "tracks.h5"), 0, {})
    with pytest.raises(ValueError, match="no option windows_px"):
        tracker.configure(BEADS, {"windows_px": 32}, pixel_size_nm=None)
    tracker.close()


def test_a_frame_and_what_is_found_in_it_can_be_kept(stream, tmp_path):
    stream.push(8, picture())
    found = stream.tracker.find_beads(str(tmp_path / "field.npy"), window_px=WINDOW_PX)
    assert (found["frame_id"], found["host_time_s"]) == (8, pytest.approx(1050.08))
    assert all(set(bead) == {"x_px", "y_px", "score", "contrast"} for bead in found["beads"])
    assert np.array_equal(np.load(tmp_path / "field.npy"), picture())
    assert stream.tracker.snapshot(str(tmp_path / "field.png")) == {
        "shape": list(SHAPE),
        "frame_id": 8,
        "host_time_s": pytest.approx(1050.08),
    }
    stream.push(9, picture())
    assert stream.tracker.find_beads(frames=2, window_px=WINDOW_PX)["beads"] == found["beads"]


def sweep(path, bead_ids, planes=9, each=3):
    """Write windows of the two beads at a number of planes."""
    half = WINDOW_PX // 2
    images = [picture(0.05 * number, 0.06 * plane) for plane in range(planes) for number in range(each)]
    corners = [(int(bead["y_px"]) - half, int(bead["x_px"]) - half) for bead in BEADS]
    stack = np.stack([[image[y : y + 2 * half, x : x + 2 * half] for y, x in corners] for image in images])
    with h5py.File(path, "w", libver="latest") as file:
        file["video"] = stack
        file.attrs["bead_ids"] = bead_ids
    return {"plane_of_frame": np.repeat(np.arange(planes), each).tolist(), "z_nm": [100.0 * z for z in range(planes)]}


def test_tables_are_built_from_a_sweep_stored_and_used(stream, tmp_path):
    planes = sweep(tmp_path / "roi_video.h5", [3, 5])
    video, out = str(tmp_path / "roi_video.h5"), str(tmp_path / "lookup_table.h5")
    report = stream.tracker.build_lookup_tables(
        video, **planes, out_path=out, options=OPTIONS, optics={"focal_factor": 0.9}, provenance={"run": "abc"}
    )
    assert sorted(report["bead_ids"] + [int(each) for each in report["refused"]]) == [3, 5]
    assert report["bead_ids"], report["refused"]
    bead = next(each for each in BEADS if each["id"] == report["bead_ids"][0])
    with_table = bead | {"table": {"path": out, "bead_id": bead["id"]}}
    answer = stream.tracker.configure([with_table], OPTIONS, None, optics={"focal_factor": 0.9})
    assert answer["table_hashes"] == report["sha256"][:1]
    with pytest.raises(ValueError, match=r"focal_factor is 1\.0 but was 0\.9"):
        stream.tracker.configure([with_table], OPTIONS, None, optics={"focal_factor": 1.0})
    with pytest.raises(ValueError, match="has no look-up table of bead 77"):
        stream.tracker.configure([with_table | {"table": {"path": out, "bead_id": 77}}], OPTIONS, None)
    stream.tracker.wait_until_ready()
    latest = LatestTracks.attach(answer["latest"])
    stream.push(0, picture(0.0, 0.06 * 4))
    stream.tracker.step()
    assert latest.newest(1).tracks[0, 0, 2] == pytest.approx(400.0, abs=20)
    latest.close()


def test_a_video_without_the_windows_of_beads_makes_no_tables(stream, tmp_path):
    planes = sweep(tmp_path / "video.h5", [3])
    with pytest.raises(ValueError, match="it has no windows of beads with their ids"):
        stream.tracker.build_lookup_tables(
            str(tmp_path / "video.h5"), **planes, out_path="", options=OPTIONS, optics={}, provenance={}
        )


@pytest.mark.parametrize("waiting", [1, 3, 20])
def test_in_lock_step_windows_follow_as_if_frames_came_one_by_one(stream, tmp_path, waiting):
    stream.tracker.attach(stream.ring.name, lock_step=True)
    stream.tracker.prepare(str(tmp_path / "tracks.h5"), 0, {})
    images = [picture(0.6 * number) for number in range(20)]
    for number, image in enumerate(images):
        stream.push(number, image, window=1, period_s=0.001)
        if (number + 1) % waiting == 0:
            stream.tracker.step()
    stream.tracker.finish()
    origins, places = window_origins(*(np.array([bead[axis] for bead in BEADS]) for axis in ("x_px", "y_px")), 32), []
    tracker, tracks, flags = Tracker(TrackerOptions(**OPTIONS), 2), empty_tracks(20, 2), np.zeros((20, 2), np.uint16)
    for image, track, flag in zip(images, tracks, flags, strict=True):
        tracker.track(image, origins, track, flag)
        places.append(origins)
        origins = next_origins(origins, track, flag, SHAPE, WINDOW_PX)
    with h5py.File(tmp_path / "tracks.h5") as file:
        np.testing.assert_array_equal(file["window_origin_px"], places)
        np.testing.assert_array_equal(file["tracks"], tracks)
    assert len(np.unique(np.array(places)[:, 0, 0])) > 2
