"""The way of a batch of windows through the compiled stages: load, locate, fold, search, fit, polish."""

from collections.abc import Callable

import numpy as np

from . import kernels
from .fits import Fits, Indices, Windows
from .frame_memory import FrameMemory
from .geometry import NODES_PER_PX, Geometry
from .options import TrackerOptions
from .prepared_tables import PreparedTables

BATCH = 32
"""Windows that go through the stages together: few enough to stay in the processor's cache."""
_FAR_PX = 0.36
"""A centre further than this from where the window was folded is folded again."""
_TURNS, _PREVIEW_TURNS = 3, 2


class Stages:
    """The stages for one size of window and one set of tables, with room for a batch; not to be shared by threads."""

    def __init__(self, options: TrackerOptions, geometry: Geometry, tables: PreparedTables) -> None:
        self._options, self._geometry, self._tables = options, geometry, tables
        n, rings, knots = options.window_px, geometry.rings, geometry.knots
        self.windows = np.zeros((BATCH, n, n), np.float32)
        self.corners = np.zeros((BATCH, 2), np.int32)
        self._halves = np.zeros(BATCH, np.int32)
        self._slots = np.zeros((BATCH, 4 * rings), np.float32)
        self._shapes = np.zeros((BATCH, 2, knots), np.float32)
        self._weights = np.zeros((BATCH, rings + 4), np.float32)
        longest = max(NODES_PER_PX * (geometry.radius_px + 1), 4 * knots + 16, n, tables.rings.shape[1])
        self._rows = np.zeros((24, longest), np.float32)
        self._ramp = np.zeros((5, longest), np.float32)
        self._ramp[4] = np.arange(longest)
        self._line = np.zeros(4 * n, np.float32)

    def run(
        self, memory: FrameMemory, windows: Windows, after: Callable[[slice, Fits, Indices], None] | None = None
    ) -> Fits:
        """Fit all windows, batch after batch.

        Args:
            memory: the frames.
            windows: which windows.
            after: called with the place of each batch, all fits and which of its windows were fitted, while
                `windows` and `corners` hold them.
        """
        count = len(windows.beads)
        n = self._options.window_px
        fits = Fits(
            outcome=np.zeros(count, np.int8),
            centres=np.ascontiguousarray(windows.origins, np.float64) + (n - 1) / 2,
            state=np.zeros((count, kernels.STATES)),
            covariances=np.zeros((count, 7, 3)),
            counts=np.zeros((count, 2), np.int32),
            levels=np.zeros(count, np.float32),
        )
        free = (memory.layout[4] - n, memory.layout[3] - n)
        fits.outcome[((windows.origins < 0) | (windows.origins > free)).any(axis=1)] = -1
        for first in range(0, count, BATCH):
            part = slice(first, min(first + BATCH, count))
            fitted = self._fit(memory, windows, fits, part)
            if after is not None:
                after(part, fits, fitted)
        return fits

    def _fit(self, memory: FrameMemory, windows: Windows, fits: Fits, part: slice) -> Indices:
        """Fit one batch; return which of its windows were fitted."""
        shape, tables, options = self._geometry, self._tables, self._options
        beads, frames, centres, state = windows.beads[part], windows.frames[part], fits.centres[part], fits.state[part]
        levels, covariances, outcome = fits.levels[part], fits.covariances[part], fits.outcome[part]
        top = np.float32(options.saturation_adu or memory.top)
        robust = not options.preview
        self.corners[:] = -1
        active = inside = np.flatnonzero(outcome == 0).astype(np.int32)

        def load() -> None:
            kernels.load(
                *memory.parts, memory.layout, active, frames, top, centres, shape.radius_px, self.windows, self.corners,
                fits.counts[part],
            )  # fmt: skip

        load()
        kernels.locate(active, self.windows, self.corners, centres, self._rows)
        for _ in range(options.folds):
            load()
            kernels.fold(
                active, self.windows, self.corners, centres, state, self._halves, levels, shape.bins, shape.shares,
                shape.cosines, shape.sines, shape.reach, self._slots, self._line,
            )  # fmt: skip
            lost = active[state[active, kernels.FREE] < options.window_px // 8]
            if lost.size:
                outcome[lost] = -2
                active = np.setdiff1d(active, lost).astype(np.int32)
            with_table = active[tables.planes[beads[active]] > 0]
            if with_table.size:
                kernels.search(
                    with_table, beads, self._halves, self._slots, shape.numbers, tables.planes, tables.z_nm,
                    tables.rings, tables.norms, tables.means, state, self._rows,
                )  # fmt: skip
            kernels.fit(
                active, beads, self._halves, levels, self._slots, shape.numbers, shape.squares, shape.radii,
                shape.spreads, shape.basis, shape.smoother, tables.planes, tables.z_nm, tables.cubics, tables.noise,
                _TURNS if robust else _PREVIEW_TURNS, robust, centres, state, self._shapes, self._weights,
                covariances, self._rows,
            )  # fmt: skip
            shifts = state[active, kernels.DX : kernels.DY + 1]
            near = (np.abs(shifts) < _FAR_PX).all(axis=1)
            nowhere = active[~np.isfinite(shifts).all(axis=1)]
            outcome[nowhere] = -2
            active = active[~near & np.isfinite(shifts).all(axis=1)]
            if not active.size:
                break
        outcome[active] = -2
        fitted = inside[outcome[inside] == 0]
        if not options.preview:
            kernels.polish(
                fitted, self.windows, self.corners, levels, shape.radius_px, shape.nodes, self._shapes, self._weights,
                covariances, centres, state, self._ramp,
            )  # fmt: skip
        return fitted
