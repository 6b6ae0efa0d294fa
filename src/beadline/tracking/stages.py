"""The way of a batch of windows through the compiled stages: load, locate, fold, search, fit, polish."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from . import kernels
from .fits import Fits, Float64, Indices, Windows
from .frame_memory import FrameMemory
from .geometry import NODES_PER_PX, RINGS_PER_PX, Geometry
from .options import TrackerOptions
from .prepared_tables import PreparedTables

BATCH = 64
"""Windows that go through the stages together: few enough to stay in the processor's cache."""
_MOST_TURNS, _NEAR_STEPS = 5, 0.3
"""The rings are fitted in two turns, or more if the height still changes by more than this share of a plane."""
_ROWS = 17


class Stages:
    """The stages for one size of window and one set of tables, with room for a batch; not to be shared by threads."""

    def __init__(self, options: TrackerOptions, geometry: Geometry, tables: PreparedTables) -> None:
        self._options, self._geometry, self._tables = options, geometry, tables
        n, rings, knots = options.window_px, geometry.rings, geometry.knots
        self.windows = np.zeros((BATCH, n, n), np.float32)
        self.corners = np.zeros((BATCH, 2), np.int32)
        self._halves = np.zeros(BATCH, np.int32)
        self._sums = np.zeros((BATCH, 4, rings), np.float32)
        self._slots = np.zeros(4 * rings, np.float32)
        self._shapes = np.zeros((BATCH, 2, knots), np.float32)
        self._weights = np.zeros((BATCH, rings + 4), np.float32)
        longest = max(NODES_PER_PX * geometry.rim_px, 4 * knots + 16, n, tables.rings.shape[1])
        self._rows = np.zeros((BATCH, _ROWS, rings), np.float32)
        self._work = np.zeros((6, longest), np.float32)
        self._work[4] = np.arange(longest)
        self._work[5] = 1 / np.maximum(np.arange(longest) / NODES_PER_PX, 1 / (2 * NODES_PER_PX))
        ranges = zip(tables.z_nm, tables.planes, strict=True)
        spacings = [(z_nm[planes - 1] - z_nm[0]) / (planes - 1) for z_nm, planes in ranges if planes > 1]
        self._spacing_nm = min(spacings, default=np.inf)
        self._some_without_table = not tables.planes.all()
        self._line = np.zeros(4 * n, np.float32)

    def run(
        self,
        memory: FrameMemory,
        windows: Windows,
        after: Callable[[slice, Fits, Indices], None] | None = None,
        *,
        about_rings: bool = False,
    ) -> Fits:
        """Fit all windows, batch after batch.

        Args:
            memory: the frames.
            windows: which windows.
            after: called with the place of each batch, all fits and which of its windows were fitted, while
                `windows` and `corners` hold them.
            about_rings: whether to tell about the rings of beads that have tables, too.
        """
        count = len(windows.beads)
        n = self._options.window_px
        fits = Fits(
            outcome=np.ones(count, np.int32),
            centres=np.ascontiguousarray(windows.origins, np.float64) + (n - 1) / 2,
            state=np.zeros((count, kernels.STATES)),
            covariances=np.zeros((count, 7, 3)),
            about_rings=np.zeros((count, 4)),
            counts=np.zeros((count, 2), np.int32),
            levels=np.zeros(count, np.float32),
        )
        free = (memory.layout[4] - n, memory.layout[3] - n)
        fits.outcome[((windows.origins < 0) | (windows.origins > free)).any(axis=1)] = -1
        for first in range(0, count, BATCH):
            part = slice(first, min(first + BATCH, count))
            self._fit(memory, windows, fits, part)
            if about_rings or self._some_without_table:
                fitted = np.flatnonzero(fits.outcome[part] == 0).astype(np.int32)
                fits.about_rings[part][fitted] = self._about_rings(fitted, fits.state[part], fits.levels[part])
                if after is not None:
                    after(part, fits, fitted)
        return fits

    def _fit(self, memory: FrameMemory, windows: Windows, fits: Fits, part: slice) -> None:
        """Fit one batch."""
        shape, tables, robust = self._geometry, self._tables, self._options.polish
        beads, frames, centres, state = windows.beads[part], windows.frames[part], fits.centres[part], fits.state[part]
        levels, covariances, outcome = fits.levels[part], fits.covariances[part], fits.outcome[part]
        counts, top = fits.counts[part], np.float32(self._options.saturation_adu or memory.top)
        self.corners[:] = -1
        for fold in range(self._options.folds):
            kernels.load(
                *memory.parts, memory.layout, outcome, frames, top, centres, shape.radius_px, self.windows,
                self.corners, counts,
            )  # fmt: skip
            if fold == 0:
                kernels.locate(outcome, self.windows, self.corners, centres, self._work)
                kernels.load(
                    *memory.parts, memory.layout, outcome, frames, top, centres, shape.radius_px, self.windows,
                    self.corners, counts,
                )  # fmt: skip
            kernels.fold(
                outcome, self.windows, self.corners, centres, state, self._halves, levels, shape.bins, shape.shares,
                shape.cosines, shape.sines, shape.rim_px, self._sums, self._slots, self._line,
            )  # fmt: skip
            kernels.search(
                outcome, beads, self._halves, self._sums, shape.numbers, tables.planes, tables.z_nm, tables.rings,
                tables.norms, tables.means, state, self._work,
            )  # fmt: skip
            for turn in range(_MOST_TURNS):
                kernels.shape(
                    outcome, beads, self._halves, self._sums, shape.numbers, shape.basis, shape.smoother,
                    tables.planes, tables.z_nm, tables.cubics, state, self._shapes, self._rows,
                )  # fmt: skip
                last = turn > 0 and (turn == _MOST_TURNS - 1 or not self._climbing(outcome, state))
                kernels.fit(
                    outcome, beads, self._halves, levels, self._sums, shape.numbers, shape.squares, shape.radii,
                    shape.spreads, tables.planes, tables.z_nm, tables.uneven, tables.noise, robust and last, last,
                    centres, state, self._weights, covariances, self._rows,
                )  # fmt: skip
                if last:
                    break
            if outcome.max(initial=0) <= 0:
                break
        outcome[outcome > 0] = -2
        if self._options.polish:
            kernels.polish(
                outcome, self.windows, self.corners, levels, shape.rim_px, shape.nodes, self._shapes, self._weights,
                covariances, centres, state, self._work,
            )  # fmt: skip

    def _climbing(self, outcome: Indices, state: Float64) -> bool:
        """Return whether the height of a window that is being fitted still changes a lot."""
        steps = np.abs(state[:, kernels.STEP], where=outcome > 0, out=np.zeros(len(state)))
        return bool(steps.max(initial=0) > _NEAR_STEPS * self._spacing_nm)

    def _about_rings(self, some: Indices, state: Float64, levels: NDArray[np.float32]) -> Float64:
        """Tell about the rings of some windows of a batch, see `Fits`."""
        used = RINGS_PER_PX * state[some, kernels.FREE, None]
        place = np.arange(self._geometry.rings)
        sums, squares = self._sums[some, 0], self._sums[some, 3]
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
