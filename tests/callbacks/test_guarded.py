import threading

import pytest

from beadline.callbacks import GuardedCallback

PATIENCE_S = 5.0


@pytest.fixture
def guard():
    made = []

    def make(callback, **options):
        made.append(GuardedCallback(callback, **options))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_documents_arrive_in_order_on_another_thread(guard):
    seen = []
    guarded = guard(lambda name, document: seen.append((name, document["n"], threading.current_thread())))
    for number in range(100):
        guarded("event", {"n": number})
    assert guarded.drain(PATIENCE_S)
    assert [(name, number) for name, number, _ in seen] == [("event", number) for number in range(100)]
    assert {thread for *_, thread in seen} != {threading.current_thread()}


def test_an_error_is_counted_and_the_next_document_still_comes(guard, caplog):
    seen = []

    def fails_once(name, document):
        seen.append(name)
        if name == "start":
            raise ValueError("mine")

    guarded = guard(fails_once)
    for name in ("start", "stop"):
        guarded(name, {})
    assert guarded.drain(PATIENCE_S)
    assert (seen, guarded.errors, guarded.quarantined) == (["start", "stop"], 1, False)
    assert "fails_once failed on a start document" in caplog.text


def test_after_three_errors_a_callback_is_quarantined(guard, caplog):
    def fails(name, document):
        raise ValueError("always")

    guarded = guard(fails)
    for _ in range(10):
        guarded("event", {})
    assert guarded.drain(PATIENCE_S)
    assert (guarded.errors, guarded.missed, guarded.quarantined) == (3, 7, True)
    assert "gets no more documents: it has failed 3 times" in caplog.text


def test_a_callback_that_never_returns_holds_nobody_up(guard, caplog):
    begun, forever = threading.Event(), threading.Event()

    def blocks(name, document):
        begun.set()
        forever.wait()

    guarded = guard(blocks, capacity=5)
    guarded("start", {})
    assert begun.wait(PATIENCE_S)
    for _ in range(19):
        guarded("event", {})
    assert guarded.quarantined
    assert guarded.missed == 14
    assert not guarded.drain(0.01)
    assert "5 documents wait for it" in caplog.text
    forever.set()
    assert guarded.drain(PATIENCE_S)


def test_a_callback_that_changes_its_document_changes_only_its_own(guard):
    document = {"data": {"x": 1}}
    guarded = guard(lambda name, mine: mine["data"].clear())
    guarded("event", document)
    assert guarded.drain(PATIENCE_S)
    assert document == {"data": {"x": 1}}
