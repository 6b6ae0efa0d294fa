import threading

import pytest

from beadline.catalogue import Ingestion
from beadline.documents import JOURNAL_NAME

UID = "0123456789abcdef"


class Worker:
    """A worker that answers what a test says, and remembers what it was told."""

    def __init__(self, *states):
        self.alive = True
        self.states = list(states)
        self.told = []
        self.restarts = 0
        self.told_something = threading.Event()

    def prompt(self, command, **arguments):
        if not self.alive:
            raise RuntimeError("The worker ingester has died (exit code -9: it said nothing)")
        if command == "state":
            return self.states.pop(0) if len(self.states) > 1 else self.states[0]
        self.told.append((command, arguments))
        self.told_something.set()
        return None

    def restart(self):
        self.restarts += 1
        self.alive = True

    def obituary(self):
        return "The worker ingester has died"


def state(name="ok", runs=None, message=""):
    return {"state": name, "behind": 0, "runs": runs or {}, "message": message}


def run(name, behind=0):
    return {UID: {"state": name, "behind": behind}}


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / f"1_{UID[:8]}"
    made.mkdir()
    (made / JOURNAL_NAME).write_bytes(b"[]\n" * 4)
    return made


def test_waiting_ends_when_the_run_is_all_there():
    worker = Worker(state("starting"), state(), state(runs=run("running", 9)), state(runs=run("done")))
    assert Ingestion(worker).wait_for(UID, 5.0) == 0


def test_waiting_ends_in_time_and_tells_what_is_missing():
    assert Ingestion(Worker(state(runs=run("running", 9)))).wait_for(UID, 0.05) == 9


def test_of_a_run_the_ingester_has_not_heard_of_all_documents_are_missing(folder):
    ingestion = Ingestion(Worker(state("starting")))
    ingestion.follow(folder)
    assert ingestion.wait_for(UID, 0.05) == 4


def test_a_run_that_was_given_up_is_not_waited_for(folder):
    ingestion = Ingestion(Worker(state("degraded", run("failed"))))
    ingestion.follow(folder)
    assert ingestion.wait_for(UID, 60.0) == 4


def test_a_dead_ingester_is_restarted_but_not_for_ever(folder, caplog):
    worker = Worker(state(runs=run("done")))
    ingestion = Ingestion(worker)
    for _ in range(5):
        worker.alive = False
        ingestion.follow(folder)
        ingestion.wait_for(UID, 5.0)
    assert worker.restarts == 3
    assert "it is restarted" in caplog.text
    assert "the catalogue will have the run in" in caplog.text


def test_of_a_dead_ingester_the_state_is_degraded():
    worker = Worker(state())
    worker.alive = False
    assert Ingestion(worker).state()["state"] == "degraded"
    assert "has died" in Ingestion(worker).state()["message"]


def test_opening_is_waited_for():
    Ingestion(Worker(state("starting"), state("starting"), state())).wait_until_open(5.0)


def test_an_ingester_that_dies_while_its_catalogue_opens_is_restarted():
    class Dies(Worker):
        def prompt(self, command, **arguments):
            self.alive = self.restarts > 0
            return super().prompt(command, **arguments)

    worker = Dies(state())
    Ingestion(worker).wait_until_open(5.0)
    assert worker.restarts == 1


def test_a_catalogue_that_does_not_open_in_time_is_said():
    with pytest.raises(TimeoutError, match="The catalogue was not open within 0 s"):
        Ingestion(Worker(state("starting"))).wait_until_open(0.05)


def test_a_catalogue_that_cannot_be_opened_is_said():
    with pytest.raises(RuntimeError, match="Cannot open the catalogue: it is broken"):
        Ingestion(Worker(state("degraded", message="it is broken"))).wait_until_open(5.0)


def test_a_glance_is_short_whatever_the_ingester_does():
    worker = Worker({**state(runs=run("running", 9)), "behind": 9})
    ingestion = Ingestion(worker)
    assert ingestion.glance() == {"state": "ok", "behind": 9}

    def be_busy(command, timeout_s):
        assert timeout_s < 1
        raise TimeoutError("The worker ingester did not answer")

    worker.prompt = be_busy
    assert ingestion.glance() == {"state": "busy", "behind": 0}
    del worker.prompt
    worker.alive = False
    assert ingestion.glance() == {"state": "degraded", "behind": 0}
