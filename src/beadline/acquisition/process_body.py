"""The process of a worker as its session holds it: its standard streams, its connections, its board."""

import contextlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any

from .board import Board
from .loop import CONNECTIONS
from .wire import as_error, receive

KEPT_LINES, QUOTED_LINES = 30, 3
KILL_PATIENCE_S = 5.0


class ProcessBody:
    """A worker in a process of its own."""

    board: Board

    def __init__(
        self, name: str, process: "subprocess.Popen[bytes]", log: Callable[[str], None], generation: int = 1
    ) -> None:
        self.name = name
        self._label = f"{name} {generation}"
        self.connections: list[Connection] = []
        self._process = process
        self._said: deque[str] = deque(maxlen=KEPT_LINES)
        self._log = log
        self._listener = threading.Thread(target=self._listen, name=f"log of {name}", daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        stream = self._process.stderr
        if stream is None:
            return
        for line in stream:
            text = line.decode(errors="replace").rstrip()
            if "resource_tracker" not in text:  # which cleans up after a dead worker, and is not the cause
                self._said.append(text)
            self._log(f"[{self._label}] {text}")
        stream.close()

    def tell(self, line: str) -> None:
        """Write a line to its standard input, which stays open; one that has died already is found out later."""
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.write(line.encode() + b"\n")
                self._process.stdin.flush()

    def shake_hands(self, connections: list[Connection], *, timeout_s: float) -> None:
        """Wait until its loop is built.

        Raises:
            TimeoutError: it takes too long.
            RuntimeError: it died.
            Exception: what the loop raised while it was built.
        """
        self.connections = connections
        if not self.calls.poll(timeout_s):
            raise TimeoutError(f"The worker {self.name} was not ready within {timeout_s:.0f} s")
        try:
            hello = receive(self.calls)
        except EOFError as error:
            self._process.wait(KILL_PATIENCE_S)
            raise RuntimeError(f"The worker {self.name} died while it started ({self.last_words()})") from error
        if not hello["ready"]:
            raise as_error(hello, self.name)
        self.board = Board.attach(hello["board"])

    @property
    def calls(self) -> Connection:
        """To the loop's own thread."""
        return self.connections[0]

    @property
    def prompts(self) -> Connection:
        """To the thread that answers at once."""
        return self.connections[1]

    @property
    def stops(self) -> Connection:
        """To the thread that answers nothing but stops."""
        return self.connections[2]

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    @property
    def crashed(self) -> bool:
        """Whether it has ended with anything but exit code 0."""
        return self._process.poll() not in (None, 0)

    @property
    def pid(self) -> int | None:
        """Of its process."""
        return self._process.pid

    def last_words(self) -> str:
        """Return its exit code and the last lines it said."""
        try:
            # Its connections close a moment before it is gone.
            code: int | None = self._process.wait(1.0)
            self._listener.join(1.0)
        except subprocess.TimeoutExpired:
            code = None
        words = "; ".join(list(self._said)[-QUOTED_LINES:]) or "it said nothing"
        return f"exit code {code}: {words}"

    def end(self, timeout_s: float) -> None:
        """Wait for it to leave, and make it leave."""
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(KILL_PATIENCE_S)
        self._listener.join(1.0)
        for connection in self.connections:
            connection.close()


def start_process(task: Mapping[str, Any], timeout_s: float, log: Callable[[str], None]) -> ProcessBody:
    """Start the process of a worker and shake hands.

    Args:
        task: name, generation, loop, arguments and background of the worker, plain data.
        timeout_s: how long the handshake may take [s].
        log: told each line the worker says.

    Raises:
        RuntimeError: it did not start.
        TimeoutError: it did not answer in time.
        Exception: what the loop raised while it was built.
    """
    folder = tempfile.mkdtemp(prefix="beadline-")
    authkey = secrets.token_bytes(32)
    address = rf"\\.\pipe\beadline-{secrets.token_hex(8)}" if os.name == "nt" else str(Path(folder) / "socket")
    try:
        with Listener(address, authkey=authkey) as listener:
            body = ProcessBody(task["name"], _spawn(), log, task["generation"])
            try:
                body.tell(json.dumps({**task, "address": address, "authkey": authkey.hex()}))
                body.shake_hands(_accept_all(listener, body, timeout_s), timeout_s=timeout_s)
            except BaseException:
                body.end(0.0)
                raise
            return body
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _spawn() -> "subprocess.Popen[bytes]":
    """Start the interpreter, out of reach of the Ctrl-C that is meant for the session."""
    windows = os.name == "nt"
    return subprocess.Popen(
        [sys.executable, "-m", "beadline.acquisition.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=not windows,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) if windows else 0,
    )


def _accept_all(listener: Listener, body: ProcessBody, timeout_s: float) -> list[Connection]:
    """Accept the worker's connections, or find out that it will never come."""
    accepted: list[Connection] = []
    given_up = threading.Event()

    def accept() -> None:
        while len(accepted) < CONNECTIONS and not given_up.is_set():
            with contextlib.suppress(AuthenticationError, EOFError, OSError):
                accepted.append(listener.accept())

    waiting = threading.Thread(target=accept, name=f"accept {body.name}", daemon=True)
    waiting.start()
    deadline = time.monotonic() + timeout_s
    while waiting.is_alive() and body.alive and time.monotonic() < deadline:
        waiting.join(0.05)
    if len(accepted) == CONNECTIONS:
        return accepted
    reason = f"it did not answer within {timeout_s:.0f} s" if body.alive else body.last_words()
    given_up.set()
    body.end(0.0)
    _wake(listener)
    waiting.join(1.0)
    for connection in accepted:
        connection.close()
    raise RuntimeError(f"The worker {body.name} did not start: {reason}")


def _wake(listener: Listener) -> None:
    """End a wait in `accept`, which closing the listener does not."""
    with contextlib.suppress(OSError, EOFError):
        Client(str(listener.address)).close()
