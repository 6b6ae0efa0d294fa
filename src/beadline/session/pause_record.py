"""The pauses of a plan: how long they were, what becomes of the time they took, and their events in the run."""

import time
from typing import Any

from bluesky import Msg
from bluesky import plan_stubs as bps
from bluesky.protocols import Reading
from bluesky.utils import MsgGenerator
from event_model import DataKey

UNITS = {"began_s": "s", "duration_s": "s", "caught_up": ""}


class PauseRecord:
    """Counts pauses, and reads as one event per pause in the stream `pauses` of the run.

    Attributes:
        name: of the device as which it is read.
        count: pauses so far.
        catch_up: whether waits beside recordings are shortened until the time of the last pause is made up for.
    """

    name = "pauses"
    parent = None

    def __init__(self) -> None:
        self.count = 0
        self.catch_up = False
        self._over_s = 0.0
        self._owed_s = 0.0
        self._began: tuple[float, float] | None = None
        self._untold: list[dict[str, float]] = []

    def begin(self) -> None:
        """Be told that a pause begins."""
        self._began = time.time(), time.monotonic()  # noqa: TID251 - told in documents, no deadline
        self.count += 1

    def end(self) -> None:
        """Be told that it is over."""
        if self._began is None:
            return
        (unix_s, began_s), self._began = self._began, None
        duration_s = time.monotonic() - began_s
        self._over_s += duration_s
        self._owed_s = self._owed_s + duration_s if self.catch_up else 0.0
        self._untold.append({"began_s": unix_s, "duration_s": duration_s, "caught_up": float(self.catch_up)})

    def total_s(self) -> float:
        """Return how long the plan has been paused in all [s], the present pause included."""
        began = self._began
        return self._over_s + (0.0 if began is None else time.monotonic() - began[1])

    def caught_up(self, message: Msg) -> Msg:
        """Return a message `sleep`, shorter by what is to be made up for."""
        asked_s = float(message.args[0])
        less_s = min(asked_s, self._owed_s)
        self._owed_s -= less_s
        return message._replace(args=(asked_s - less_s,)) if less_s else message

    def tell(self) -> MsgGenerator[None]:
        """Put each pause that is over into the run, as an event of its own; between checkpoint and next message."""
        while self._untold:
            yield from bps.create(self.name)
            yield from bps.read(self)
            yield from bps.save()
            self._untold.pop(0)
            yield from bps.checkpoint()

    async def describe(self) -> dict[str, DataKey]:
        return {
            f"{self.name}-{key}": DataKey(
                source=f"beadline://{self.name}-{key}", dtype="number", dtype_numpy="<f8", shape=[], units=unit
            )
            for key, unit in UNITS.items()
        }

    async def read(self) -> dict[str, Reading[Any]]:
        now = time.time()  # noqa: TID251 - a time stamp of a document, not a deadline
        return {f"{self.name}-{key}": Reading(value=value, timestamp=now) for key, value in self._untold[0].items()}
