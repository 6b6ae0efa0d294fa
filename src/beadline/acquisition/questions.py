"""Questions to a worker over one connection, each with its answer."""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from itertools import count
from multiprocessing.connection import Connection
from typing import Any, Protocol

from .wire import as_error, receive, send

LOOK_EVERY_S = 0.01


class Asked(Protocol):
    """The worker that is asked."""

    name: str

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        ...

    def obituary(self) -> str:
        """Say how it ended."""
        ...


class Questions(ABC):
    """A connection to a worker; may be used from any thread."""

    def __init__(self, worker: Asked, connection: Callable[[], Connection]) -> None:
        self._worker = worker
        self._connection = connection
        self._sending = threading.Lock()
        self._numbers = count(1)

    def ask(self, command: str, timeout_s: float, arguments: Mapping[str, Any]) -> Any:
        """Have the worker do something and return what it answers.

        Raises:
            RuntimeError: it is dead.
            TimeoutError: it did not answer in time.
            Exception: what the command raised.
        """
        try:
            answer = self._answer(command, arguments, timeout_s)
        except TimeoutError:
            raise
        except (EOFError, OSError) as error:
            raise RuntimeError(self._worker.obituary()) from error
        if answer is None:
            raise TimeoutError(f"The worker {self._worker.name} did not answer to {command!r} within {timeout_s:.1f} s")
        if "error" in answer:
            raise as_error(answer, self._worker.name)
        return answer["result"]

    @abstractmethod
    def _answer(self, command: str, arguments: Mapping[str, Any], timeout_s: float) -> dict[str, Any] | None:
        """Return the answer; None when it does not come in time."""

    def _send(self, connection: Connection, number: int, command: str, arguments: Mapping[str, Any]) -> None:
        if not self._worker.alive:
            raise RuntimeError(self._worker.obituary())
        send(connection, {"id": number, "call": command, "arguments": dict(arguments)})


class OneAtATime(Questions):
    """The next question is sent when the last one is answered or given up."""

    busy = False

    def _answer(self, command: str, arguments: Mapping[str, Any], timeout_s: float) -> dict[str, Any] | None:
        deadline = time.monotonic() + timeout_s
        if not self._sending.acquire(timeout=timeout_s):
            raise TimeoutError(
                f"The worker {self._worker.name} was busy with something else for {timeout_s:.1f} s: "
                f"it was not told to {command!r}"
            )
        try:
            self.busy = True
            connection, number = self._connection(), next(self._numbers)
            self._send(connection, number, command, arguments)
            while connection.poll(max(0.0, deadline - time.monotonic())):
                answer = receive(connection)
                if answer["id"] == number:
                    return answer
                # else it is the late answer to a question that timed out
            return None
        finally:
            self.busy = False
            self._sending.release()


class ManyAtOnce(Questions):
    """No question waits for the answer to another; of those who wait, one takes in the answers of all."""

    def __init__(self, worker: Asked, connection: Callable[[], Connection]) -> None:
        super().__init__(worker, connection)
        self._receiving = threading.Lock()
        self._answers: dict[int, dict[str, Any] | None] = {}

    def _answer(self, command: str, arguments: Mapping[str, Any], timeout_s: float) -> dict[str, Any] | None:
        deadline = time.monotonic() + timeout_s
        connection, number = self._connection(), next(self._numbers)
        self._answers[number] = None
        try:
            with self._sending:
                self._send(connection, number, command, arguments)
            while self._answers[number] is None and time.monotonic() < deadline:
                if self._receiving.acquire(timeout=LOOK_EVERY_S):
                    try:
                        self._take_in(connection, number)
                    finally:
                        self._receiving.release()
            return self._answers[number]
        finally:
            del self._answers[number]

    def _take_in(self, connection: Connection, wanted: int) -> None:
        if self._answers[wanted] is None and connection.poll(LOOK_EVERY_S):
            answer = receive(connection)
            if answer["id"] in self._answers:  # else whoever asked has given up
                self._answers[answer["id"]] = answer
