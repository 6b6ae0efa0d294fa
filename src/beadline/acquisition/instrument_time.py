"""The time of a microscope: the host's own, or one that passes only as far as somebody waits for it."""

import math
import threading
import time
from collections.abc import Mapping
from typing import Any, Protocol

from .board import Board
from .loop import build
from .ring import FrameRing

FIELDS = ("clock_s", "clock_idle")
GRAB_TIMEOUT_S = 0.002
AHEAD_AT_MOST = 64
"""So many frames may wait for the slowest of those who take them; a ring has more."""
SLICE_S = 1.0
"""A camera that sends nothing lets at most so much time pass at once [s]."""
WAITS_S = 0.001


class InstrumentTime(Protocol):
    """What the loop of a camera asks of its time."""

    def now(self) -> float:
        """Return what time it is [s]."""
        ...

    def arguments(self) -> dict[str, Any]:
        """Return what the factory of a microscope is told besides its own arguments."""
        ...

    def must_wait(self, ring: FrameRing | None) -> bool:
        """Wait a little if no frame may be taken now; False when it may."""
        ...

    def patience_s(self) -> float:
        """Return how long the camera may wait for its next frame [s]."""
        ...

    def nothing_came(self) -> None:
        """Say that no frame came within that."""
        ...

    def rest(self) -> None:
        """Let some time pass without a camera."""
        ...

    def stop(self) -> None:
        """Say that something has happened for which somebody may have waited."""
        ...

    def close(self) -> None:
        """Let go of what it holds."""
        ...


def build_on(clock: InstrumentTime, factory: str, arguments: Mapping[str, Any]) -> Any:
    """Build `module:name` with keyword arguments and with what the clock adds to them.

    Raises:
        ValueError: there is no such thing, or it has to wait for the clock and cannot.
    """
    own = clock.arguments()
    try:
        return build(factory, {**arguments, **own})
    except TypeError as error:
        if own and "'clock'" in str(error):
            raise ValueError(
                f"Cannot run {factory} in lock-step: it takes no clock, and only a simulated microscope can wait; "
                "use clock='real'"
            ) from error
        raise


class RealTime:
    """The host's monotonic clock, which waits for nobody."""

    def now(self) -> float:
        return time.monotonic()

    def arguments(self) -> dict[str, Any]:
        return {}

    def must_wait(self, ring: FrameRing | None) -> bool:
        return False

    def patience_s(self) -> float:
        return GRAB_TIMEOUT_S

    def nothing_came(self) -> None:
        pass

    def rest(self) -> None:
        time.sleep(GRAB_TIMEOUT_S)

    def stop(self) -> None:
        pass

    def close(self) -> None:
        pass


class LockStep:
    """The time of a simulated microscope; begins at 0 s.

    Somebody allows time to pass, up to a moment or until the recording is over. When it has, and every frame taken
    meanwhile has been taken by all who are required to, the clock says that it is idle. Between two permissions time
    stands still: what is commanded then happens at a moment that does not depend on how fast the machine is.
    """

    def __init__(self, board: Board) -> None:
        """Begin at 0 s, idle.

        Args:
            board: shows `clock_s` and `clock_idle`.
        """
        self._board = board
        self._now_s = self._until_s = self._asked_s = 0.0
        self._takers: dict[str, Board] = {}
        self._changed = threading.Condition()
        board["clock_idle"] = 1

    def now(self) -> float:
        return self._now_s

    def sleep(self, duration_s: float) -> None:
        """Let time pass; what a camera calls that waits for its next frame."""
        self._now_s += max(duration_s, 0.0)
        self._board["clock_s"] = self._now_s

    def arguments(self) -> dict[str, Any]:
        return {"clock": self.now, "sleep": self.sleep}

    # -- who says how far -----------------------------------------------------------------------------------

    def allow(self, until_s: float | None) -> None:
        """Let time pass up to a moment [s], or, without one, until the recording is over."""
        with self._changed:
            self._until_s = math.inf if until_s is None else until_s
            self._board["clock_idle"] = 0
            self._changed.notify()

    def stop(self) -> None:
        with self._changed:
            self._until_s = min(self._until_s, self._now_s)

    def require(self, name: str, board: str) -> None:
        """Wait for a worker that takes frames, from now on; its board shows in `taken_seq` how far it is."""
        if name in self._takers:
            self._takers.pop(name).close()
        self._takers[name] = Board.attach(board)

    # -- the loop of the camera -----------------------------------------------------------------------------

    def must_wait(self, ring: FrameRing | None) -> bool:
        written, room = (0, 0) if ring is None else (ring.written, min(AHEAD_AT_MOST, ring.slots // 4))
        behind = max((written - int(each["taken_seq"]) for each in self._takers.values()), default=0)
        with self._changed:
            if self._now_s < self._until_s and behind <= room:
                return False
            if self._now_s >= self._until_s and behind <= 0:
                self._board["clock_idle"] = 1
            self._changed.wait(GRAB_TIMEOUT_S if behind <= 0 else WAITS_S)
        return True

    def patience_s(self) -> float:
        self._asked_s = self._now_s
        return min(self._until_s - self._now_s, SLICE_S)

    def nothing_came(self) -> None:
        if self._now_s <= self._asked_s:  # a camera that is silent without waiting does not stop the time of others
            self.rest()

    def rest(self) -> None:
        self.sleep(self.patience_s())

    def close(self) -> None:
        for each in self._takers.values():
            each.close()
        self._takers.clear()
