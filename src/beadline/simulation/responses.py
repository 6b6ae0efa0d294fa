"""How long each tether is under its force and turns, how stiff, and with what torque it answers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from beadline.physics import (
    BRAIDED_FORCES_PN,
    DSDNA,
    TwistedChain,
    TwoTethers,
    wlc_extension_nm,
    wlc_stiffness_pn_per_nm,
)

from .hats import HatTable
from .population import Population
from .world_settings import WorldSettings

Floats = NDArray[np.float64]

LOW_FORCE_PN = 0.2
"""Net force below which a tether is not in a harmonic well."""
_FORCES_PN = np.geomspace(0.45 * LOW_FORCE_PN, 1000.0, 4096)
_WOUND_UP_NM = 50.0
_SLIGHTLY, _SLIGHT_PN = 0.01, 1e-3


@dataclass(frozen=True, eq=False)
class Response:
    """What each tether does, in numbers, shape (tethers,).

    Attributes:
        extensions_nm: mean extension [nm].
        stiffnesses_pn_per_nm: of the extension [pN/nm].
        free_nm: contour of an untwisted molecule that is as long [nm].
        torques_pn_nm: torque of the molecule, with the sign of its turns [pN nm].
    """

    extensions_nm: Floats
    stiffnesses_pn_per_nm: Floats
    free_nm: Floats
    torques_pn_nm: Floats


class Responses:
    """Responses of the tethers of a sample.

    Below `LOW_FORCE_PN` lengths without turns are those at this force; a twisted molecule answers turns down to 0.15 pN
    as it does, see `HatTable`. One that is not to stretch has hats of DNA that does. A molecule that is all wound up
    still lets its bead move like one of 50 nm. Two tethers wind at a force below 0.2 or above 20 pN as at these.
    """

    def __init__(self, settings: WorldSettings, population: Population) -> None:
        s, m = settings, settings.molecules
        self._settings = settings
        self._population = population
        self._share = np.where(population.double, 0.5, 1.0)
        self._log_forces = np.log(_FORCES_PN)
        # a chain of length 1: the extension of another grows with its contour, the stiffness falls
        chain = (_FORCES_PN, 1.0, s.persistence_nm, s.temperature_k, m.stretch_pn)
        self._extensions = wlc_extension_nm(*chain)
        self._log_stiffnesses = np.log(wlc_stiffness_pn_per_nm(*chain))
        self._hats: HatTable | None = None

    def at(self, forces_pn: Floats, turns: Floats, longer_nm: Floats) -> Response:
        """Return the response.

        Args:
            forces_pn: net force on each tether [pN].
            turns: in each molecule.
            longer_nm: by which something that opened makes each longer [nm].
        """
        forces, share = np.maximum(forces_pn, LOW_FORCE_PN), self._share
        # two tethers have no hats, and the table has its own least force
        twisting = np.where(self._population.double, forces, np.maximum(forces_pn, _SLIGHT_PN))
        contours = self._population.contours_nm
        log_forces = np.log(forces * share)
        plain = np.interp(log_forces, self._log_forces, self._extensions) * contours
        compliance = share * contours * np.exp(-np.interp(log_forces, self._log_forces, self._log_stiffnesses))
        relative, slope = np.ones_like(forces), np.zeros_like(forces)
        if np.any(turns):
            three = twisting * np.array([[1.0], [1 + _SLIGHTLY], [1 - _SLIGHTLY]])
            relative, steeper, flatter = self._relative(three, turns)
            slope = (steeper - flatter) / (three[1] - three[2])
        floor = np.minimum(_WOUND_UP_NM / contours, 1.0)
        wound_up = relative < floor
        relative, slope = np.where(wound_up, floor, relative), np.where(wound_up, 0.0, slope)
        compliance = np.maximum(compliance * relative + plain * slope, compliance * floor)
        return Response(
            extensions_nm=plain * relative + longer_nm,
            stiffnesses_pn_per_nm=1 / compliance,
            free_nm=contours * relative + longer_nm,
            torques_pn_nm=self._torques(twisting, turns, plain),
        )

    def buckled(self, forces_pn: Floats, turns: Floats) -> NDArray[np.bool_]:
        """Return which molecules have plectonemes, or are melted."""
        some = self._population.coilable & (np.abs(turns) > 0)
        if some.any():
            onsets = self._hat_table.onsets(forces_pn[some], self._population.contours_nm[some], turns[some])
            some[some] = np.abs(turns[some]) > onsets
        return some

    @property
    def _hat_table(self) -> HatTable:
        """The table, computed when something is turned first: it takes half a second."""
        if self._hats is None:
            s, m = self._settings, self._settings.molecules
            self._hats = HatTable(
                TwistedChain(
                    persistence_nm=s.persistence_nm,
                    twist_nm=m.twist_nm,
                    plectoneme_twist_nm=m.plectoneme_twist_nm,
                    pitch_nm=m.pitch_nm,
                    stretch_pn=m.stretch_pn or DSDNA.stretch_pn,
                    temperature_k=s.temperature_k,
                )
            )
        return self._hats

    def _plain(self, forces: Floats) -> Floats:
        log_forces = np.log(forces * self._share)
        return np.interp(log_forces, self._log_forces, self._extensions) * self._population.contours_nm

    def _relative(self, forces: Floats, turns: Floats) -> Floats:
        """Return the extension relative to that without turns, shape (forces, tethers)."""
        relative = np.ones_like(forces)
        coilable, double = self._population.coilable, self._population.double
        if coilable.any():
            contours = self._population.contours_nm[coilable]
            relative[:, coilable] = self._hat_table.relative(forces[:, coilable], contours, turns[coilable])
        if double.any():
            plain = self._plain(forces)[:, double]
            pair = self._pair(plain, double)
            relative[:, double] = pair.extension_nm(_braided(forces[:, double]), turns[double]) / plain
        return relative

    def _torques(self, forces: Floats, turns: Floats, plain: Floats) -> Floats:
        torques = np.zeros_like(forces)
        coilable, double = self._population.coilable & (turns != 0), self._population.double & (turns != 0)
        if coilable.any():
            contours = self._population.contours_nm[coilable]
            torques[coilable] = self._hat_table.torque_pn_nm(forces[coilable], contours, turns[coilable])
        if double.any():
            pair = self._pair(plain[double], double)
            torques[double] = pair.torque_pn_nm(_braided(forces[double]), turns[double])
        return torques

    def _pair(self, lengths_nm: Floats, double: NDArray[np.bool_]) -> TwoTethers:
        return TwoTethers(
            length_nm=lengths_nm,
            separation_nm=self._population.apart_nm[double],
            persistence_nm=self._settings.persistence_nm,
            temperature_k=self._settings.temperature_k,
        )


def _braided(forces: Floats) -> Floats:
    return np.clip(forces, *BRAIDED_FORCES_PN)
