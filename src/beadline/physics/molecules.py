"""The molecules one pulls at: what each is like, in one table."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import require_above_zero, require_within
from .freely_jointed import fjc_extension_nm, fjc_force_pn
from .polymer import wlc_extension_nm, wlc_force_pn

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Molecule:
    """A kind of molecule, whatever its length.

    Attributes:
        name: as one says it.
        chain: how it bends: as a worm, or freely at joints.
        rise_nm: contour per base pair or base [nm].
        persistence_nm: persistence length [nm]; half a link of a freely jointed chain.
        stretch_pn: stretch modulus [pN].
        low_pn: least force for which the numbers hold [pN].
        high_pn: greatest force for which the numbers hold [pN].
        source: where the numbers come from.

    Raises:
        ValueError: a number is not positive, or the range is empty.
    """

    name: str
    chain: Literal["worm-like", "freely jointed"]
    rise_nm: float
    persistence_nm: float
    stretch_pn: float
    low_pn: float
    high_pn: float
    source: str

    def __post_init__(self) -> None:
        require_above_zero(f"A molecule of {self.name}", "nm", rise_nm=self.rise_nm, persistence_nm=self.persistence_nm)
        require_above_zero(f"A molecule of {self.name}", "pN", stretch_pn=self.stretch_pn)
        if not 0 <= self.low_pn < self.high_pn:
            raise ValueError(
                f"The numbers of {self.name} cannot hold from {self.low_pn:g} to {self.high_pn:g} pN: "
                "low_pn must be at least 0 pN and below high_pn"
            )

    def contour_nm(self, bases: ArrayLike) -> Floats:
        """Return the contour of molecules of so many base pairs, or bases of a single strand [nm].

        Raises:
            ValueError: a number of bases is not positive.
        """
        require_above_zero(f"A molecule of {self.name}", "", bases=bases)
        return np.asarray(bases, dtype=np.float64) * self.rise_nm

    def extension_nm(self, force_pn: ArrayLike, bases: ArrayLike, temperature_k: float = 298.15) -> Floats:
        """Return the extension under a force [nm]; force and bases broadcast.

        Raises:
            ValueError: a force is outside the range for which the numbers hold.
        """
        force = np.asarray(force_pn, dtype=np.float64)
        require_within(f"The extension of {self.name} is not known", force, self.low_pn, self.high_pn, "pN")
        contour = self.contour_nm(bases)
        if self.chain == "worm-like":
            return wlc_extension_nm(force, contour, self.persistence_nm, temperature_k, self.stretch_pn)
        return fjc_extension_nm(force, contour, 2 * self.persistence_nm, temperature_k, self.stretch_pn)

    def force_pn(self, extension_nm: ArrayLike, bases: ArrayLike, temperature_k: float = 298.15) -> Floats:
        """Return the force that holds it at an extension [pN]; extension and bases broadcast.

        Raises:
            ValueError: an extension is not one of the forces for which the numbers hold.
        """
        extension, contour = np.asarray(extension_nm, dtype=np.float64), self.contour_nm(bases)
        low, high = (self.extension_nm(end, bases, temperature_k) for end in (self.low_pn, self.high_pn))
        for end in (low, high):  # inverting both ways may lose the last digits
            extension = np.where(np.abs(extension - end) < 1e-9 * high, end, extension)
        require_within(f"The force on {self.name} is not known", extension, low, high, "nm")
        if self.chain == "worm-like":
            return wlc_force_pn(extension, contour, self.persistence_nm, temperature_k, self.stretch_pn)
        return fjc_force_pn(extension, contour, 2 * self.persistence_nm, temperature_k, self.stretch_pn)


DSDNA = Molecule(
    name="dsDNA",
    chain="worm-like",
    rise_nm=0.34,
    persistence_nm=50.0,
    stretch_pn=1000.0,
    low_pn=0.0,
    high_pn=60.0,
    source="45 to 50 nm, 0.338 to 0.34 nm, about 1000 pN: Bustamante 1994, Wang 1997; overstretches at 65 pN",
)
"""DNA of two strands; bases are base pairs."""

DSRNA = Molecule(
    name="dsRNA",
    chain="worm-like",
    rise_nm=0.28,
    persistence_nm=60.0,
    stretch_pn=500.0,
    low_pn=0.0,
    high_pn=50.0,
    source="57 to 63 nm, 0.28 nm, 350 to 600 pN: Lipfert et al. 2014 and the values they compare with",
)
"""RNA of two strands; bases are base pairs."""

SSDNA = Molecule(
    name="ssDNA",
    chain="freely jointed",
    rise_nm=0.56,
    persistence_nm=0.75,
    stretch_pn=800.0,
    low_pn=3.0,
    high_pn=60.0,
    source="links of 1.5 nm, 0.56 nm, 800 pN in 150 mM salt: Smith, Cui & Bustamante 1996; bases pair at lower forces",
)
"""DNA of one strand; bases are bases."""

MOLECULES: dict[str, Molecule] = {molecule.name: molecule for molecule in (DSDNA, DSRNA, SSDNA)}
"""The table: each kind of molecule by its name."""
