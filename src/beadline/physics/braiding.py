"""Two molecules on one bead: how they wind around each other.

Source:
    Geometry of two tethers: Strick et al. (1998), Charvin et al. (2005). Bending of a helix, and loops of a rod of two
    chains: elastic rods, derived here. Repulsion and the confinement of thermal bends are in the radius only, which
    Brahmachari & Marko, Phys. Rev. E 95 (2017) 052401, work out.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import require_above_zero, require_within
from .drag import thermal_energy_pn_nm
from .inversion import invert_rising

Floats = NDArray[np.float64]

BRAIDED_FORCES_PN = (0.1, 20.0)
"""Range of forces in which two molecules wind as known [pN]."""


@dataclass(frozen=True)
class TwoTethers:
    """Two equal parallel tethers of a bead that is turned.

    Up to half a turn they lean; then they touch, and wind in a helix whose torque rises, until the braid throws loops.
    No turn is taken up by the molecules themselves: they are nicked, or swivel at their ends. Nothing depends on the
    direction of turning. The inclination is taken to be the same all along the tethers, which is good while they are
    not farther apart than about half their length.

    Attributes:
        length_nm: extension of each tether under half the force [nm], for instance `wlc_extension_nm(force / 2, ...)`;
            a number, or one for each pair.
        separation_nm: distance of their anchors, the same on both ends [nm].
        radius_nm: radius of the helix in which their axes wind [nm]; at least 1 for DNA, which is 2 nm thick, and more
            where they repel each other (little salt) or little force holds them together.
        persistence_nm: persistence length of each [nm].
        temperature_k: temperature [K].

    Raises:
        ValueError: a number is not positive, or the tethers are too short for their separation.
    """

    length_nm: float | Floats
    separation_nm: float | Floats
    radius_nm: float = 3.0
    persistence_nm: float = 50.0
    temperature_k: float = 298.15

    def __post_init__(self) -> None:
        names = ("length_nm", "separation_nm", "radius_nm", "persistence_nm")
        require_above_zero("A pair of tethers", "nm", **{name: getattr(self, name) for name in names})
        lengths, apart = np.broadcast_arrays(*(np.asarray(e, float) for e in (self.length_nm, self.separation_nm)))
        if not (apart < lengths).all():
            length_nm, separation_nm = (float(each[~(apart < lengths)].flat[0]) for each in (lengths, apart))
            raise ValueError(
                f"Tethers of {length_nm:g} nm cannot be {separation_nm:g} nm apart: "
                "after half a turn they must reach across, so separation_nm must be below length_nm"
            )

    def buckling_torque_pn_nm(self, force_pn: ArrayLike) -> Floats:
        """Return the torque at which the braid throws loops [pN nm]: a loop costs as much as a turn.

        Raises:
            ValueError: a force is outside the range of the model.
        """
        return np.sqrt(2 * self._rod_pn_nm2 * _checked(force_pn))

    def buckling_turns(self, force_pn: ArrayLike) -> Floats:
        """Return after how many turns the braid throws loops; without sign, at least 1/2.

        Raises:
            ValueError: a force is outside the range of the model.
        """
        force = self._each(_checked(force_pn))
        torque, scale = self.buckling_torque_pn_nm(force), self._bending_scale
        # the tethers touch: all they run across the force beyond their separation, they run around the helix
        with np.errstate(divide="ignore"):
            across = invert_rising(
                lambda a: (
                    self.radius_nm
                    * a
                    * (force / np.sqrt(self.length_nm**2 - a**2) + scale * a * (4 * a - 3 * self.separation_nm))
                ),
                torque,
                self.separation_nm,
                self.length_nm,
            )
        return 0.5 + (across - self.separation_nm) / (2 * np.pi * self.radius_nm)

    def extension_nm(self, force_pn: ArrayLike, turns: ArrayLike) -> Floats:
        """Return the extension [nm]; force and turns broadcast. It is 0 when all is wound up.

        Raises:
            ValueError: a force is outside the range of the model.
        """
        force, number = np.broadcast_arrays(self._each(_checked(force_pn)), _turns(turns))
        onset = self.buckling_turns(force)
        loop_nm = np.pi * self.buckling_torque_pn_nm(force) / force
        height = self._height(np.minimum(number, onset))
        return np.maximum(height - loop_nm * np.maximum(number - onset, 0), 0)

    def torque_pn_nm(self, force_pn: ArrayLike, turns: ArrayLike) -> Floats:
        """Return the torque [pN nm], with the sign of the turns; force and turns broadcast.

        It jumps when the tethers touch, at half a turn: there they stop leaning and begin to wind.

        Raises:
            ValueError: a force is outside the range of the model.
        """
        force, number = np.broadcast_arrays(self._each(_checked(force_pn)), _turns(turns))
        onset = self.buckling_turns(force)
        half = np.minimum(number, 0.5)
        leaning = force * self.separation_nm**2 * np.sin(2 * np.pi * half) / (4 * self._height(half))
        winding = self._braid_torque(force, np.clip(number, 0.5, onset))
        loops = self.buckling_torque_pn_nm(force)
        torque = np.where(number < 0.5, leaning, np.where(number < onset, winding, loops))
        return np.sign(np.asarray(turns, dtype=np.float64)) * torque

    def free_energy_pn_nm(self, force_pn: ArrayLike, turns: ArrayLike) -> Floats:
        """Return the free energy at constant force and turns [pN nm]: 2π torque is its slope, -extension the other.

        Beyond the turns at which all is wound up it is that of further loops.

        Raises:
            ValueError: a force is outside the range of the model.
        """
        force, number = np.broadcast_arrays(self._each(_checked(force_pn)), _turns(turns))
        onset = self.buckling_turns(force)
        braided = np.minimum(number, onset)
        across, helix = self._across(braided), self._helix(braided)
        bending = self._bending_scale * across**3 * helix
        loops = 2 * np.pi * self.buckling_torque_pn_nm(force) * (number - braided)
        return bending - force * self._height(braided) + loops

    @property
    def _rod_pn_nm2(self) -> float:
        return 2 * self.persistence_nm * thermal_energy_pn_nm(self.temperature_k)

    @property
    def _bending_scale(self) -> float | Floats:
        # two chains, each persistence kT / 2 times curvature² = (sin⁴ inclination) / radius², where they wind
        return 0.5 * self._rod_pn_nm2 / (self.length_nm**3 * self.radius_nm**2)

    def _each(self, force: Floats) -> Floats:
        """Return a force for each pair."""
        pairs = np.broadcast_shapes(np.shape(self.length_nm), np.shape(self.separation_nm))
        return np.broadcast_to(force, np.broadcast_shapes(force.shape, pairs))

    def _helix(self, turns: Floats) -> Floats:
        return 2 * np.pi * self.radius_nm * np.maximum(turns - 0.5, 0)

    def _across(self, turns: Floats) -> Floats:
        """How far each tether runs across the force, on the surface it winds on [nm]."""
        return self.separation_nm * np.sin(np.pi * np.minimum(turns, 0.5)) + self._helix(turns)

    def _height(self, turns: Floats) -> Floats:
        return np.sqrt(np.maximum(self.length_nm**2 - self._across(turns) ** 2, 0))

    def _braid_torque(self, force: Floats, turns: Floats) -> Floats:
        across, helix = self._across(turns), self._helix(turns)
        bending = self._bending_scale * across**2 * (across + 3 * helix)
        return self.radius_nm * (force * across / self._height(turns) + bending)


def _checked(force_pn: ArrayLike) -> Floats:
    force = np.asarray(force_pn, dtype=np.float64)
    require_within("The winding of two tethers is not known", force, *BRAIDED_FORCES_PN, "pN")
    return force


def _turns(turns: ArrayLike) -> Floats:
    number = np.abs(np.asarray(turns, dtype=np.float64))
    if not np.isfinite(number).all():
        raise ValueError("The winding of two tethers is not known at turns that are not finite")
    return number
