import signal
import subprocess
import sys
from pathlib import Path

import event_model
import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beadline.acquisition import tracks_store
from beadline.callbacks import Journal
from beadline.catalogue import Catalogue, recover
from beadline.catalogue.file_uris import file_uri
from beadline.catalogue.recovery import REASON
from beadline.catalogue.run_files import file_of_run
from beadline.catalogue.true_lengths import WholeRows, true_lengths
from beadline.documents import JOURNAL_NAME, read_documents
from made_runs import BEADS, MadeRun, continuous

LONELY = """
import sys, time
sys.path.insert(0, {tests!r})
from pathlib import Path
from beadline.callbacks import Journal
from made_runs import MadeRun
run = MadeRun(Journal(Path(sys.argv[1])), Path(sys.argv[1]), video=True)
run.describe()
run.record(40)
run.write(30)
print("recorded", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def journal(tmp_path):
    made = Journal(tmp_path)
    yield made
    made.close()


def left_behind(journal, tmp_path, **options):
    """Make a run whose session is gone after 40 announced frames and 30 more in the file."""
    run = MadeRun(journal, tmp_path, **options)
    run.describe()
    run.record(40)
    run.write(30)
    run.close_files()
    journal.close()
    return run


def check_schema(documents):
    for name, document in documents:
        event_model.schema_validators[event_model.DocumentNames[name]].validate(document)


@pytest.mark.slow
def test_a_killed_session_loses_nothing_that_was_flushed(tmp_path):
    tests = str(Path(__file__).parents[1])
    process = subprocess.Popen(
        [sys.executable, "-c", LONELY.format(tests=tests), tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"recorded\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    (recovered,) = recover(tmp_path)
    assert recovered.rows == {"tracks.h5": 70, "video.h5": 70}
    assert recovered.added == {"tracks.h5": 30, "video.h5": 30}
    with Catalogue(tmp_path) as catalogue:
        (run,) = catalogue.runs()
        assert (run.state, run.reason, run.frames) == ("aborted", REASON, {"tracker": 70, "recorder": 70})
        assert catalogue.tracks(1).sizes["time"] == 70


@pytest.mark.slow
def test_a_run_is_closed_once_and_its_documents_are_valid(journal, tmp_path):
    run = left_behind(journal, tmp_path)
    (recovered,) = recover(tmp_path)
    assert recovered.sentence() == (
        f"Run 1 ({run.uid[:8]}) had no end and is closed as aborted; it has 70 frames in tracks.h5"
    )
    documents = read_documents(run.folder / JOURNAL_NAME).documents
    check_schema(documents)
    assert [name for name, _ in documents[len(run.documents) :]] == ["stream_datum"] * 6 + ["stop"]
    stop = documents[-1][1]
    assert stop["exit_status"] == "abort"
    assert stop["num_events"] == {"tracks": 70}
    spans = [document for name, document in documents if name == "stream_datum"]
    assert {(each["indices"]["stop"], each["seq_nums"]["stop"]) for each in spans[-6:]} == {(70, 71)}
    assert recover(tmp_path) == []


@pytest.mark.slow
def test_streams_of_different_length_stay_and_are_described(journal, tmp_path):
    run = MadeRun(journal, tmp_path, video=True)
    run.describe()
    run.record(40)
    run.write(5)
    run.tracks.close()
    run.tracks = tracks_store(tmp_path / "elsewhere.h5", BEADS, {})
    run.write(1)
    run.close_files()
    journal.close()
    (recovered,) = recover(tmp_path)
    assert recovered.rows == {"tracks.h5": 45, "video.h5": 46}
    uneven = "the files do not end with the same frame: tracks.h5 ends with 1044, video.h5 ends with 1045"
    assert recovered.sentence().endswith(f"it has 45 frames in tracks.h5, 46 frames in video.h5; {uneven}")
    documents = read_documents(run.folder / JOURNAL_NAME).documents
    stop = documents[-1][1]
    assert stop["reason"] == f"{REASON}; {uneven}"
    assert stop["num_events"] == {"tracks": 45, "video": 46}
    last = {doc["stream_resource"]: doc["indices"]["stop"] for name, doc in documents if name == "stream_datum"}
    keys = {doc["uid"]: doc["data_key"] for name, doc in documents if name == "stream_resource"}
    assert {(keys[uid].partition("-")[0], rows) for uid, rows in last.items()} == {("tracker", 45), ("recorder", 46)}


@pytest.mark.slow
def test_announced_frames_that_are_gone_are_said(journal, tmp_path):
    run = MadeRun(journal, tmp_path)
    run.describe()
    run.record(10)
    run.announce(10, 12)
    run.close_files()
    journal.close()
    (recovered,) = recover(tmp_path)
    assert recovered.remarks == ("2 frames of tracks.h5 had been announced and are gone",)
    assert read_documents(run.folder / JOURNAL_NAME).documents[-1][1]["reason"] == f"{REASON}; {recovered.remarks[0]}"


@pytest.mark.slow
def test_frames_that_a_power_failure_took_are_gone_and_not_shown_as_zeros(journal, tmp_path):
    run = MadeRun(journal, tmp_path)
    run.describe()
    run.record(300)
    whole_bytes = (run.folder / "tracks.h5").stat().st_size
    run.record(300)  # into chunks of their own
    run.close_files()
    journal.close()
    with (run.folder / "tracks.h5").open("r+b") as file:
        file.truncate(whole_bytes + 1000)
    (recovered,) = recover(tmp_path)
    assert 0 < recovered.rows["tracks.h5"] < 600
    assert recovered.remarks[0].endswith("frames of tracks.h5 had been announced and are gone")
    with Catalogue(tmp_path) as catalogue:
        tracks = catalogue.tracks(1)
    rows = recovered.rows["tracks.h5"]
    np.testing.assert_array_equal(tracks.frame_id, np.arange(rows) + 1000)
    assert (tracks.sel(column="x_nm") > 0).all()


@pytest.mark.slow
def test_a_file_outside_the_folder_of_its_run_is_left_alone_and_that_is_said(journal, tmp_path):
    run = MadeRun(journal, tmp_path)
    run.describe()
    run.record(10)
    run.close_files()
    journal.close()
    there = tmp_path / "elsewhere.h5"
    (run.folder / "tracks.h5").rename(there)
    (run.folder / "tracks.h5").symlink_to(there)
    (recovered,) = recover(tmp_path)
    assert recovered.rows == {}
    assert "it is not in the folder of its run" in recovered.sentence()
    with (
        Catalogue(tmp_path) as catalogue,
        pytest.raises(ValueError, match=r"tracks\.h5: it is not in the folder of its"),
    ):
        catalogue.tracks(1)


@pytest.mark.parametrize(
    "uri", ["file://localhost/etc/passwd", "{}/../../x", "{}\0", "http://a/b", "{}/a?/../../../x", ""]
)
def test_a_document_cannot_name_a_file_outside_its_run(tmp_path, uri):
    with pytest.raises(ValueError, match=r"Cannot open"):
        file_of_run(tmp_path, uri.format(file_uri(tmp_path)))
    assert file_of_run(tmp_path, file_uri(tmp_path / "tracks.h5")) == tmp_path / "tracks.h5"


@pytest.mark.slow
def test_a_file_that_cannot_be_read_is_not_called_empty(journal, tmp_path):
    run = left_behind(journal, tmp_path, video=True)
    (run.folder / "video.h5").write_bytes(b"no longer what it was")
    (recovered,) = recover(tmp_path)
    assert recovered.rows == {"tracks.h5": 70}
    (remark,) = recovered.remarks
    assert remark == "video.h5 cannot be read: Unable to synchronously open file (file signature not found)"
    assert recovered.sentence().endswith(f"it has 70 frames in tracks.h5; {remark}")
    stop = read_documents(run.folder / JOURNAL_NAME).documents[-1][1]
    assert stop["reason"] == f"{REASON}; {remark}"
    assert stop["num_events"] == {"tracks": 70, "video": 40}


@pytest.mark.slow
def test_a_file_without_what_was_announced_is_said_and_one_without_frames_is_empty(tmp_path):
    files = [tmp_path / "empty.h5", tmp_path / "other.h5"]
    for path in files:
        tracks_store(path, BEADS, {}).close()
    empty, other = true_lengths({files[0]: ["/tracks", "/frame_id"], files[1]: ["/video"]}).values()
    assert empty == WholeRows(0)
    assert "object 'video' doesn't exist" in other.problem


@pytest.mark.slow
def test_a_torn_line_is_dropped_and_nothing_else(journal, tmp_path):
    run = left_behind(journal, tmp_path)
    path = run.folder / JOURNAL_NAME
    whole = path.read_bytes()
    path.write_bytes(whole + b'["event",{"da')
    (recovered,) = recover(tmp_path)
    assert recovered.torn_bytes == 13
    assert "13 bytes of a torn line were dropped" in recovered.sentence()
    assert path.read_bytes().startswith(whole)


@pytest.mark.slow
@pytest.mark.parametrize("announced", [False, True])
def test_frames_of_a_step_without_its_event_are_no_step(journal, tmp_path, announced):
    run = MadeRun(journal, tmp_path, frames_per_event=5)
    run.describe("primary", also={"focus": {"source": "x", "dtype": "number", "shape": []}})
    run.step(focus=1.0)
    run.step(focus=2.0)
    run.write(5)
    if announced:
        run.announce(2, 3)
    run.close_files()
    journal.close()
    (recovered,) = recover(tmp_path)
    assert recovered.rows == {"tracks.h5": 15}
    assert recovered.added == {}
    assert recovered.remarks == ("5 frames of tracks.h5 belong to no finished step",)
    stop = read_documents(run.folder / JOURNAL_NAME).documents[-1][1]
    assert stop["num_events"] == {"primary": 2 + announced}


def test_a_run_without_files_is_closed_too(journal, tmp_path):
    run = event_model.compose_run(metadata={"scan_id": 3})
    journal("start", run.start_doc)
    journal.close()
    (recovered,) = recover(tmp_path)
    assert recovered.sentence() == f"Run 3 ({run.start_doc['uid'][:8]}) had no end and is closed as aborted"


def test_a_run_that_has_ended_is_left_alone(journal, tmp_path):
    run = continuous(journal, tmp_path, frames=10)
    before = (run.folder / JOURNAL_NAME).read_bytes()
    assert recover(tmp_path) == []
    assert (run.folder / JOURNAL_NAME).read_bytes() == before


def test_a_damaged_journal_is_reported_and_not_touched(journal, tmp_path):
    run = left_behind(journal, tmp_path)
    path = run.folder / JOURNAL_NAME
    damaged = path.read_bytes().replace(b'"descriptor"', b'"descr\n', 1)
    path.write_bytes(damaged)
    (recovered,) = recover(tmp_path)
    assert "cannot be recovered: Line" in recovered.sentence()
    assert path.read_bytes() == damaged


def test_a_journal_without_a_start_is_reported(tmp_path):
    folder = tmp_path / "2026" / "11" / "20" / "5_deadbeef"
    folder.mkdir(parents=True)
    (folder / JOURNAL_NAME).write_bytes(b'["sta')
    (recovered,) = recover(tmp_path)
    assert recovered.sentence() == "Run 5 (5_deadbeef) cannot be recovered: its journal has no start document"


def test_runs_of_a_live_session_are_not_recovered(tmp_path):
    hold = "import sys; from pathlib import Path; from beadline.catalogue import DataLock; DataLock(Path(sys.argv[1])).acquire(); print('held', flush=True); sys.stdin.read()"  # noqa: E501
    process = subprocess.Popen([sys.executable, "-c", hold, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(RuntimeError, match=f"a session with process id {process.pid} on .* is recording there"):
            recover(tmp_path)
    finally:
        process.kill()
        process.communicate()


@pytest.mark.slow
def test_frames_whose_bytes_are_gone_do_not_count(journal, tmp_path):
    run = left_behind(journal, tmp_path, video=True)
    path = run.folder / "video.h5"
    with h5py.File(path, "r", swmr=True) as file:
        places = sorted(
            file["video"].id.get_chunk_info(number).byte_offset for number in range(file["video"].id.get_num_chunks())
        )
    cut = tmp_path / "cut.h5"
    cut.write_bytes(path.read_bytes()[: places[-1] + 3])
    lengths = true_lengths({path: ["/video", "/frame_id"], cut: ["/video"], tmp_path / "none.h5": ["/video"]})
    assert lengths[path] == WholeRows(70, 1069)
    assert lengths[cut].rows in {0, 69}
    assert lengths[tmp_path / "none.h5"].problem == "No such file or directory"


@pytest.mark.slow
def test_a_file_that_takes_too_long_is_given_up(tmp_path):
    with pytest.raises(TimeoutError, match=r"Cannot tell how long slow\.h5 are: reading took more than 0 s"):
        true_lengths({tmp_path / "slow.h5": ["/video"]}, deadline_s=0.01)


@pytest.mark.slow
@settings(max_examples=10)
@given(cut=st.floats(0.05, 1.0))
def test_wherever_a_journal_is_cut_it_reads_again_afterwards(tmp_path_factory, cut):
    data = tmp_path_factory.mktemp("cut")
    journal = Journal(data)
    run = MadeRun(journal, data)
    run.close_files()
    for number in range(20):
        run.event("primary", {"focus": float(number)})
    journal.close()
    path = run.folder / JOURNAL_NAME
    whole = path.read_bytes()
    start_bytes = whole.find(b"\n") + 1
    kept = start_bytes + int(cut * (len(whole) - start_bytes))
    path.write_bytes(whole[:kept])
    recover(data)
    documents, torn_bytes = read_documents(path)
    assert torn_bytes == 0
    assert documents[-1][0] == "stop"
    check_schema([each for each in documents if each[0] != "event"])
    events = [document["data"]["focus"] for name, document in documents if name == "event"]
    assert np.array_equal(events, np.arange(len(events)))
