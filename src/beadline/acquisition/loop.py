"""What a worker does: short steps, and commands in between."""

import importlib
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Connection
from typing import Any, Protocol

from .board import Board
from .wire import as_message, receive, send

Command = Callable[..., Any]
LISTEN_EVERY_S = 0.002
PROMPT_PATIENCE_S = 0.1
PROMPT_CONNECTIONS = 2
"""For what is answered at once: one for everything, and one for stops, which wait for nothing else."""


class Loop(Protocol):
    """The work of one worker.

    Attributes:
        board: numbers it publishes; has a field heartbeat_s.
        commands: run between steps, on the loop's own thread.
        prompt_commands: run at once on another thread, also while a long command or step runs; a stop may come on a
            thread of its own while another prompt command runs.
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


def serve(loop: Loop, calls: Connection, at_once: Sequence[Connection], over: threading.Event) -> None:
    """Run a loop until it is told to stop, its caller is gone, or `over` is set.

    Args:
        loop: what to run.
        calls: answered between its steps.
        at_once: each answered on a thread of its own.
        over: set it to end the loop.
    """
    answering = [
        threading.Thread(target=_answer_prompts, args=(loop, each, over), name="prompts", daemon=True)
        for each in at_once
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


def _answer(commands: Mapping[str, Command], connection: Connection, over: threading.Event) -> None:
    message = receive(connection)
    answer: dict[str, Any] = {"id": message["id"]}
    if message["call"] == "stop":
        over.set()
        send(connection, answer | {"result": None})
        return
    try:
        command = commands.get(message["call"])
        if command is None:
            raise ValueError(f"There is no command {message['call']!r}: there are {', '.join(commands)}")
        answer["result"] = command(**message["arguments"])
    except Exception as error:  # noqa: BLE001 - every failure of a command belongs to its caller
        answer |= as_message(error)
    send(connection, answer)
