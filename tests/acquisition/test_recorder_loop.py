import h5py
import numpy as np
import pytest

from acquisition.stand import Stand
from beadline.acquisition.recorder_loop import RecorderLoop


@pytest.fixture
def recorder(stand):
    loop = RecorderLoop()
    loop.attach(stand.ring)
    yield loop
    loop.close()


def record(stand, recorder, path, ids):
    recorder.prepare(str(path), stand.board["window"], {"kind": "test"})
    stand.open_window(len(ids), "delivered")
    stand.show(*ids)
    counts = recorder.finish()
    with h5py.File(path) as file:
        return counts, {name: file[name][:] for name in file}, dict(file.attrs)


def pixels(frame_id):
    """What the scripted camera shows."""
    frame = np.full((12, 16), frame_id % 251, np.uint8)
    frame[0, 0] = frame_id // 251 % 256
    return frame


def test_full_frames_come_back_as_the_camera_took_them(stand, recorder, tmp_path):
    recorder.configure()
    _, data, attributes = record(stand, recorder, tmp_path / "video.h5", range(240, 260))
    assert np.array_equal(data["video"], np.stack([pixels(each) for each in range(240, 260)]))
    assert data["frame_id"].tolist() == list(range(240, 260))
    assert attributes["kind"] == "test"


def test_windows_are_cut_where_they_are_said_to_be(stand, recorder, tmp_path):
    recorder.configure(kind="rois", origins=[[0, 0], [8, 4]], windows_px=[8, 8])
    _, data, attributes = record(stand, recorder, tmp_path / "roi_video.h5", [600, 601])
    whole = np.stack([pixels(each) for each in (600, 601)])
    assert data["video"].shape == (2, 2, 8, 8)
    assert np.array_equal(data["video"][:, 0], whole[:, 0:8, 0:8])
    assert np.array_equal(data["video"][:, 1], whole[:, 4:12, 8:16])
    assert attributes["window_origin_px"].tolist() == [[0, 0], [8, 4]]


def test_smaller_windows_are_filled_up_with_nothing(stand, recorder, tmp_path):
    recorder.configure(kind="rois", origins=[[0, 0], [4, 2]], windows_px=[8, 10])
    _, data, attributes = record(stand, recorder, tmp_path / "roi_video.h5", [600, 601])
    whole = np.stack([pixels(each) for each in (600, 601)])
    assert data["video"].shape == (2, 2, 10, 10)
    assert np.array_equal(data["video"][:, 0, :8, :8], whole[:, 0:8, 0:8])
    assert not data["video"][:, 0, 8:].any()
    assert not data["video"][:, 0, :, 8:].any()
    assert np.array_equal(data["video"][:, 1], whole[:, 2:12, 4:14])
    assert attributes["window_px"].tolist() == [8, 10]


def test_of_every_kth_frame_the_others_are_unasked(stand, recorder, tmp_path):
    recorder.configure(every=3)
    counts, data, _ = record(stand, recorder, tmp_path / "video.h5", range(7))
    assert data["frame_id"].tolist() == [0, 3, 6]
    assert (counts["delivered"], counts["unasked"], counts["decimated"]) == (3, 4, 4)


def test_a_frame_that_is_overwritten_before_it_is_recorded_fails_the_recording(stand, recorder, tmp_path):
    counts, data, _ = record(stand, recorder, tmp_path / "video.h5", range(100))
    assert recorder.board["failed"] == 1
    assert "frame 0 was overwritten before it was recorded" in recorder.commands["failure"]()
    assert counts["missed_ids"] == list(range(100))
    assert len(data["video"]) == 0


def test_deep_pixels_are_stored_as_they_are(tmp_path):
    stand = Stand(bit_depth=12)
    recorder = RecorderLoop()
    recorder.attach(stand.ring)
    _, data, _ = record(stand, recorder, tmp_path / "video.h5", [3])
    assert data["video"].dtype == np.uint16
    recorder.close()
    stand.loop.close()


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"kind": "half"}, "Cannot record 'half': it is 'full' or 'rois'"),
        ({"every": 0}, "Cannot record every 0th frame"),
        (
            {"kind": "rois", "origins": [[0, 0], [1, 1]], "windows_px": [8]},
            "Cannot record 2 windows of 1 sizes: give one for each",
        ),
        ({"kind": "rois"}, r"Cannot record 0 windows of \[\] px: choose beads first"),
        (
            {"kind": "rois", "origins": [[10, 0]], "windows_px": [8]},
            r"window of 8 px at \(10, 0\) px: it reaches outside",
        ),
    ],
)
def test_a_recording_that_makes_no_sense_is_refused(recorder, request_, message):
    with pytest.raises(ValueError, match=message):
        recorder.configure(**request_)


def test_what_is_recorded_stays_the_same_during_a_recording(stand, recorder, tmp_path):
    recorder.configure(every=2)
    recorder.prepare(str(tmp_path / "video.h5"), 0, {})
    recorder.configure(every=2)
    with pytest.raises(RuntimeError, match="Cannot record something else during a recording"):
        recorder.configure(every=3)


def test_an_existing_file_is_left_alone_and_the_next_recording_works(stand, recorder, tmp_path):
    (tmp_path / "video.h5").write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        recorder.prepare(str(tmp_path / "video.h5"), 0, {})
    assert record(stand, recorder, tmp_path / "other.h5", [1])[0]["delivered"] == 1
    assert (tmp_path / "video.h5").read_bytes() == b"mine"
