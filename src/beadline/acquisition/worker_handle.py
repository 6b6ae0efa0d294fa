"""A worker as its session sees it."""

import contextlib
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any, Protocol

from beadline.status import WorkerState, WorkerStatus

from .board import Board
from .loop import Loop, build, serve
from .wire import as_error, receive, send

HUNG_AFTER_S = 60.0


class Body(Protocol):
    """A worker's process, or the thread that stands for it in tests."""

    name: str
    board: Board
    calls: Connection
    prompts: Connection

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        ...

    @property
    def pid(self) -> int | None:
        """Of its process."""
        ...

    def last_words(self) -> str:
        """Why it is gone, as far as it said."""
        ...

    def end(self, timeout_s: float) -> None:
        """Wait for it to leave, and make it leave."""
        ...


class ProcessBody:
    """A worker in a process of its own."""

    board: Board
    calls: Connection
    prompts: Connection

    def __init__(self, name: str, process: "subprocess.Popen[bytes]", log: Callable[[str], None]) -> None:
        self.name = name
        self._process = process
        self._said: deque[str] = deque(maxlen=30)
        self._log = log
        self._listener = threading.Thread(target=self._listen, name=f"log of {name}", daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        stream = self._process.stderr
        if stream is None:
            return
        for line in stream:
            text = line.decode(errors="replace").rstrip()
            self._said.append(text)
            self._log(f"[{self.name}] {text}")
        stream.close()

    def tell(self, line: str) -> None:
        """Write a line to its standard input, which stays open."""
        if self._process.stdin is not None:
            self._process.stdin.write(line.encode() + b"\n")
            self._process.stdin.flush()

    def shake_hands(self, calls: Connection, prompts: Connection, *, timeout_s: float) -> None:
        """Wait until its loop is built.

        Raises:
            TimeoutError: it takes too long.
            Exception: what the loop raised while it was built.
        """
        self.calls, self.prompts = calls, prompts
        if not calls.poll(timeout_s):
            self.kill()
            raise TimeoutError(f"The worker {self.name} was not ready within {timeout_s:.0f} s")
        try:
            hello = receive(calls)
        except EOFError as error:
            self._process.wait(5)
            raise RuntimeError(f"The worker {self.name} died while it started: {self.last_words()}") from error
        if not hello["ready"]:
            self.end(5.0)
            raise as_error(hello, self.name)
        self.board = Board.attach(hello["board"])

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def last_words(self) -> str:
        code = self._process.poll()
        self._listener.join(1.0)
        words = "; ".join(list(self._said)[-3:]) or "it said nothing"
        return f"exit code {code}: {words}"

    def kill(self) -> None:
        """End it without asking."""
        self._process.kill()
        self._process.wait(5)

    def end(self, timeout_s: float) -> None:
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()
        self._listener.join(1.0)
        for connection in (getattr(self, "calls", None), getattr(self, "prompts", None)):
            if connection is not None:
                connection.close()


class ThreadBody:
    """The same loop in a thread of this process, for tests."""

    pid = None

    def __init__(self, name: str, loop: str, arguments: Mapping[str, Any]) -> None:
        self.name = name
        built: Loop = build(loop, arguments)
        self.board = built.board
        self.calls, calls = Pipe()
        self.prompts, prompts = Pipe()
        self._ends = (calls, prompts)
        self._over = threading.Event()
        self._thread = threading.Thread(target=serve, args=(built, calls, prompts, self._over), name=name, daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def last_words(self) -> str:
        return "its thread has ended"

    def end(self, timeout_s: float) -> None:
        self._over.set()
        self._thread.join(timeout_s)
        for connection in (self.calls, self.prompts, *self._ends):
            connection.close()


class Worker:
    """A running worker: commands, board, health."""

    def __init__(self, name: str, start: Callable[[], Body]) -> None:
        self.name = name
        self.generation = 1
        self._start = start
        self._body = start()
        self._stopped = False
        self._calls = _Caller(self, "calls")
        self._prompts = _Caller(self, "prompts")

    @property
    def body(self) -> Body:
        """Its process or thread."""
        return self._body

    @property
    def board(self) -> Board:
        """The numbers it publishes; they stay readable when it has died."""
        return self._body.board

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return not self._stopped and self._body.alive

    def call(self, command: str, timeout_s: float = 30.0, **arguments: Any) -> Any:
        """Have the worker do something between two steps, and return what it answers.

        Raises:
            RuntimeError: the worker is dead.
            TimeoutError: it did not answer in time.
            Exception: what the command raised.
        """
        return self._calls.call(command, timeout_s, arguments)

    def prompt(self, command: str, timeout_s: float = 10.0, **arguments: Any) -> Any:
        """Have the worker do something at once, also while it is busy; otherwise like `call`."""
        return self._prompts.call(command, timeout_s, arguments)

    def check(self) -> None:
        """Raise when the worker is dead or hangs.

        Raises:
            RuntimeError: with its name and its last words.
        """
        if not self.alive:
            raise RuntimeError(self.obituary())
        silence_s = time.monotonic() - self.board["heartbeat_s"]
        if silence_s > HUNG_AFTER_S and not self._calls.busy:
            raise RuntimeError(f"The worker {self.name} hangs: no sign of life for {silence_s:.0f} s")

    def obituary(self) -> str:
        """Say how it ended."""
        return f"The worker {self.name} has died ({self._body.last_words()})"

    def status(self) -> WorkerStatus:
        """Return how it is."""
        state: WorkerState = "running" if self.alive else "stopped" if self._stopped else "died"
        message = "" if state != "died" else self._body.last_words()
        return WorkerStatus(self.name, state, self.generation, self._body.pid, message)

    def restart(self) -> None:
        """Start it anew; what it was told before must be told again."""
        self._body.end(2.0)
        self._body = self._start()
        self.generation += 1

    def stop(self, timeout_s: float = 5.0) -> None:
        """Have it finish and leave; harmless when it is gone."""
        if self._stopped:
            return
        if self._body.alive:
            with contextlib.suppress(RuntimeError, TimeoutError):
                self.call("stop", timeout_s=timeout_s)
        self._stopped = True
        self._body.end(timeout_s)
        self._body.board.close()


class _Caller:
    """One connection: one question at a time, each answer to its question."""

    def __init__(self, worker: Worker, connection: str) -> None:
        self._worker = worker
        self._which = connection
        self._guard = threading.Lock()
        self._number = 0
        self.busy = False

    def call(self, command: str, timeout_s: float, arguments: Mapping[str, Any]) -> Any:
        with self._guard:
            self.busy = True
            try:
                return self._ask(command, timeout_s, arguments)
            except (EOFError, ConnectionResetError, BrokenPipeError) as error:
                raise RuntimeError(self._worker.obituary()) from error
            finally:
                self.busy = False

    def _ask(self, command: str, timeout_s: float, arguments: Mapping[str, Any]) -> Any:
        if not self._worker.alive:
            raise RuntimeError(self._worker.obituary())
        connection: Connection = getattr(self._worker.body, self._which)
        self._number += 1
        send(connection, {"id": self._number, "call": command, "arguments": dict(arguments)})
        deadline = time.monotonic() + timeout_s
        while connection.poll(max(0.0, deadline - time.monotonic())):
            answer = receive(connection)
            if answer["id"] != self._number:
                continue  # the late answer to a question that timed out
            if "error" in answer:
                raise as_error(answer, self._worker.name)
            return answer["result"]
        raise TimeoutError(f"The worker {self._worker.name} did not answer to {command!r} within {timeout_s:.0f} s")
