"""What a worker does: short steps, and commands in between."""

import contextlib
import importlib
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from multiprocessing.connection import Connection
from typing import Any, Protocol

from .background import in_background
from .board import Board
from .wire import as_message, receive, send

Command = Callable[..., Any]
LISTEN_EVERY_S = 0.002
PROMPT_PATIENCE_S = 0.1
CONNECTIONS = 3
"""One for calls, one for what is answered at once, and one for stops, which do not even wait for each other."""


class Loop(Protocol):
    """The work of one worker.

    Attributes:
        board: numbers it publishes; has a field heartbeat_s.
        commands: run between steps, on the loop's own thread.
        prompt_commands: run at once on another thread, also while a long command or step runs; stops may come on
            threads of their own while another prompt command runs.
    """

    board: Board
    commands: Mapping[str, Command]
    prompt_commands: Mapping[str, Command]

    def step(self) -> None:
        """Do one bounded piece of work, or wait a few milliseconds when there is none."""
        ...

    def close(self) -> None:
        """Close files and hardware; the last call."""
        ...


def build(target: str, arguments: Mapping[str, Any]) -> Any:
    """Call `module:name` with keyword arguments.

    Raises:
        ValueError: there is no such thing.
    """
    module, colon, name = target.partition(":")
    if not colon:
        raise ValueError(f"Cannot build {target!r}: write module:name")
    try:
        factory = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"Cannot build {target}: {error}") from error
    return factory(**arguments)


def serve(loop: Loop, calls: Connection, prompts: Connection, stops: Connection, over: threading.Event) -> None:
    """Run a loop until it is told to stop, its caller is gone, or `over` is set.

    Args:
        loop: what to run.
        calls: answered between its steps.
        prompts: answered at once, on another thread.
        stops: answered at once, each on a thread of its own.
        over: set it to end the loop.
    """
    answering = [
        threading.Thread(target=_answer_prompts, args=(loop, prompts, over), name="prompts", daemon=True),
        threading.Thread(target=_answer_stops, args=(loop, stops, over), name="stops", daemon=True),
    ]
    for thread in answering:
        thread.start()
    try:
        listened_at = 0.0
        while not over.is_set():
            now = time.monotonic()
            loop.board["heartbeat_s"] = now
            # Asking a connection costs as much as handing on a small frame.
            if now - listened_at > LISTEN_EVERY_S:
                _answer_calls(loop, calls, over)
                listened_at = now
            if not over.is_set():
                loop.step()
    finally:
        over.set()
        for thread in answering:
            thread.join(10 * PROMPT_PATIENCE_S)
        loop.close()


def _answer_calls(loop: Loop, calls: Connection, over: threading.Event) -> None:
    try:
        while not over.is_set() and calls.poll():
            _answer(loop.commands, calls, over)
    except (EOFError, OSError):
        over.set()


def _answer_prompts(loop: Loop, prompts: Connection, over: threading.Event) -> None:
    try:
        while not over.is_set():
            if prompts.poll(PROMPT_PATIENCE_S):
                _answer(loop.prompt_commands, prompts, over)
    except (EOFError, OSError):
        over.set()


def _answer_stops(loop: Loop, stops: Connection, over: threading.Event) -> None:
    sending = threading.Lock()

    def answer(message: dict[str, Any]) -> None:
        result = _result(loop.prompt_commands, message)
        with sending, contextlib.suppress(OSError):  # nobody may be there any more to be told
            send(stops, result)

    try:
        while not over.is_set():
            if stops.poll(PROMPT_PATIENCE_S):
                in_background(partial(answer, receive(stops)), "stop")
    except (EOFError, OSError):
        over.set()


def _answer(commands: Mapping[str, Command], connection: Connection, over: threading.Event) -> None:
    message = receive(connection)
    if message["call"] == "stop":
        over.set()
        send(connection, {"id": message["id"], "result": None})
    else:
        send(connection, _result(commands, message))


def _result(commands: Mapping[str, Command], message: Mapping[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = {"id": message["id"]}
    try:
        command = commands.get(message["call"])
        if command is None:
            raise ValueError(f"There is no command {message['call']!r}: there are {', '.join(commands)}")
        answer["result"] = command(**message["arguments"])
    except Exception as error:  # noqa: BLE001 - every failure of a command belongs to its caller
        answer |= as_message(error)
    return answer
