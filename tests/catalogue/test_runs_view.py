import json

import numpy as np
import pytest

from beadline.callbacks import Journal
from beadline.catalogue import Catalogue
from beadline.tracks import COLUMN_NAMES
from made_runs import BEADS, STARTED_S, MadeRun, continuous, rows_of


@pytest.fixture
def journal(tmp_path):
    made = Journal(tmp_path)
    yield made
    made.close()


@pytest.fixture
def catalogue(tmp_path):
    with Catalogue(tmp_path) as made:
        yield made


def steps(journal, data, scan_id=1):
    run = MadeRun(journal, data, scan_id=scan_id, frames_per_event=5)
    run.describe("primary", also={"focus": {"source": "x", "dtype": "number", "shape": []}})
    for number in range(4):
        run.step(focus=float(number))
    run.books(dropped=[1017], missed=[1012, 1013])
    run.stop("fail", "the lamp went out")
    return run


def test_runs_are_listed_newest_first_with_how_they_ended(journal, catalogue, tmp_path):
    first = continuous(journal, tmp_path, frames=10, scan_id=1)
    second = steps(journal, tmp_path, scan_id=2)
    third = MadeRun(journal, tmp_path, scan_id=3)
    third.describe()
    third.record(30)
    listed = catalogue.runs()
    assert [run.uid for run in listed] == [third.uid, second.uid, first.uid]
    assert [run.state for run in listed] == ["running", "failed", "done"]
    assert [run.frames for run in listed] == [
        {"tracker": 30},
        {"tracker": 20, "missed": 3},
        {"tracker": 10, "missed": 0},
    ]
    assert listed[1].reason == "the lamp went out"
    assert listed[0].duration_s is None
    assert listed[2].started_s == STARTED_S + 1
    assert [run.scan_id for run in catalogue.runs(limit=2)] == [3, 2]
    assert len(catalogue) == 3
    third.close_files()


def test_a_run_is_found_by_uid_scan_id_place_and_summary(journal, catalogue, tmp_path):
    run = continuous(journal, tmp_path, frames=10, scan_id=41)
    for name in (run.uid, run.uid[:8], run.uid[:5], 41, "41", -1, "-1", catalogue.runs()[0]):
        assert catalogue.folder(name) == run.folder


def test_digits_are_a_scan_id_or_else_the_beginning_of_a_uid(journal, catalogue, tmp_path):
    digits = continuous(journal, tmp_path, frames=10, scan_id=41, uid="12345678-0000-4000-8000-000000000000")
    numbered = continuous(journal, tmp_path, frames=10, scan_id=123456)
    assert catalogue.folder("123456") == numbered.folder
    assert catalogue.folder("12345") == catalogue.folder("1234567") == digits.folder
    with pytest.raises(KeyError, match=r"There is no run 54321 in .*: it has 2 runs"):
        catalogue.folder("54321")
    with pytest.raises(KeyError, match="Cannot find a run by '1234': give at least 5 characters"):
        catalogue.folder("1234")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("deadbeef", "There is no run in .* whose uid begins with 'deadbeef'"),
        ("abc", "give at least 5 characters"),
        (7, "There is no run 7 in .*: it has 0 runs"),
        (-1, "There is no run -1"),
    ],
)
def test_a_run_that_is_not_there_is_said(catalogue, name, sentence):
    with pytest.raises(KeyError, match=sentence):
        catalogue.folder(name)


def test_documents_are_those_that_were_emitted(journal, catalogue, tmp_path):
    run = continuous(journal, tmp_path, frames=10)
    documents = catalogue.documents(run.uid)
    assert [document["uid"] for _, document in documents] == [document["uid"] for _, document in run.documents]
    ids = documents[1][1]["configuration"]["tracker"]["data"]["tracker-beads-ids"]
    assert ids.dtype == np.int64


def test_tracks_are_labelled_and_in_nm(journal, catalogue, tmp_path):
    run = continuous(journal, tmp_path, frames=20)
    dataset = catalogue.tracks_dataset(-1)
    written = [rows_of(start, start + 4) for start in range(0, 20, 4)]
    tracks = np.concatenate([rows["tracks"] for rows in written])
    assert dataset["tracks"].dims == ("time", "bead", "column")
    assert list(dataset["column"].values) == ["x_nm", "y_nm", *COLUMN_NAMES[2:]]
    assert list(dataset["unit"].values[:3]) == ["nm", "nm", "nm"]
    assert list(dataset["bead"].values) == [bead["id"] for bead in BEADS]
    assert list(dataset["role"].values) == [bead["role"] for bead in BEADS]
    np.testing.assert_array_equal(dataset["tracks"].sel(column="z_nm"), tracks[..., 2])
    np.testing.assert_allclose(dataset["tracks"].sel(column="x_nm"), tracks[..., 0] * 112.0, rtol=1e-6)
    np.testing.assert_allclose(dataset["time"], np.arange(20) * 0.01, atol=1e-9)
    np.testing.assert_array_equal(dataset["frame_id"], np.arange(20) + 1000)
    np.testing.assert_array_equal(dataset["flags"], np.concatenate([rows["flags"] for rows in written]))
    assert dataset["window_origin_px"].dims == ("time", "bead", "xy")
    assert dataset.attrs == {"uid": run.uid, "scan_id": 1, "pixel_size_nm": 112.0}
    assert "event" not in dataset.coords


def test_without_a_pixel_size_positions_stay_in_pixels(journal, catalogue, tmp_path):
    continuous(journal, tmp_path, frames=5, pixel_size_nm=None)
    tracks = catalogue.tracks(-1)
    assert list(tracks["column"].values) == list(COLUMN_NAMES)
    assert np.isnan(tracks.attrs["pixel_size_nm"])


def test_tracks_of_a_step_run_look_the_same_and_tell_the_step(journal, catalogue, tmp_path):
    steps(journal, tmp_path)
    tracks = catalogue.tracks(1)
    assert tracks.sizes == {"time": 20, "bead": 3, "column": len(COLUMN_NAMES)}
    assert list(tracks["event"].values) == [0] * 5 + [1] * 5 + [2] * 5 + [3] * 5
    assert tracks["flags"].dims == ("time", "bead")


def test_of_a_running_run_the_acknowledged_frames_are_there(journal, catalogue, tmp_path):
    run = MadeRun(journal, tmp_path, video=True)
    run.describe()
    with pytest.raises(FileNotFoundError, match="There is no catalogue in"):
        catalogue[-1]
    assert catalogue.tracks(-1).sizes["time"] == 0
    run.record(30)
    run.write(12)
    assert catalogue.tracks(-1).sizes["time"] == 30
    glimpse = catalogue.glimpse(-1)
    assert (glimpse["folder"], glimpse["rows"]) == (str(run.folder), {"tracks.h5": 42, "video.h5": 42})
    assert [(each["bead"], each["frame_id"]) for each in glimpse["first_tracks"]] == [(4, 1000), (7, 1000), (9, 1000)]
    assert glimpse["first_tracks"][2]["z_nm"] == "nan"
    run.close_files()


def test_frames_that_are_not_announced_yet_are_not_shown(journal, catalogue, tmp_path):
    run = MadeRun(journal, tmp_path)
    run.describe()
    run.write(10)
    assert catalogue.glimpse(-1)["rows"] == {"tracks.h5": 10}
    assert "first_tracks" not in catalogue.glimpse(-1)
    assert catalogue.tracks(-1).sizes["time"] == 0
    run.close_files()


def test_a_run_without_tracks_says_so(journal, catalogue, tmp_path):
    run = continuous(journal, tmp_path, frames=5)
    (run.folder / "tracks.h5").unlink()
    with pytest.raises(FileNotFoundError, match=r"Run 1 \(.*\) has no tracks"):
        catalogue.tracks(1)


def test_a_data_folder_that_was_moved_still_reads(journal, tmp_path):
    data = tmp_path / "before"
    inside = Journal(data)
    run = MadeRun(inside, data)
    run.describe()
    run.record(10)
    run.close_files()
    inside.close()
    data.rename(tmp_path / "after")
    assert Catalogue(tmp_path / "after").tracks(1).sizes["time"] == 10


def test_the_books_tell_what_was_lost(journal, catalogue, tmp_path):
    steps(journal, tmp_path)
    assert catalogue.frame_books(1) == {
        "tracker": {
            "produced": 23,
            "delivered": 20,
            "unasked": 0,
            "missed": 3,
            "dropped_ids": [1017],
            "missed_ids": [1012, 1013],
        }
    }


def test_a_run_is_described_as_json(journal, catalogue, tmp_path):
    run = continuous(journal, tmp_path, frames=10, md={"gain": float("nan"), "ids": np.arange(2), "when": b"x"})
    described = json.loads(json.dumps(catalogue.describe("-1"), allow_nan=False))
    assert described["uid"] == run.uid
    assert described["state"] == "done"
    assert described["start"]["gain"] == "nan"
    assert described["start"]["ids"] == [0, 1]
    assert set(described["streams"]) == {"tracks", "frame_books"}
    assert described["frame_books"]["tracker"]["delivered"] == 10
    assert set(described["files"]) == {"documents.jsonl", "tracks.h5"}
    assert described["rows"] == {"tracks.h5": 10}
