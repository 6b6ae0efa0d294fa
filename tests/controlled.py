"""Plans under control, without any instrument: to be started, paused, cancelled at any moment."""

import threading
from types import SimpleNamespace

from bluesky import plan_stubs as bps
from bluesky.preprocessors import run_wrapper

from beadline.session.run_control import RunControl
from beadline.session.run_handle import RunHandle

PATIENCE_S = 10.0


def controlled(engine):
    """Return an engine with control, and a function that starts plans as a session does."""
    control = RunControl(engine)
    documents = []
    engine.subscribe(lambda name, document: documents.append((name, document)))

    def start(plan_function, *arguments, md=None, **options):
        return RunHandle(control, control.start(plan_function, *arguments, md=md or {}, **options), lambda *_: [])

    def stop_document():
        return [document for name, document in documents if name == "stop"][-1]

    return SimpleNamespace(RE=engine, control=control, start=start, documents=documents, stop_document=stop_document)


def in_a_run(body, **md):
    return run_wrapper(body, md={"plan_name": "tried", **md})


class Number:
    """Something to read."""

    name, parent = "number", None

    def read(self):
        return {self.name: {"value": 1, "timestamp": 0.0}}

    def describe(self):
        return {self.name: {"source": "a test", "dtype": "integer", "shape": []}}


NUMBER = Number()


def points(number, each=lambda index: None, nap_s=0.0):
    """A run with checkpoints, one event at each."""

    def body():
        for index in range(number):
            yield from bps.checkpoint()
            each(index)
            yield from bps.sleep(nap_s)
            yield from bps.trigger_and_read([NUMBER])

    return in_a_run(body(), num_points=number)


def soon(condition, control):
    """Wait until something is so, woken by each change of the plan."""
    with control._changed:
        assert control._changed.wait_for(condition, PATIENCE_S)


def on_a_thread(act, *arguments):
    """Do something on a thread, and return what waits for it and raises what it raised."""
    raised = []

    def run():
        try:
            act(*arguments)
        except Exception as error:  # noqa: BLE001 - raised by join
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()

    def join():
        thread.join(PATIENCE_S)
        assert not thread.is_alive()
        if raised:
            raise raised[0]

    return join


class Gate:
    """A place in a plan, or a callback, which waits until it is opened."""

    def __init__(self):
        self.reached, self.opened = threading.Event(), threading.Event()

    def wait(self, index=1):
        """Wait, but not at the first point of a plan, which has done nothing before that."""
        if index == 0:
            return
        self.reached.set()
        assert self.opened.wait(PATIENCE_S)


def paused_for_time(handle, number):
    status = handle.status()
    return (status.state, status.pauses) == ("paused", number)
