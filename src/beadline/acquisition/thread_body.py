"""The loop of a worker in a thread of this process, for tests."""

import threading
from collections.abc import Mapping
from multiprocessing import Pipe
from typing import Any

from .board import Board
from .loop import Loop, build, serve


class ThreadBody:
    """Looks like the process of a worker."""

    pid = None

    def __init__(self, name: str, loop: str, arguments: Mapping[str, Any]) -> None:
        self.name = name
        built: Loop = build(loop, arguments)
        self.board = Board.attach(built.board.name)
        self.calls, calls = Pipe()
        self.prompts, prompts = Pipe()
        self.stops, stops = Pipe()
        self._ends = (calls, prompts, stops)
        self._over = threading.Event()
        self._death = ""
        self._thread = threading.Thread(target=self._run, args=(built,), name=name, daemon=True)
        self._thread.start()

    def _run(self, loop: Loop) -> None:
        try:
            serve(loop, *self._ends, self._over)
        except Exception as error:  # noqa: BLE001 - as a process would, it dies alone and says why
            self._death = f"{type(error).__name__}: {error}"
        finally:
            for end in self._ends:
                end.close()

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._thread.is_alive()

    @property
    def crashed(self) -> bool:
        """Whether an error ended it."""
        return bool(self._death)

    def last_words(self) -> str:
        """Return why it ended."""
        return self._death or "its thread has ended"

    def end(self, timeout_s: float) -> None:
        """Wait for it to leave."""
        self._over.set()
        self._thread.join(timeout_s)
        for connection in (self.calls, self.prompts, self.stops, *self._ends):
            connection.close()
