"""The hat curve of a twisted molecule as a table over the force, quick enough for every frame."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from beadline.physics import HIGHEST_DENSITY, TWISTED_FORCES_PN, TwistedChain

Floats = NDArray[np.float64]

_FORCES_PN = np.geomspace(*TWISTED_FORCES_PN, 2000)
_BEYOND = 1e-4


class HatTable:
    """Relative extension and torque of a `TwistedChain` of any length.

    Forces and turns beyond the theory, 0.15 to 60 pN and 0.3 turns per turn of the double helix, count as its ends.
    """

    def __init__(self, chain: TwistedChain) -> None:
        """Tabulate a chain; its contour does not matter."""
        self._chain = chain
        one = replace(chain, contour_nm=chain.pitch_nm)
        self._log_forces = np.log(_FORCES_PN)
        rest = one.extension_nm(_FORCES_PN, 0.0)
        columns: list[Floats] = []
        for sign in (1.0, -1.0):
            onset = one.buckling_turns(_FORCES_PN, overwound=sign > 0)
            brim = one.extension_nm(_FORCES_PN, sign * onset) / rest
            beyond = one.extension_nm(_FORCES_PN, sign * (onset + _BEYOND)) / rest
            torque = np.abs(one.torque_pn_nm(_FORCES_PN, sign * onset))
            columns += [onset, brim, (brim - beyond) / _BEYOND, torque]
        self._table = np.array(columns)

    def onsets(self, force_pn: ArrayLike, contour_nm: ArrayLike, turns: ArrayLike) -> Floats:
        """Return after how many turns in the direction of these the molecules buckle or melt; without sign."""
        _, onset, *_ = self._row(force_pn, contour_nm, turns)
        return onset * np.asarray(contour_nm) / self._chain.pitch_nm

    def relative(self, force_pn: ArrayLike, contour_nm: ArrayLike, turns: ArrayLike) -> Floats:
        """Return the extension, 1 without turns; 0 where all is wound up."""
        density, onset, brim, slope, _ = self._row(force_pn, contour_nm, turns)
        stretched = 1 - (1 - brim) * (np.minimum(density, onset) / onset) ** 2
        return np.maximum(stretched - slope * np.maximum(density - onset, 0), 0)

    def torque_pn_nm(self, force_pn: ArrayLike, contour_nm: ArrayLike, turns: ArrayLike) -> Floats:
        """Return the torque [pN nm], with the sign of the turns."""
        density, onset, brim, slope, plateau = self._row(force_pn, contour_nm, turns)
        torque = np.sign(turns) * plateau * np.minimum(density / onset, 1)
        wound_up = (density - onset) * slope > brim
        if wound_up.any():
            chain = replace(self._chain, contour_nm=self._chain.pitch_nm)
            forces, signs = (np.broadcast_to(each, torque.shape)[wound_up] for each in (force_pn, np.sign(turns)))
            torque[wound_up] = chain.torque_pn_nm(np.clip(forces, *TWISTED_FORCES_PN), signs * density[wound_up])
        return torque

    def _row(self, force_pn: ArrayLike, contour_nm: ArrayLike, turns: ArrayLike) -> list[Floats]:
        """Return the density of turns, and onset, brim, slope and torque at the force and on their side."""
        force, contour, turned = np.broadcast_arrays(force_pn, contour_nm, turns)
        density = np.minimum(np.abs(turned) * self._chain.pitch_nm / contour, HIGHEST_DENSITY)
        at = np.log(np.clip(force, *TWISTED_FORCES_PN))
        place = (at - self._log_forces[0]) / (self._log_forces[1] - self._log_forces[0])
        first = np.minimum(place.astype(int), len(self._log_forces) - 2)
        part = place - first
        sides = np.where(turned < 0, 4, 0)
        return [
            density,
            *(
                (1 - part) * self._table[sides + row, first] + part * self._table[sides + row, first + 1]
                for row in range(4)
            ),
        ]
