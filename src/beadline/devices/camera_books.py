"""The camera's books of a run: what was asked of it, and what came of that."""

from collections.abc import Callable
from typing import Any, NamedTuple

from beadline.acquisition import Worker

from .instrument_clock import InstrumentClock


class Produced(NamedTuple):
    """Frames of a recording by the camera's counter, and those of them that it delivered."""

    produced: int = 0
    delivered: int = 0


class CameraBooks:
    """Asks the camera worker for its books; of a dead one it tells what it had published."""

    def __init__(self, worker: Callable[[], Worker], clock: InstrumentClock) -> None:
        self._worker = worker
        self._clock = clock
        self._settled: list[Produced] = []
        self._open = False
        self._repeated = self._out_of_order = 0

    async def begin(self) -> None:
        """Begin the books of a run, which may have several recordings."""
        await self._clock.ask(self._worker().call, "begin_books")
        board = self._worker().board
        self._repeated, self._out_of_order = board["repeated"], board["out_of_order"]
        self._settled, self._open = [], False

    async def open_window(self, frames: int | None, count: str) -> None:
        """Begin a recording; the board of the worker shows one recording at a time, so the last one is noted."""
        last = self._last()
        await self._clock.ask(self._worker().call, "open_window", frames=frames, count=count)
        self._settled.append(last)
        self._open = True

    def _last(self) -> Produced:
        board = self._worker().board
        return Produced(int(board["window_produced"]), int(board["window_delivered"])) if self._open else Produced()

    @property
    def so_far(self) -> Produced:
        """What the recordings of the run have come to, from what the camera publishes; asks nobody."""
        every = [*self._settled, self._last()]
        return Produced(sum(each.produced for each in every), sum(each.delivered for each in every))

    async def report(self) -> dict[str, Any]:
        """Return the books: produced, delivered, dropped_ids, repeated, out_of_order.

        A camera that is dead or does not answer cannot name the frames it lost: there, dropped_ids is empty.
        """
        try:
            return dict(await self._clock.ask(self._worker().call, "window_report", timeout_s=10))
        except (RuntimeError, TimeoutError):
            return self._published()

    def _published(self) -> dict[str, Any]:
        board, so_far = self._worker().board, self.so_far
        return {
            "produced": so_far.produced,
            "delivered": so_far.delivered,
            "dropped_ids": [],
            "repeated": int(board["repeated"] - self._repeated),
            "out_of_order": int(board["out_of_order"] - self._out_of_order),
        }
