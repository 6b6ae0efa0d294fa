"""A measured law of the force, and beyond what was measured the shape of another one."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .force_table import ForceTable
from .magnet import ForceLaw

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ExtendedLaw:
    """A law over the heights where it was measured; beyond, another one, scaled to meet it at either end.

    So the force still falls all the way, and no height that the other law knows is lost.

    Attributes:
        measured: holds from its low_mm to its high_mm.
        beyond: below and above these heights, times a factor of its own at each end.
    """

    measured: ForceLaw | ForceTable
    beyond: Any

    def force_pn(self, height_mm: ArrayLike) -> Floats:
        """Return the force at a magnet height [pN].

        Raises:
            ValueError: neither law holds there.
        """
        height = np.asarray(height_mm, dtype=np.float64)
        end = np.clip(height, self.measured.low_mm, self.measured.high_mm)
        force = np.array(self.measured.force_pn(end))
        out = height != end
        if out.any():
            there, edge = (self._at("mm", height[out], self.beyond.force_pn, at) for at in (height[out], end[out]))
            force[out] *= there / edge
        return force

    def height_mm(self, force_pn: ArrayLike) -> Floats:
        """Return the magnet height of a force [mm].

        Raises:
            ValueError: neither law reaches that force.
        """
        force = np.asarray(force_pn, dtype=np.float64)
        end = np.clip(force, self.measured.low_pn, self.measured.high_pn)
        height = np.array(self.measured.height_mm(end))
        out = force != end
        if out.any():
            edge = np.where(force[out] < end[out], self.measured.high_mm, self.measured.low_mm)
            other = self._at("pN", force[out], self.beyond.force_pn, edge)
            height[out] = self._at("pN", force[out], self.beyond.height_mm, force[out] * other / end[out])
        return height

    def _at(self, unit: str, asked: Floats, function: Callable[[Floats], Floats], at: Floats) -> Floats:
        try:
            return np.asarray(function(at))
        except ValueError as error:
            low, high = self.measured.low_pn, self.measured.high_pn
            raise ValueError(
                f"{asked.flat[0]:.4g} {unit} is outside what was measured, {low:.3g} to {high:.3g} pN at "
                f"{self.measured.high_mm:g} to {self.measured.low_mm:g} mm, and there the other law says: {error}"
            ) from error

    def as_json(self) -> str:
        """Return it as JSON text, for documents; `law_from_json(text)` is the same law."""
        return json.dumps({"measured": _plain(self.measured.as_json()), "beyond": _plain(self.beyond.as_json())})


def law_from_json(text: str) -> ForceLaw | ForceTable | ExtendedLaw:
    """Return the law that `as_json` of one of them has written.

    Raises:
        ValueError: it is none of them.
    """
    return _law(json.loads(text))


def _plain(text: str) -> Any:
    """Return what a law says of itself; one of somebody's own may say it in words."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _law(plain: Any) -> ForceLaw | ForceTable | ExtendedLaw:
    try:
        if not isinstance(plain, dict):
            raise TypeError("it is not a table of names and values")
        if "measured" in plain:
            measured = _law(plain["measured"])
            if isinstance(measured, ExtendedLaw):
                raise TypeError("a measured law is not extended itself")
            return ExtendedLaw(measured, _law(plain["beyond"]))
        if "forces_pn" in plain:
            return ForceTable(**plain)
        if "amplitude_1_pn" not in plain:
            raise KeyError("amplitude_1_pn")
        return ForceLaw(**plain)
    except (TypeError, KeyError) as error:
        raise ValueError(f"This is no law of the force, {plain}: {error}") from error
