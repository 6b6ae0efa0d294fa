"""The process of a worker: `python -m beadline.acquisition.worker`.

It is told what to do in one line on its standard input, which then stays open: when it closes, the session has
died, and the worker closes its files and leaves. (A multiprocessing child would import the user's script again.)
"""

import faulthandler
import json
import os
import signal
import sys
import threading
from multiprocessing.connection import Client, Connection
from typing import Any

from .loop import Loop, build, serve
from .wire import as_message, send


def main() -> None:
    """Run one worker until it is stopped."""
    faulthandler.enable()
    over = threading.Event()
    _mind_signals(over)
    task = json.loads(sys.stdin.readline())
    threading.Thread(target=_wait_for_parent, args=(over,), name="parent", daemon=True).start()
    calls, prompts = _connect(task), _connect(task)
    try:
        loop: Loop = build(task["loop"], task["arguments"])
    except Exception as error:  # noqa: BLE001 - whatever it is, the session is told
        send(calls, {"ready": False, **as_message(error)})
        return
    send(calls, {"ready": True, "pid": os.getpid(), "board": loop.board.name})
    serve(loop, calls, prompts, over)
    if getattr(loop, "poisoned", False):
        # Closing an HDF5 file whose disk is full crashes; what was flushed is safe.
        sys.stderr.flush()
        os._exit(0)


def _connect(task: dict[str, Any]) -> Connection:
    return Client(task["address"], authkey=bytes.fromhex(task["authkey"]))


def _mind_signals(over: threading.Event) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None:
            signal.signal(number, lambda *_: over.set())


def _wait_for_parent(over: threading.Event) -> None:
    while sys.stdin.buffer.read(4096):
        pass
    over.set()


if __name__ == "__main__":
    main()
