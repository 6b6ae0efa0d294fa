"""A twisted molecule under force: torque, buckling and the hat curve.

Source:
    Two phases, stretched and plectonemic: Marko, Phys. Rev. E 76 (2007) 021926. The seven-term worm-like chain stands
    in for its expansion of the free energy of stretching, so that torque and extension are slopes of one free energy.
    Limits of the torque: see `TwistedChain`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import require_above_zero, require_within
from .drag import thermal_energy_pn_nm
from .polymer import WLC_COEFFICIENTS, wlc_extension_nm, wlc_free_energy_pn_nm

Floats = NDArray[np.float64]

TWISTED_FORCES_PN = (0.15, 60.0)
"""Range of forces of the theory [pN]."""
HIGHEST_DENSITY = 0.3
"""Most turns per turn of the double helix for which it is meant."""
# ∫ x dF of the chain is F - sqrt(kT F/P) + this * kT/P at high forces; the theory has it without the constant
_ENTROPY_OF_STRAIGHTENING = -sum(a / (power + 1) for power, a in enumerate(WLC_COEFFICIENTS, start=2))


@dataclass(frozen=True)
class TwistedChain:
    """A molecule that cannot untwist at its ends.

    Further turns of a twisted chain go to plectonemes at the torque of buckling, or, where that costs more, to
    stretches that melt (underwound) or turn into P-DNA (overwound), which are as long as what they replace. Each turn
    goes where it costs less, by Boltzmann's law: this rounds the crossover within about kT/2π of torque.

    Attributes:
        contour_nm: length of the relaxed molecule along itself [nm], a number or one for each molecule.
        persistence_nm: bending persistence length [nm].
        twist_nm: twist persistence length [nm].
        plectoneme_twist_nm: twist persistence length of a plectoneme [nm]; smaller in more salt, see `dsdna_in_salt`.
        pitch_nm: contour per turn of the double helix [nm].
        stretch_pn: stretch modulus [pN].
        melting_torque_pn_nm: torque at which an underwound molecule melts [pN nm]; 10 to 11 measured for DNA.
        overwound_torque_pn_nm: torque at which P-DNA forms [pN nm]; 34 ± 2 measured (Bryant et al. 2003).
        temperature_k: temperature [K].

    Raises:
        ValueError: a number is not positive.
    """

    contour_nm: float | Floats = 2720.0
    persistence_nm: float = 50.0
    twist_nm: float = 100.0
    plectoneme_twist_nm: float = 24.0
    pitch_nm: float = 3.57
    stretch_pn: float = 1000.0
    melting_torque_pn_nm: float = 10.5
    overwound_torque_pn_nm: float = 34.0
    temperature_k: float = 298.15

    def __post_init__(self) -> None:
        lengths = ("contour_nm", "persistence_nm", "twist_nm", "plectoneme_twist_nm", "pitch_nm")
        torques = ("melting_torque_pn_nm", "overwound_torque_pn_nm")
        require_above_zero("A twisted chain", "nm", **{name: getattr(self, name) for name in lengths})
        require_above_zero("A twisted chain", "pN nm", **{name: getattr(self, name) for name in torques})
        require_above_zero("A twisted chain", "pN", stretch_pn=self.stretch_pn)

    @property
    def relaxed_turns(self) -> Floats:
        """Turns of the double helix at rest, Lk0."""
        return np.asarray(self.contour_nm, dtype=np.float64) / self.pitch_nm

    def effective_twist_nm(self, force_pn: ArrayLike) -> Floats:
        """Return the twist persistence length that is left of `twist_nm` by bending [nm].

        Raises:
            ValueError: a force is outside the range of the theory.
        """
        return self._twist_modulus_pn(self._force(force_pn)) / (self._thermal_pn_nm * self._wave_number**2)

    def buckling_torque_pn_nm(self, force_pn: ArrayLike) -> Floats:
        """Return the torque at which plectonemes and the stretched chain coexist, if nothing melts [pN nm].

        Raises:
            ValueError: a force is outside the range of the theory.
        """
        return self._buckling(self._force(force_pn))[0]

    def buckling_turns(self, force_pn: ArrayLike, *, overwound: bool = True) -> Floats:
        """Return after how many turns the torque no longer rises, by plectonemes or melting; without sign.

        Raises:
            ValueError: a force is outside the range of the theory.
        """
        force = self._force(force_pn)
        return self._onset(force, self._plateau(force, 1.0 if overwound else -1.0)[0])

    def torque_pn_nm(self, force_pn: ArrayLike, turns: ArrayLike) -> Floats:
        """Return the torque [pN nm], with the sign of the turns; force, turns and contour broadcast.

        After the whole molecule is wound up (extension 0) the torque rises as in a plectoneme, until the rest melts.

        Raises:
            ValueError: force or turns are outside the range of the theory.
        """
        force, turned = self._arguments(force_pn, turns)
        sign, number = np.sign(turned), np.abs(turned)
        plateau, slope = self._plateau(force, sign)
        onset = self._onset(force, plateau)
        stretched = number / onset * plateau
        beyond = number - self._end(force, onset, slope)
        stiffness = self._plectoneme_modulus_pn / (self._wave_number * self.relaxed_turns)
        wound_up = self._limited(self._buckling(force)[0] + stiffness * np.maximum(beyond, 0), sign)
        return sign * np.where(number < onset, stretched, np.where(beyond > 0, wound_up, plateau))

    def extension_nm(self, force_pn: ArrayLike, turns: ArrayLike) -> Floats:
        """Return the extension [nm]; force, turns and contour broadcast.

        It is 0 when the whole molecule is wound up, and then the bead sits on the surface.

        Raises:
            ValueError: force or turns are outside the range of the theory.
        """
        force, turned = self._arguments(force_pn, turns)
        number = np.abs(turned)
        plateau, slope = self._plateau(force, np.sign(turned))
        onset = self._onset(force, plateau)
        stretched = self._stretched_nm(force, np.minimum(number, onset))
        return np.maximum(stretched - 2 * np.pi * slope * np.maximum(number - onset, 0), 0)

    def free_energy_pn_nm(self, force_pn: ArrayLike, turns: ArrayLike) -> Floats:
        """Return the free energy at constant force and turns [pN nm]: 2π torque is its slope, -extension the other.

        Raises:
            ValueError: force or turns are outside the range of the theory, or the molecule is all wound up.
        """
        force, turned = self._arguments(force_pn, turns)
        number = np.abs(turned)
        plateau, slope = self._plateau(force, np.sign(turned))
        onset = self._onset(force, plateau)
        end = self._end(force, onset, slope)
        require_within("The free energy is not known", number, 0.0, end, "turns")
        twisted = np.minimum(number, onset)
        at_rest = wlc_free_energy_pn_nm(
            force, self.contour_nm, self.persistence_nm, self.temperature_k, self.stretch_pn
        )
        twist = np.pi * plateau / onset * twisted**2
        return at_rest + twist + 2 * np.pi * plateau * (number - twisted)

    @property
    def _thermal_pn_nm(self) -> float:
        return thermal_energy_pn_nm(self.temperature_k)

    @property
    def _wave_number(self) -> float:
        return 2 * np.pi / self.pitch_nm

    @property
    def _plectoneme_modulus_pn(self) -> float:
        return self._thermal_pn_nm * self.plectoneme_twist_nm * self._wave_number**2

    def _twist_modulus_pn(self, force: Floats) -> Floats:
        softening = self.twist_nm / (4 * self.persistence_nm) * np.sqrt(self._reduced(force))
        return self._thermal_pn_nm * self.twist_nm * self._wave_number**2 * (1 - softening)

    def _twist_modulus_slope(self, force: Floats) -> Floats:
        scale = self._thermal_pn_nm * (self.twist_nm * self._wave_number) ** 2
        return scale / (8 * self.persistence_nm) * np.sqrt(self._reduced(force)) / force

    def _reduced(self, force: Floats) -> Floats:
        return self._thermal_pn_nm / (self.persistence_nm * force)

    def _buckling(self, force: Floats) -> tuple[Floats, Floats]:
        """Torque of coexistence, and its slope with the force."""
        chain = (1.0, self.persistence_nm, self.temperature_k, self.stretch_pn)
        straightening = _ENTROPY_OF_STRAIGHTENING * self._thermal_pn_nm / self.persistence_nm
        gain, gain_slope = -wlc_free_energy_pn_nm(force, *chain) - straightening, wlc_extension_nm(force, *chain)
        c, c_slope, p = self._twist_modulus_pn(force), self._twist_modulus_slope(force), self._plectoneme_modulus_pn
        if not ((gain > 0) & (c > p)).all():
            raise ValueError(
                f"A molecule with these persistence lengths has no plectonemes at {float(np.min(force)):g} pN: "
                "ask for a greater force, or for a smaller plectoneme_twist_nm"
            )
        torque = np.sqrt(2 * p * gain * c / (c - p)) / self._wave_number
        return torque, torque / 2 * (gain_slope / gain + c_slope / c - c_slope / (c - p))

    def _plateau(self, force: Floats, sign: Floats | float) -> tuple[Floats, Floats]:
        """Torque that further turns leave as it is, and its slope with the force."""
        torque, slope = self._buckling(force)
        unit = self._thermal_pn_nm / (2 * np.pi)
        share_of_plectonemes = np.exp(-np.logaddexp(0, (torque - self._limit(sign)) / unit))
        return self._limited(torque, sign), share_of_plectonemes * slope

    def _limited(self, torque: Floats, sign: Floats | float) -> Floats:
        unit = self._thermal_pn_nm / (2 * np.pi)
        return -unit * np.logaddexp(-torque / unit, -self._limit(sign) / unit)

    def _limit(self, sign: Floats | float) -> Floats:
        return np.where(np.asarray(sign) < 0, self.melting_torque_pn_nm, self.overwound_torque_pn_nm)

    def _onset(self, force: Floats, plateau: Floats) -> Floats:
        return plateau * self._wave_number / self._twist_modulus_pn(force) * self.relaxed_turns

    def _end(self, force: Floats, onset: Floats, slope: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            return onset + self._stretched_nm(force, onset) / (2 * np.pi * slope)

    def _stretched_nm(self, force: Floats, number: Floats) -> Floats:
        pulled = wlc_extension_nm(force, self.contour_nm, self.persistence_nm, self.temperature_k, self.stretch_pn)
        density = number / self.relaxed_turns
        return pulled - 0.5 * self._twist_modulus_slope(force) * density**2 * self.contour_nm

    def _force(self, force_pn: ArrayLike) -> Floats:
        force = np.asarray(force_pn, dtype=np.float64)
        require_within("The torsion of a molecule is not known", force, *TWISTED_FORCES_PN, "pN")
        return force

    def _arguments(self, force_pn: ArrayLike, turns: ArrayLike) -> tuple[Floats, Floats]:
        turned, most = np.asarray(turns, dtype=np.float64), HIGHEST_DENSITY * self.relaxed_turns
        require_within("The torsion of this molecule is not known", turned, -most, most, "turns")
        return self._force(force_pn), turned
