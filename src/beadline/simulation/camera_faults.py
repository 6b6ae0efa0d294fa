"""What is wrong with the camera of the simulated microscope now."""

import math
import threading
from collections.abc import Callable
from typing import Any


class CameraFaults:
    """Switched on by actions and asked by the frame loop; safe from several threads."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Begin without faults.

        Args:
            clock: the host's monotonic time [s].
        """
        self._clock = clock
        self._lock = threading.Lock()
        self.mend()

    def mend(self) -> None:
        """Have no faults."""
        with self._lock:
            self._silent_until_s = -math.inf
            self._repeat = self._swap = 0
            self._misshaped = self._disconnected = False

    def stall(self, duration_s: float | None = None) -> None:
        """Send nothing for a while, or until it is mended; what does not fit into the buffer meanwhile is lost.

        Args:
            duration_s: from now [s]; None is until it is mended.

        Raises:
            ValueError: the duration is not above 0 s.
        """
        if duration_s is not None and not 0 < duration_s < math.inf:
            raise ValueError(f"Cannot stall the camera for {duration_s:g} s: it must be above 0 s, or None")
        with self._lock:
            self._silent_until_s = math.inf if duration_s is None else self._clock() + duration_s

    def repeat(self, count: int = 1) -> None:
        """Send each of the next frames twice.

        Raises:
            ValueError: there are none.
        """
        with self._lock:
            self._repeat = _some("repeat", count)

    def swap(self, count: int = 1) -> None:
        """Send the next two frames in the wrong order, and so on for as many pairs.

        Raises:
            ValueError: there are none.
        """
        with self._lock:
            self._swap = _some("swap", count)

    def misshape(self) -> None:
        """Send frames of another shape from now on, until it is mended."""
        self._misshaped = True

    def disconnect(self) -> None:
        """Be gone, until it is mended."""
        self._disconnected = True

    def check(self, frame_id: int | None = None, shape: tuple[int, int] | None = None) -> None:
        """Raise what a driver would raise now.

        Args:
            frame_id: of the frame that is about to be sent; None is none.
            shape: rows and columns it should have [px].

        Raises:
            OSError: the camera is gone.
            RuntimeError: the frame has another shape.
        """
        if self._disconnected:
            raise OSError("The simulated camera is disconnected: check its cable and power")
        if self._misshaped and frame_id is not None and shape is not None:
            raise RuntimeError(
                f"The simulated camera sent frame {frame_id} with {shape[0] // 2} x {shape[1]} px instead of "
                f"{shape[0]} x {shape[1]} px (rows x columns): another program may have changed it; set it again"
            )

    @property
    def silent_until_s(self) -> float:
        """Until when nothing is sent [s], infinite when nobody knows."""
        return self._silent_until_s

    def takes_repeat(self) -> bool:
        """Return whether this frame is to be sent twice, and count it."""
        with self._lock:
            self._repeat, taken = max(self._repeat - 1, 0), self._repeat > 0
            return taken

    def takes_swap(self) -> bool:
        """Return whether this frame is to come after the next one, and count it."""
        with self._lock:
            self._swap, taken = max(self._swap - 1, 0), self._swap > 0
            return taken

    def as_plain(self) -> dict[str, Any]:
        """Return what is wrong now; nothing is in it that is right."""
        with self._lock:
            left_s = self._silent_until_s - self._clock()
            wrong = {
                "stalled": True if math.isinf(left_s) and left_s > 0 else max(left_s, 0.0),
                "repeating": self._repeat,
                "swapping": self._swap,
                "misshaped": self._misshaped,
                "disconnected": self._disconnected,
            }
        return {name: value for name, value in wrong.items() if value}


def _some(what: str, count: int) -> int:
    if count < 1:
        raise ValueError(f"Cannot {what} {count} frames: at least 1")
    return int(count)
