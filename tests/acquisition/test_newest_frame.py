import numpy as np
import pytest
from PIL import Image

from beadline.acquisition import FrameRing
from beadline.acquisition.newest_frame import newest_frame, save_frame
from beadline.hardware import FrameStamp

U8 = np.dtype(np.uint8)


@pytest.fixture
def ring():
    made = FrameRing.create(4, 6, U8, epoch_offset_s=0.0, size=1)
    yield made
    made.close()


def push(ring, *ids):
    for number in ids:
        ring.begin()[...] = number
        ring.commit(FrameStamp(number, 0.0, 0.0), 0)


def test_the_newest_frame_is_a_copy(ring):
    push(ring, 1, 2)
    frame, stamp = newest_frame(ring)
    push(ring, *range(10, 60))
    assert np.array_equal(frame, np.full((4, 6), 2, np.uint8))
    assert stamp.id == 2


def test_a_mean_is_that_of_the_newest_frames(ring):
    push(ring, 100, 3, 4, 6)
    frame, stamp = newest_frame(ring, 2)
    assert np.array_equal(frame, np.full((4, 6), 5, np.uint8))
    assert (frame.dtype, stamp.id) == (U8, 6)


def test_without_frames_there_is_no_picture(ring):
    push(ring, 1)
    with pytest.raises(RuntimeError, match="Cannot take 2 frames: there are 1 yet; start the camera first"):
        newest_frame(ring, 2)


def test_more_frames_than_are_kept_cannot_be_averaged(ring):
    with pytest.raises(ValueError, match="Cannot average 17 frames: it must be from 1 to 16"):
        newest_frame(ring, 17)


def test_frames_that_are_overwritten_all_the_time_are_no_picture(ring, monkeypatch):
    push(ring, 1)
    monkeypatch.setattr(ring, "holds", lambda seq: False)
    with pytest.raises(RuntimeError, match="overwrites them faster than one can be copied"):
        newest_frame(ring)


def test_a_saved_frame_comes_back(tmp_path):
    frame = np.arange(24, dtype=np.uint16).reshape(4, 6) * 2000
    save_frame(tmp_path / "frame.npy", frame)
    save_frame(tmp_path / "frame.png", frame)
    assert np.array_equal(np.load(tmp_path / "frame.npy"), frame)
    with Image.open(tmp_path / "frame.png") as image:
        assert np.array_equal(np.asarray(image), frame)


def test_pictures_of_another_kind_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"Cannot save a frame as frame\.jpg: write \.npy or \.png"):
        save_frame(tmp_path / "frame.jpg", np.zeros((2, 2), np.uint8))
