"""The way of a batch of windows through the compiled stages: load, locate, fold, search, fit, polish."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import kernels
from .fits import Fits, Float64, Indices, Windows
from .frame_memory import FrameMemory
from .geometry import RINGS_PER_PX, Geometry
from .options import TrackerOptions
from .prepared_tables import PreparedTables

BATCH = 32
"""Windows of which it is told together what the rings are like."""
_TOGETHER = 4
"""Windows that go through the stages together where nothing is asked in between: few enough to stay in the processor's
cache, however large they are."""
_MOST_TURNS, _NEAR_STEPS = 5, 0.3
"""The rings are fitted in two turns, or more if the height still changes by more than this share of a plane."""


class Stages:
    """The stages for one size of window and one set of tables, with room for a batch; not to be shared by threads."""

    def __init__(self, options: TrackerOptions, geometry: Geometry, tables: PreparedTables) -> None:
        self._options, self._geometry, self._tables = options, geometry, tables
        n, rings, knots = options.window_px, geometry.rings, geometry.knots
        self.windows = np.zeros((BATCH, n, n), np.float32)
        self.corners = np.zeros((BATCH, 2), np.int32)
        self._halves = np.zeros(BATCH, np.int32)
        self._sums = np.zeros((BATCH, kernels.SUM_ROWS * kernels.RING_PITCH), np.float32)
        slots = np.zeros(4 * rings, np.float32)
        shapes = np.zeros((BATCH, 2, knots), np.float32)
        weights = np.zeros((BATCH, rings + 4), np.float32)
        longest = max(3 * n + 64, *tables.rings.shape[1:])
        rows = np.zeros(kernels.FIT_ROWS * kernels.RING_PITCH, np.float32)
        work = np.zeros((4, longest), np.float32)
        self._some_without_table = not tables.planes.all()
        line = np.zeros(4 * n, np.float32)
        means, harmonic = np.zeros((4, 8)), np.zeros((2, 5))
        self._room = (
            self.windows, self.windows.reshape(-1), self.corners, self._halves, self._sums, slots, shapes, weights,
            rows, work, line, np.arange(n), means, harmonic,
        )  # fmt: skip
        self._looks = _room_for_looks(n, kernels.NODES_PER_PX * geometry.rim_px)

    def run(
        self,
        memory: FrameMemory,
        windows: Windows,
        fits: Fits,
        part: slice,
        after: Callable[[slice, Indices], None] | None = None,
        *,
        about_rings: bool = False,
    ) -> None:
        """Fit some windows.

        Args:
            memory: the frames.
            windows: the windows.
            fits: where it is told what was fitted to them.
            part: which of them.
            after: called with the place of each batch and which of its windows were fitted, while `windows` and
                `corners` hold them.
            about_rings: whether to tell about the rings of beads that have tables, too.
        """
        rings_of = about_rings or self._some_without_table
        step = BATCH if rings_of else max(part.stop - part.start, 1)
        for first in range(part.start, part.stop, step):
            batch = slice(first, min(first + step, part.stop))
            self._fit(memory, windows, fits, batch, BATCH if rings_of else _TOGETHER)
            if rings_of:
                fitted = np.flatnonzero(fits.outcome[batch] == 0).astype(np.int32)
                fits.about_rings[batch][fitted] = self._about_rings(fitted, fits.state[batch], fits.levels[batch])
                if after is not None:
                    after(batch, fitted)

    def _fit(self, memory: FrameMemory, windows: Windows, fits: Fits, part: slice, together: int) -> None:
        """Fit some windows, without the interpreter's lock from the first to the last of them."""
        shape, tables, options = self._geometry, self._tables, self._options
        kernels.measure(
            (*memory.parts, memory.layout),
            (windows.frames[part], windows.beads[part]),
            (
                fits.outcome[part], fits.centres[part], fits.state[part], fits.covariances[part], fits.counts[part],
                fits.levels[part],
            ),
            self._room,
            self._looks,
            (
                shape.radius_px, shape.rim_px, shape.bins, shape.shares, shape.cosines, shape.sines, shape.numbers,
                shape.rows, shape.smoother, shape.nodes,
            ),
            (
                tables.planes, tables.strides, tables.z_nm, tables.rings, tables.norms, tables.means, tables.cubics,
                tables.uneven, tables.noise,
            ),
            (
                float(options.saturation_adu or memory.top), options.polish, options.folds, _MOST_TURNS, _NEAR_STEPS,
                together,
            ),
        )  # fmt: skip

    def _about_rings(self, some: Indices, state: Float64, levels: NDArray[np.float32]) -> Float64:
        """Tell about the rings of some windows of a batch, see `Fits`."""
        used = RINGS_PER_PX * state[some, kernels.FREE, None]
        place = np.arange(self._geometry.rings)
        rows = self._sums.reshape(BATCH, kernels.SUM_ROWS, -1)[some, :, : self._geometry.rings]
        sums, squares = rows[:, 0], rows[:, 3]
        numbers = self._geometry.numbers[self._halves[some]] * ((place >= 2) & (place < used))
        inside = numbers > 0
        count = numbers.sum(axis=1)
        constant = (sums * inside).sum(axis=1) ** 2 / count
        left = np.maximum(state[some, kernels.LEFT], 0)
        variance = np.maximum((squares * inside).sum(axis=1) - constant, 1e-3)
        rings = np.maximum((sums**2 * inside / np.maximum(numbers, 1)).sum(axis=1) - constant, 0)
        whole = np.minimum(used, RINGS_PER_PX * self._geometry.radius_px)
        rim = inside & (place >= whole * 3 / 4) & (place < whole)
        level = levels[some] + (sums * rim).sum(axis=1) / (numbers * rim).sum(axis=1)
        return np.stack((1 - left / variance, np.sqrt(left / count), np.sqrt(rings / count), level), axis=1)


def _room_for_looks(window_px: int, used_nodes: int) -> tuple[NDArray[Any], ...]:
    """Make the workspace of the exact looks: along a row of pixels, at nodes, and of the parameters."""
    floats, whole = np.zeros((2, window_px), np.float32), np.zeros(window_px, np.int32)
    packed = np.zeros((2, used_nodes), np.int32)
    nodes = np.zeros(kernels.NODE_ROWS * kernels.NODE_PITCH, np.float32)
    parameters = np.zeros((2, kernels.PARAMETERS))
    ramp = np.arange(window_px, dtype=np.float32)
    return ramp, *floats, whole, *packed, nodes, nodes.view(np.int32), *parameters
