"""The force of the magnets against their height, as it was measured."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ForceTable:
    """Measured forces; between them the logarithm of the force is a straight line.

    Attributes:
        heights_mm: of the magnets, rising [mm].
        forces_pn: at these heights, falling and above 0 [pN].
        source: where the numbers come from.

    Raises:
        ValueError: fewer than two heights, or heights and forces are not as described. Near a pair of magnets the force
            has a maximum; points closer than that are not part of the branch on which a force tells the height.
    """

    heights_mm: Sequence[float]
    forces_pn: Sequence[float]
    source: str = ""

    def __post_init__(self) -> None:
        heights, forces = np.array(self.heights_mm, dtype=np.float64), np.array(self.forces_pn, dtype=np.float64)
        if heights.ndim != 1 or heights.shape != forces.shape or len(heights) < 2:
            raise ValueError(
                f"A table of forces has as many forces as heights, and two at least, "
                f"got {forces.size} and {heights.size}"
            )
        if not (np.isfinite(heights).all() and heights[0] >= 0 and (np.diff(heights) > 0).all()):
            raise ValueError(f"The heights of a table of forces rise from at least 0 mm, got {heights.tolist()} mm")
        if not (np.isfinite(forces).all() and (forces > 0).all()):
            raise ValueError(f"The forces of a table are above 0 pN, got {forces.tolist()} pN")
        rising = np.flatnonzero(np.diff(forces) >= 0)
        if rising.size:
            first = int(rising[0])
            raise ValueError(
                f"The force of this table does not fall from {heights[first]:g} to {heights[first + 1]:g} mm, "
                f"{forces[first]:g} to {forces[first + 1]:g} pN: leave out the points on one side of that"
            )
        object.__setattr__(self, "heights_mm", tuple(heights.tolist()))
        object.__setattr__(self, "forces_pn", tuple(forces.tolist()))

    @property
    def low_mm(self) -> float:
        """Least height of the table [mm]."""
        return self.heights_mm[0]

    @property
    def high_mm(self) -> float:
        """Greatest height of the table [mm]."""
        return self.heights_mm[-1]

    @property
    def low_pn(self) -> float:
        """Least force of the table [pN], at high_mm."""
        return self.forces_pn[-1]

    @property
    def high_pn(self) -> float:
        """Greatest force of the table [pN], at low_mm."""
        return self.forces_pn[0]

    def force_pn(self, height_mm: ArrayLike) -> Floats:
        """Return the force at a magnet height [pN].

        Raises:
            ValueError: the table does not reach there.
        """
        height = np.asarray(height_mm, dtype=np.float64)
        _must_reach("mm", height, self.low_mm, self.high_mm)
        return np.exp(np.interp(height, self.heights_mm, np.log(self.forces_pn)))

    def height_mm(self, force_pn: ArrayLike) -> Floats:
        """Return the magnet height of a force [mm].

        Raises:
            ValueError: the table does not reach there.
        """
        force = np.asarray(force_pn, dtype=np.float64)
        _must_reach("pN", force, self.low_pn, self.high_pn)
        return np.asarray(np.interp(np.log(force), np.log(self.forces_pn[::-1]), self.heights_mm[::-1]))

    def as_json(self) -> str:
        """Return the table as JSON text, for documents; `ForceTable(**json.loads(text))` is the same table."""
        return json.dumps(asdict(self))


def _must_reach(unit: str, values: Floats, low: float, high: float) -> None:
    outside = values[~((values >= low) & (values <= high))]
    if outside.size:
        raise ValueError(
            f"The table of forces does not reach to {outside.flat[0]:.4g} {unit}: "
            f"it is from {low:.4g} to {high:.4g} {unit}"
        )
