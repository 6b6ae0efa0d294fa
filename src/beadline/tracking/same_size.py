"""Beads with windows of one size, and the compiled loops for it."""

import threading
from collections.abc import Sequence
from concurrent.futures import Executor, wait
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .fits import Windows, room_for_fits
from .frame_memory import FrameMemory
from .geometry import geometry
from .options import TrackerOptions
from .tables import LookupTable, check_matches

if TYPE_CHECKING:
    from .stages import Stages

_LEAST_PER_PART = 128
"""Windows that a thread is worth its while for: they take a few milliseconds."""
_PARTS_PER_THREAD = 4
"""Who is done takes the next part: a thread whose core is busy with something else has fewer of them."""
Measured = tuple[NDArray[np.float32], NDArray[np.uint16], NDArray[np.float32]]


class SameSize:
    """Measures beads whose windows are of one size; each thread has room of its own."""

    def __init__(self, options: TrackerOptions, beads: NDArray[np.intp], tables: Sequence[LookupTable | None]) -> None:
        """Lay out the tables.

        Args:
            options: how to measure, with the size of these windows.
            beads: numbers of the beads among all.
            tables: of each of them.

        Raises:
            ValueError: a table was made with another shape of profile.
        """
        for table in tables:
            if table is not None:
                check_matches(table, options, {})
        from .prepared_tables import prepare  # noqa: PLC0415 - as for the loops: only who tracks waits for them

        self.options = options
        self.beads = beads
        self._geometry = geometry(options.window_px, options.radius_px)
        self._tables = prepare(tables, options)
        self._rooms = threading.local()

    def measure(
        self, memory: FrameMemory, windows: Windows, *, about_rings: bool, pool: Executor | None, threads: int
    ) -> Measured:
        """Measure windows of these beads, whose numbers are those among them; see `Tracker.measure`."""
        from .kernels import STATES  # noqa: PLC0415 - as for the loops
        from .reports import report  # noqa: PLC0415

        frame_shape = (int(memory.layout[3]), int(memory.layout[4]))
        fits = room_for_fits(windows, self.options.window_px, frame_shape, STATES)

        count = len(windows.beads)
        parts = 1 if pool is None else max(1, min(_PARTS_PER_THREAD * threads, count // _LEAST_PER_PART))
        waiting = iter([slice(count * k // parts, count * (k + 1) // parts) for k in range(parts)])

        def fit() -> None:
            for part in waiting:
                self.stages.run(memory, windows, fits, part, about_rings=about_rings)

        # memory that a thread of the pool takes and gives back is taken anew from the system each time, which is slow
        others = [] if pool is None else [pool.submit(fit) for _ in range(min(threads, parts) - 1)]
        try:
            fit()
        finally:
            wait(others)  # none goes on reading frames that are no longer ours
        for other in others:
            other.result()
        return report(fits, windows, self._tables, self.options)

    @property
    def stages(self) -> "Stages":
        """The compiled stages with room for this thread."""
        if not hasattr(self._rooms, "stages"):
            from .stages import Stages  # noqa: PLC0415 - as for the loops

            self._rooms.stages = Stages(self.options, self._geometry, self._tables)
        return self._rooms.stages
