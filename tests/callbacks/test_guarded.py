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


def test_closing_waits_for_what_is_queued(guard):
    seen, begun, go_on = [], threading.Event(), threading.Event()

    def slow(name, document):
        begun.set()
        go_on.wait(PATIENCE_S)
        seen.append(name)

    guarded = guard(slow)
    for _ in range(5):
        guarded("event", {})
    assert begun.wait(PATIENCE_S)
    closing = threading.Thread(target=guarded.close)
    closing.start()
    go_on.set()
    closing.join(PATIENCE_S)
    assert (len(seen), guarded.missed) == (5, 0)


def test_documents_a_closed_callback_did_not_get_are_counted_and_said(guard, caplog):
    begun, forever = threading.Event(), threading.Event()
    seen = []

    def blocks(name, document):
        seen.append(name)
        begun.set()
        forever.wait()

    guarded = guard(blocks, capacity=4)
    guarded("start", {})
    assert begun.wait(PATIENCE_S)
    for _ in range(4):
        guarded("event", {})
    guarded.close(timeout_s=0.01)
    assert guarded.missed == 4
    assert "blocks did not get the last 4 documents" in caplog.text
    guarded.close(timeout_s=0.01)
    assert guarded.missed == 4
    forever.set()
    guarded._thread.join(PATIENCE_S)
    assert not guarded._thread.is_alive()
    assert seen == ["start"]
