"""What a run that continues another one says of it."""

from collections.abc import Callable
from typing import Any


class Continuation:
    """Remembers the last run of a session, and which beads it ended with."""

    def __init__(self, beads: Callable[[], Any]) -> None:
        """Begin without a run.

        Args:
            beads: returns the chosen beads, so that they can be compared.
        """
        self._beads = beads
        self._start: dict[str, Any] | None = None
        self._beads_at_end: Any = None

    def run_opened(self, start: dict[str, Any]) -> None:
        """Be told the start document of a run."""
        self._start, self._beads_at_end = start, None

    def run_closed(self) -> None:
        """Be told that it is over."""
        self._beads_at_end = self._beads()

    def metadata(self) -> dict[str, Any]:
        """Return metadata that link the next run to the last one.

        Raises:
            RuntimeError: there is none, it is not over, or the beads are others than at its end.
        """
        if self._start is None:
            raise RuntimeError("Cannot continue: this session has no run yet; start one")
        scan, uid = self._start["scan_id"], self._start["uid"]
        if self._beads_at_end is None:
            raise RuntimeError(f"Cannot continue run {scan}: it is not over")
        if self._beads() != self._beads_at_end:
            raise RuntimeError(
                f"Cannot continue run {scan}: its beads have been changed since, so their ids may mean others; start a "
                "new run"
            )
        return {"continues": uid}
