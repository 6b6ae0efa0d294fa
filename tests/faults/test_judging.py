"""The judge of the fault suite finds what is lost, doubled or hidden: a row that cannot fail proves nothing."""

import time
from pathlib import Path

import h5py
import pytest

from beadline.callbacks import Journal
from beadline.documents import JOURNAL_NAME, read_documents
from beadline.testing import Case, NotRun, Outcome, fault_cases, faults_as_markdown, faults_headline, run_case
from beadline.testing.faults import kept, suite
from beadline.testing.faults.ingested import digest
from made_runs import continuous


@pytest.fixture
def acknowledged(tmp_path):
    """A whole run of 100 frames, and what was said of it."""
    journal = Journal(tmp_path)
    run = continuous(journal, tmp_path, frames=100, pieces=2, video=True)
    journal.close()
    said = kept.Acknowledged(run.folder)
    for document in read_documents(run.folder / JOURNAL_NAME).documents:
        said.take(document)
    said.frames = kept.frames_announced(said.documents())
    return said


def judged(acknowledged):
    outcome = Outcome(1)
    kept.judge_kept(outcome, acknowledged)
    return outcome


def rewritten(acknowledged, change):
    path = acknowledged.folder / JOURNAL_NAME
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(change(lines)))


def test_a_whole_run_has_lost_nothing(acknowledged):
    assert acknowledged.frames == {"tracks.h5": 100, "video.h5": 100}
    assert judged(acknowledged).survived


def test_a_line_that_is_gone_is_a_lost_event(acknowledged):
    rewritten(acknowledged, lambda lines: lines[:-2] + lines[-1:])
    assert judged(acknowledged).lost_events == 1
    assert not judged(acknowledged).survived


def test_a_line_that_has_changed_is_a_lost_event(acknowledged):
    rewritten(
        acknowledged, lambda lines: [line.replace(b'"plan_name":"record"', b'"plan_name":"other"') for line in lines]
    )
    assert judged(acknowledged).lost_events == 1


def test_a_line_that_is_there_twice_is_doubled(acknowledged):
    rewritten(acknowledged, lambda lines: [*lines[:-2], lines[-2], *lines[-2:]])
    assert judged(acknowledged).doubled > 0
    assert not judged(acknowledged).survived


def test_a_torn_line_that_stays_is_a_failure(acknowledged):
    rewritten(acknowledged, lambda lines: [*lines, b'["event",{"da'])
    assert judged(acknowledged).failures


def test_frames_that_are_not_in_all_parts_of_a_file_are_lost(acknowledged):
    with h5py.File(acknowledged.folder / "tracks.h5", "r+") as file:
        file["tracks"].resize(97, axis=0)
    assert judged(acknowledged).lost_frames == 3
    (acknowledged.folder / "video.h5").unlink()
    assert judged(acknowledged).lost_frames == 103


def test_frames_that_are_there_twice_are_doubled(acknowledged):
    with h5py.File(acknowledged.folder / "video.h5", "r+") as file:
        file["frame_id"][50] = file["frame_id"][49]
    assert judged(acknowledged).doubled == 1


START, EVENT, DATUM, STOP = b'["start",{}]\n', b'["event",{}]\n', b'["stream_datum",{}]\n', b'["stop",{}]\n'


@pytest.mark.parametrize(
    ("after", "fine"),
    [
        ([START, EVENT, DATUM, STOP], True),
        ([START, EVENT, STOP], True),
        ([START, DATUM, STOP], False),
        ([START, EVENT, EVENT, STOP], False),
        ([START, EVENT, DATUM], False),
    ],
)
def test_a_recovery_adds_an_end_and_changes_nothing(after, fine):
    outcome = Outcome(1)
    kept.judge_ending(outcome, [START, EVENT], after)
    assert outcome.survived == fine


def test_a_catalogue_that_says_less_more_or_something_else_is_found(acknowledged):
    def without(kind):
        return [each for each in said if each is not next(each for each in said if each[0] == kind)]

    said = read_documents(acknowledged.folder / JOURNAL_NAME).documents
    last = next(each for each in reversed(said) if each[0] == "event")
    other = [(kind, {**document, "reason": "other"}) if kind == "stop" else (kind, document) for kind, document in said]
    assert digest(said) == digest(iter(said)) == digest(without("stream_datum"))  # the one after it says as much
    assert len({digest(each) for each in (said, without("event"), [*said, last], other)}) == 4


def test_a_message_has_to_name_what_failed():
    outcome = Outcome(1)
    outcome.require_named("camera is gone", "camera")
    assert outcome.survived
    outcome.require_named("camera is gone", "recorder")
    assert outcome.failures == ["the message does not name ['recorder']: camera is gone"]


def test_what_moves_is_not_safe():
    outcome = Outcome(1)
    outcome.require_safe("")
    assert outcome.survived
    outcome.require_safe("focus moves")
    assert not outcome.hardware_safe
    assert not outcome.survived


def test_a_case_without_a_fault_has_survived_nothing():
    assert not Outcome().survived


def test_a_case_that_raises_is_not_survived_and_one_that_cannot_be_run_is_not_counted(tmp_path):
    def raises(seed, folder, full):
        raise ValueError("unexpected")

    def cannot(seed, folder, full):
        raise NotRun("there is no such signal here")

    case = Case("D1", "a fault", "a promise", raises)
    done = run_case(case, 1, tmp_path, full=False)
    assert not done["survived"]
    assert done["failures"][0] == "ValueError: unexpected"
    assert (
        run_case(Case("D1", "a fault", "", cannot), 1, tmp_path, full=False)["not_run"]
        == "there is no such signal here"
    )


def report(*cases, not_run=()):
    made = {"date": "2026-11-22", "full": False, "seed": 1, "versions": {"python": "3"}, "not_run": list(not_run)}
    machine = {"system": "Linux", "cores": 2, "memory_gb": 8.0}
    done = {"cases": list(cases), "machine": machine, **made}
    return {"headline": faults_headline(done), **done}


def made_case(row, **changes):
    case = Case(row, "a fault", "a promise", lambda *_: Outcome(3, **changes))
    return run_case(case, 1, Path(), full=False)


def test_failed_and_missing_rows_stay_visible_in_the_table():
    good, bad = made_case("D1"), made_case("D2", lost_frames=7, failures=["7 | frames are <gone>"])
    made = report(good, bad, not_run=[{"id": "S1", "test": "disk full", "reason": "no tmpfs here"}])
    assert made["headline"] == (
        "6 faults injected, 3 survived, 7 acknowledged frames or events lost (1 of 2 rows passed, 1 not run)"
    )
    page = faults_as_markdown(made)
    assert "| D2 | a fault | a promise | 3 | **failed** | 7 |" in page
    assert "- D2: 7 \\| frames are &lt;gone>" in page
    assert "- S1 (disk full): no tmpfs here" in page


def test_the_rows_are_those_of_the_scoreboard_and_each_is_there_once():
    rows = [case.id for case in fault_cases()]
    assert len(rows) == len(set(rows))
    assert rows[0].startswith(("P", "D"))


def test_an_unknown_row_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match=r"There is no row Z9: the rows are .*D1, D2"):
        suite.run_faults(["Z9"])


def test_a_case_that_hangs_is_ended_and_not_survived(monkeypatch, tmp_path):
    monkeypatch.setattr(suite, "SHORT_DEADLINE_S", 0.2)
    began = time.monotonic()
    (done,) = suite.run_faults(["D1"])["cases"]
    assert not done["survived"]
    assert done["failures"] == ["it did not end within 0 s"]
    assert time.monotonic() - began < 10
