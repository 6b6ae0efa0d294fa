"""How a run ends when something dies: the first error is told, and what failed after it beside it."""

import errno

import pytest
from bluesky import plan_stubs as bps
from bluesky.preprocessors import SupplementalData
from bluesky.run_engine import RunEngine

from beadline.acquisition import VideoStore
from beadline.plans import ended_by, in_run, record, root_cause, step_record
from bench import BEADS, make_bench


@pytest.fixture
def bench(tmp_path):
    made = make_bench(tmp_path)
    made.RE(bps.abs_set(made.tracker.beads, BEADS, wait=True))
    made.RE.preprocessors.append(SupplementalData(baseline=[made.height]))
    yield made
    made.close()


def die(worker):
    """End the loop of a worker behind the back of its session."""
    worker._body.end(5.0)


def die_at_first_datum(bench, worker):
    bench.RE.subscribe(lambda name, doc: die(worker), "stream_datum")


def error_of(run_engine, plan):
    with pytest.raises(Exception, match=r".") as failure:
        run_engine(plan)
    return failure.value


def test_the_death_of_the_camera_is_the_reason_although_the_closing_baseline_fails(bench):
    die_at_first_datum(bench, bench.camera.worker)
    error = error_of(bench.RE, record(bench.camera, [bench.tracker], frames=2000))
    assert root_cause(error).startswith("camera is gone after ")
    stop = bench.stop_document()
    assert stop["exit_status"] == "fail"
    assert stop["reason"].startswith("camera is gone after ")
    assert "; at the end of the run this failed too: The worker camera has died" in stop["reason"]
    assert stop["num_events"]["baseline"] == 1


def test_the_error_of_a_plan_is_the_reason_although_the_closing_baseline_fails(bench):
    def body():
        yield from bps.null()
        die(bench.camera.worker)
        raise ValueError("the tether broke")

    error = error_of(bench.RE, in_run(body()))
    assert str(error) == "the tether broke"
    assert any("afterwards this failed too: The worker camera has died" in note for note in error.__notes__)
    assert bench.stop_document()["reason"].startswith("the tether broke; at the end of the run this failed too: ")


def test_a_good_run_whose_closing_baseline_fails_has_failed(bench):
    def body():
        yield from bps.null()
        die(bench.camera.worker)

    assert "The worker camera has died" in root_cause(error_of(bench.RE, in_run(body())))
    assert bench.stop_document()["exit_status"] == "fail"
    assert "The worker camera has died" in bench.stop_document()["reason"]


@pytest.fixture
def stubborn_disk(monkeypatch):
    """A disk that takes every frame of a video and not the end of its file."""
    abandoned = []

    def refuse(_):
        raise OSError(errno.ENOSPC, "the tail of the file")

    monkeypatch.setattr(VideoStore, "close", refuse)
    monkeypatch.setattr(VideoStore, "abandon", lambda store: abandoned.append(store))
    yield
    monkeypatch.undo()
    for store in abandoned:
        store.close()


def continuous(bench):
    return record(bench.camera, [bench.tracker, bench.recorder], frames=20)


def in_steps(bench):
    return step_record(bench.camera, [bench.tracker, bench.recorder], bench.height, [1.0, 2.0], frames=10)


@pytest.mark.parametrize("plan", [continuous, in_steps])
def test_a_run_whose_file_cannot_be_finished_has_failed(bench, stubborn_disk, plan):
    sentence = root_cause(error_of(bench.RE, plan(bench)))
    assert sentence.startswith("recorder has failed: RuntimeError: Cannot write ")
    assert sentence.endswith("video.h5: No space left on device; what the disk had taken before is safe")
    assert bench.stop_document()["exit_status"] == "fail"
    assert bench.stop_document()["reason"] == sentence
    (books,) = bench.data("frame_books")
    for consumer in ("tracker", "recorder"):
        assert (books[f"{consumer}-delivered"], books[f"{consumer}-unaccounted"]) == (20, 0)


def test_after_a_file_that_could_not_be_finished_the_next_run_works(bench, stubborn_disk, monkeypatch):
    error_of(bench.RE, continuous(bench))
    monkeypatch.undo()
    bench.RE(continuous(bench))
    assert bench.stop_document()["exit_status"] == "success"


@pytest.fixture
def engine():
    return RunEngine({}, context_managers=[])


def fails(sentence):
    yield from bps.null()
    raise ValueError(sentence)


def test_an_error_at_the_end_does_not_hide_the_first(engine, caplog):
    error = error_of(engine, ended_by(fails("first"), lambda: fails("second")))
    assert str(error) == "first"
    assert error.__notes__ == ["afterwards this failed too: second"]
    assert "first; afterwards this failed too: second" in caplog.text


def test_an_error_at_the_end_of_a_good_plan_is_raised(engine):
    assert str(error_of(engine, ended_by(bps.null(), lambda: fails("second")))) == "second"


def test_the_end_comes_once_and_the_result_stays(engine):
    came = []

    def ending():
        came.append(1)
        yield from bps.null()

    def plan():
        return (yield from ended_by(in_order(), ending))

    def in_order():
        yield from bps.null()
        return 7

    engine = RunEngine({}, context_managers=[], call_returns_result=True)
    assert engine(plan()).plan_result == 7
    assert came == [1]


def test_a_run_that_cannot_be_opened_leaves_no_plan_of_which_bluesky_says_that_it_was_forgotten(bench, recwarn):
    def refuse(name, document):
        raise OSError("no room for a journal")

    bench.RE.subscribe(refuse, "start")
    error = error_of(bench.RE, record(bench.camera, [bench.tracker], frames=5))
    assert root_cause(error) == "no room for a journal"
    del error
    assert not [warning for warning in recwarn if "was never iterated" in str(warning.message)]
