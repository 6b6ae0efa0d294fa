"""The process of a worker: `python -m beadline.acquisition.worker`.

It is told what to do in one line on its standard input, which then stays open: when it closes, the session has
died, and the worker closes its files and leaves. (A multiprocessing child would import the user's script again.)
"""

import faulthandler
import json
import logging
import os
import signal
import sys
import threading
import time
from multiprocessing.connection import Client, Connection
from pathlib import Path
from typing import Any

import psutil

from .loop import CONNECTIONS, Loop, build, serve
from .wire import as_message, send

LEAVE_WITHIN_S = 5.0
GROUP_TRIES, GROUP_PAUSE_S = 10, 0.12
NICENESS = 10
"""Of workers in the background: a tenth of a processor that others want, too, as plans wait for the catalogue."""
_AUTOGROUP = Path("/proc/self/autogroup")


def main() -> None:
    """Run one worker until it is stopped."""
    os.umask(0o077)  # what it writes is its owner's
    faulthandler.enable()
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("beadline").setLevel(logging.INFO)
    over = threading.Event()
    _mind_signals(over)
    task = json.loads(sys.stdin.readline())
    threading.Thread(target=_wait_for_parent, args=(over,), name="parent", daemon=True).start()
    calls, prompts, stops = (_connect(task) for _ in range(CONNECTIONS))
    try:
        loop: Loop = build(task["loop"], task["arguments"])
    except Exception as error:
        logging.getLogger("beadline.worker").exception("could not start")
        send(calls, {"ready": False, **as_message(error)})
        return
    if task["background"]:
        _step_back()
    send(calls, {"ready": True, "pid": os.getpid(), "board": loop.board.name})
    try:
        serve(loop, calls, prompts, stops, over)
    except Exception:
        logging.getLogger("beadline.worker").exception("died")
        _leave(1)
    _leave(0)


def _step_back() -> None:
    """Leave the processor to the others when they want it."""
    psutil.Process().nice(getattr(psutil, "BELOW_NORMAL_PRIORITY_CLASS", NICENESS))
    # where Linux shares the processor between sessions of processes, niceness counts only within one: here, within us
    try:
        set_group_niceness(_AUTOGROUP, NICENESS)
    except FileNotFoundError:
        pass  # it does not share it so
    except OSError as error:
        logging.getLogger("beadline.worker").info("takes as much of the processor as the others: %s", error)


def set_group_niceness(file: Path, niceness: int, *, pause_s: float = GROUP_PAUSE_S) -> None:
    """Set the priority of a group of processes, which Linux lets all users together do ten times a second."""
    for _ in range(GROUP_TRIES):
        try:
            file.write_text(str(niceness))
            return
        except BlockingIOError:
            time.sleep(pause_s)
    file.write_text(str(niceness))


def _leave(code: int) -> None:
    """Exit past all clean-up: files and memory are closed, and taking big libraries apart takes a second.

    A file that a full disk has made impossible to close would even crash HDF5.
    """
    sys.stderr.flush()
    os._exit(code)


def _connect(task: dict[str, Any]) -> Connection:
    return Client(task["address"], authkey=bytes.fromhex(task["authkey"]))


def _mind_signals(over: threading.Event) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None:
            signal.signal(number, lambda *_: over.set())


def _wait_for_parent(over: threading.Event) -> None:
    # Not through sys.stdin, whose lock an interpreter that exits meanwhile would want.
    while os.read(0, 4096):
        pass
    over.set()
    time.sleep(LEAVE_WITHIN_S)
    # A driver that does not come back must not outlive its session.
    os._exit(1)


if __name__ == "__main__":
    main()
