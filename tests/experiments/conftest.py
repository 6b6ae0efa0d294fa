from typing import Any

import numpy as np
import pytest

from beadline.simulation import kernels
from beadline.simulation.world import World
from beadline.simulation.world_settings import WorldSettings

QUIET = {"drift_nm_per_s": [0, 0, 0], "drift_walk_nm_per_root_s": 0.0, "focus_noise_nm": 0.0}
ALIKE = {"force_scatter": 0.0, "contour_scatter": 0.0, "tethers": 30, "references": 0}


class Laboratory:
    """A world without drift, whose beads are alike, and its time."""

    def __init__(self, **settings: Any) -> None:
        self._now_s, self._next = 100.0, 0
        self.world = World(WorldSettings.from_plain({**QUIET, **ALIKE, **settings}), lambda: self._now_s)

    def pull(self, force_pn: float) -> None:
        """Set the net force and wait."""
        s = self.world.settings
        self.move("magnet_height", float(s.law.height_mm(force_pn + s.kind.weight_pn)))

    def move(self, axis: str, target: float) -> None:
        self.world.axes[axis].move(target)
        while self.world.axes[axis].state().moving:
            self._now_s += 0.5

    def wait(self, duration_s: float) -> None:
        self._now_s += duration_s

    def record(self, frames: int, *, period_s: float = 0.01, exposure_s: float | None = None):
        """Return x, y, z relative to the anchors [nm], shape (frames, beads, 3), and the truth about the frames."""
        truths = []
        for _ in range(frames):
            truths.append(self.world.expose(self._next, self._now_s, exposure_s or period_s))
            self._next += 1
            self._now_s += period_s
        anchors, pixel_nm = self.world.sample.positions_px, self.world.settings.pixel_size_nm
        x, y = (np.array([getattr(each, name) for each in truths]) for name in ("x_px", "y_px"))
        z = np.array([each.z_nm for each in truths])
        return np.stack(((x - anchors[:, 0]) * pixel_nm, (y - anchors[:, 1]) * pixel_nm, z), axis=-1), truths


@pytest.fixture(autouse=True, scope="session")
def _compiled() -> None:
    kernels.compile_kernels()


@pytest.fixture
def laboratory():
    return Laboratory
