import json
import subprocess
import sys

import h5py
import numpy as np
import pytest

from beadline.acquisition import Store, VideoStore, stores, tracks_store
from beadline.tracks import COLUMN_NAMES

BEADS = [{"id": 4, "role": "tether"}, {"id": 9, "role": "reference"}]


def block(start, count):
    ids = np.arange(start, start + count)
    return {
        "frame_id": ids,
        "device_time_s": ids * 0.01,
        "host_time_s": 1e9 + ids * 0.01,
        "tracks": np.broadcast_to(ids[:, None, None], (count, 2, len(COLUMN_NAMES))).astype(np.float32),
        "flags": np.zeros((count, 2), np.uint16),
        "window_origin_px": np.zeros((count, 2, 2), np.int32),
    }


def test_what_was_flushed_can_be_read_while_it_is_written(tmp_path):
    store = tracks_store(tmp_path / "tracks.h5", BEADS, {"pixel_size_nm": 100.0, "options": {"window_px": 64}})
    store.append(block(0, 5))
    store.flush()
    store.list_ids("dropped_frame_id", [7, 8])
    store.append(block(5, 3))
    store.flush()
    with h5py.File(tmp_path / "tracks.h5", swmr=True) as reader:
        assert reader["tracks"].shape == (8, 2, len(COLUMN_NAMES))
        assert reader["frame_id"][:].tolist() == list(range(8))
        assert reader["dropped_frame_id"][:].tolist() == [7, 8]
        assert list(reader.attrs["bead_ids"]) == [4, 9]
        assert reader.attrs["pixel_size_nm"] == 100.0
        assert [str(each) for each in reader.attrs["columns"]] == list(COLUMN_NAMES)
    store.close()


def test_rows_count_only_when_they_are_flushed(tmp_path):
    store = tracks_store(tmp_path / "tracks.h5", BEADS, {})
    store.append(block(0, 5))
    assert (store.rows, store.flushed) == (5, 0)
    store.flush()
    assert store.flushed == 5
    store.close()


def test_video_comes_back_as_it_was(tmp_path):
    frames = [np.full((4, 6), number, np.uint16) for number in range(3)]
    store = VideoStore(tmp_path / "video.h5", (4, 6), np.dtype(np.uint16), {"kind": "full"})
    stamps = {name: np.arange(3.0) for name in ("device_time_s", "host_time_s")}
    store.append({"frame_id": np.arange(3), "video": frames, **stamps})
    store.close()
    with h5py.File(tmp_path / "video.h5") as reader:
        assert np.array_equal(reader["video"][:], np.stack(frames))
        assert reader["video"].chunks == (1, 4, 6)


def test_a_file_is_never_overwritten(tmp_path):
    (tmp_path / "tracks.h5").write_bytes(b"")
    with pytest.raises(FileExistsError):
        tracks_store(tmp_path / "tracks.h5", BEADS, {})


WRITER = """
import sys, os, signal
sys.path.insert(0, sys.argv[2])
from test_stores import BEADS, block
from beadline.acquisition import tracks_store
from pathlib import Path
store = tracks_store(Path(sys.argv[1]), BEADS, {})
store.append(block(0, 300)); store.flush()
store.append(block(300, 50))
os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
"""


def test_what_was_flushed_survives_the_death_of_the_writer(tmp_path):
    path = tmp_path / "tracks.h5"
    here = str(__import__("pathlib").Path(__file__).parent)
    subprocess.run([sys.executable, "-c", WRITER, str(path), here], check=False)
    with h5py.File(path, swmr=True) as reader:
        assert len(reader["frame_id"]) >= 300
        assert np.array_equal(reader["tracks"][:300, 0, 0], np.arange(300))


def test_what_is_said_beside_the_data_comes_back(tmp_path):
    said = {"options": {"a": 1}, "ids": [1, 2], "hashes": ["x", "y"], "mixed": [None, "x"], "none": [], "size_nm": None}
    Store(tmp_path / "file.h5", {}, said).close()
    with h5py.File(tmp_path / "file.h5") as file:
        attributes = dict(file.attrs)
    assert json.loads(attributes["options"]) == {"a": 1}
    assert attributes["ids"].tolist() == [1, 2]
    assert list(attributes["hashes"]) == ["x", "y"]
    assert json.loads(attributes["mixed"]) == [None, "x"]
    assert len(attributes["none"]) == 0
    assert np.isnan(attributes["size_nm"])
    assert attributes["schema_version"] == 1


def test_a_row_with_a_frame_id_has_everything_else(tmp_path):
    """Frame ids are written and flushed last, so that they tell how many rows are whole."""
    store = tracks_store(tmp_path / "tracks.h5", BEADS, {})
    assert list(store._rows)[-1] == "frame_id"
    store.close()


def test_a_file_that_cannot_be_laid_out_is_not_closed(tmp_path, monkeypatch):
    monkeypatch.setattr(stores, "_abandoned", [])
    with pytest.raises(RuntimeError, match="no room"):
        FullStore(tmp_path / "tracks.h5", {}, {})
    assert len(stores._abandoned) == 1
    stores._abandoned[0]._file.close()


class FullStore(Store):
    def _grow(self, *_):
        raise RuntimeError("no room")
