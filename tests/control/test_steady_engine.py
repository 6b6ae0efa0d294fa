"""A RunEngine that no interruption leaves hanging: at any moment, from any thread, and the reason is kept."""

import threading

import pytest
from bluesky import Msg
from bluesky import plan_stubs as bps
from bluesky.preprocessors import contingency_wrapper
from bluesky.utils import RunEngineInterrupted
from ophyd.status import Status

from beadline.session.steady_engine import NotNow, SteadyEngine
from controlled import PATIENCE_S, in_a_run, on_a_thread


class Stage:
    """Something that is set and never arrives, and lets a test do something while it is being stopped."""

    name, parent = "stage", None

    def __init__(self, on_stop=lambda: None):
        self.on_stop, self.stops = on_stop, 0

    def set(self, value):
        self.status = Status()
        return self.status

    def stop(self, *, success=True):
        self.stops += 1
        self.on_stop()
        if not self.status.done:
            self.status.set_finished()


@pytest.fixture
def engine():
    made = SteadyEngine({}, context_managers=[])
    made.documents = []
    made.subscribe(lambda name, document: made.documents.append((name, document)))
    return made


def stop_document(engine):
    return [document for name, document in engine.documents if name == "stop"][-1]


def asleep(begun):
    """Return a run that sleeps for long, and tells when it is about to."""

    def body():
        yield from bps.checkpoint()
        begun.set()
        yield from bps.sleep(60)

    return in_a_run(body())


@pytest.mark.parametrize(
    ("what", "status"), [("abort", "abort"), ("stop", "success"), ("halt", "abort")], ids=["abort", "stop", "halt"]
)
@pytest.mark.parametrize("paused", [False, True], ids=["running", "paused"])
def test_the_reason_of_an_interruption_is_in_the_stop_document(engine, what, status, paused):
    begun = threading.Event()

    def interrupt():
        assert begun.wait(PATIENCE_S)
        if not paused:
            getattr(engine, what)("the lamp is out")
        else:
            engine.request_pause(defer=False)

    join = on_a_thread(interrupt)
    with pytest.raises(RunEngineInterrupted):
        engine(asleep(begun))
    join()
    if paused:
        getattr(engine, what)("the lamp is out")
    stop = stop_document(engine)
    assert (stop["exit_status"], stop["reason"]) == (status, "the lamp is out")
    engine(in_a_run(bps.null()))
    assert stop_document(engine)["reason"] == ""


def test_an_abort_that_comes_while_the_engine_cleans_up_after_a_plan_is_refused_and_leaves_no_zombie(engine):
    joins = []

    def interrupt():
        joins.append(on_a_thread(engine.abort, "too late"))
        joins.append(on_a_thread(engine.request_pause))

    stage = Stage()

    def body():
        yield from bps.abs_set(stage, 1)
        stage.status.set_finished()
        stage.on_stop = interrupt

    engine(in_a_run(body()))
    assert stage.stops == 1
    for join in joins:
        with pytest.raises(NotNow):
            join()
    assert engine.state == "idle"
    assert stop_document(engine)["exit_status"] == "success"


def test_an_abort_while_a_pause_is_being_made_waits_for_it_and_cleans_up(engine):
    joins, cleaned = [], []
    stage = Stage(lambda: joins or joins.append(on_a_thread(engine.abort, "at once")))

    def body():
        yield from bps.checkpoint()
        yield from bps.abs_set(stage, 1)
        yield from bps.sleep(60)

    def clean_up(_):
        cleaned.append(True)
        yield from bps.null()

    started = threading.Event()
    plan = in_a_run(contingency_wrapper(body(), except_plan=clean_up))
    engine.msg_hook = lambda message: message.command == "sleep" and started.set()
    pausing = on_a_thread(lambda: started.wait(PATIENCE_S) and engine.request_pause(defer=False))
    with pytest.raises(RunEngineInterrupted):
        engine(plan)
    pausing()
    joins[0]()
    assert (engine.state, cleaned) == ("idle", [True])
    assert (stop_document(engine)["exit_status"], stop_document(engine)["reason"]) == ("abort", "at once")


def test_a_second_abort_does_not_break_the_clean_up_off_and_the_first_reason_stays(engine):
    begun, second, cleaned = threading.Event(), [], []

    def body():
        yield from bps.checkpoint()
        begun.set()
        yield from bps.sleep(60)

    def clean_up(_):
        second.append(on_a_thread(engine.abort, "once more"))
        yield from bps.sleep(0.05)
        cleaned.append(True)

    join = on_a_thread(lambda: begun.wait(PATIENCE_S) and engine.abort("enough"))
    with pytest.raises(RunEngineInterrupted):
        engine(in_a_run(contingency_wrapper(body(), except_plan=clean_up)))
    join()
    with pytest.raises(NotNow):
        second[0]()
    assert cleaned == [True]
    assert stop_document(engine)["reason"] == "enough"


def test_an_abort_by_a_callback_is_refused_with_what_to_do(engine):
    told = []

    def callback(name, document):
        try:
            engine.abort("from a callback")
        except RuntimeError as error:
            told.append(str(error))

    engine.subscribe(callback, "start")
    engine(in_a_run(bps.null()))
    assert "session.cancel(reason)" in told[0]


def test_where_messages_must_not_be_replayed_a_pause_waits_for_the_next_checkpoint(engine):
    seen = []

    def body():
        yield from bps.checkpoint()
        yield Msg("rewindable", None, False)  # noqa: FBT003
        seen.append("inside")
        asking.set()
        yield from bps.sleep(0.1)
        yield from bps.checkpoint()
        seen.append("still inside")
        yield Msg("rewindable", None, True)  # noqa: FBT003
        yield from bps.checkpoint()
        seen.append("outside")

    asking = threading.Event()
    join = on_a_thread(lambda: asking.wait(PATIENCE_S) and engine.request_pause(defer=False))
    with pytest.raises(RunEngineInterrupted):
        engine(in_a_run(body()))
    join()
    assert (seen, engine.state) == (["inside", "still inside"], "paused")
    engine.resume()
    assert seen == ["inside", "still inside", "outside"]
