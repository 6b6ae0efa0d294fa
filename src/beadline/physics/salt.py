"""What salt does to DNA: how stiff it is, and how tightly its plectonemes wind.

The numbers are for monovalent salt. Divalent ions do more than their ionic strength says.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import require_within
from .molecules import DSDNA
from .torsion import TwistedChain

Floats = NDArray[np.float64]

LOW_SALT_MM, HIGH_SALT_MM = 10.0, 300.0
_ELECTROSTATIC_NM_MM = 32.4
_STIFFEST_PLECTONEME_NM, _SOFTEST_PLECTONEME_NM = 24.0, 14.0


def dsdna_persistence_nm(salt_mm: ArrayLike) -> Floats:
    """Return the bending persistence length of DNA by the salt [nm]; 50 nm, that of `DSDNA`, in 10 mM.

    Args:
        salt_mm: monovalent salt [mM], 10 to 300.

    Raises:
        ValueError: the salt is outside the range.

    Source:
        Odijk, Skolnick & Fixman with Manning's charge, 1 / (4 κ² Bjerrum length) = 32.4 nm mM / salt. Measured
        dependences are up to 5 nm steeper (Brunet et al., Macromolecules 48 (2015) 3641).
    """
    salt = _salt(salt_mm)
    return DSDNA.persistence_nm + _ELECTROSTATIC_NM_MM * (1 / salt - 1 / LOW_SALT_MM)


def dsdna_plectoneme_twist_nm(salt_mm: ArrayLike) -> Floats:
    """Return the twist persistence length of a plectoneme by the salt [nm]; 24 nm in 10 mM, 14 nm in 300 mM.

    Args:
        salt_mm: monovalent salt [mM], 10 to 300.

    Raises:
        ValueError: the salt is outside the range.

    Source:
        A straight line over the logarithm of the salt between 24 nm (Marko 2007) and 14 nm, which hat curves in much
        salt ask for: a rule of thumb, no theory. Fit your own hat curves where it matters.
    """
    way = np.log(_salt(salt_mm) / LOW_SALT_MM) / np.log(HIGH_SALT_MM / LOW_SALT_MM)
    return _STIFFEST_PLECTONEME_NM + way * (_SOFTEST_PLECTONEME_NM - _STIFFEST_PLECTONEME_NM)


def dsdna_in_salt(base_pairs: ArrayLike, salt_mm: float = 10.0, temperature_k: float = 298.15) -> TwistedChain:
    """Return DNA that can be twisted, in a buffer of so much salt.

    The twist persistence length does not depend on the salt (Kriegel et al., Nucleic Acids Res. 45 (2017) 5920).

    Args:
        base_pairs: length of each molecule, a number or an array.
        salt_mm: monovalent salt [mM], 10 to 300.
        temperature_k: temperature [K].

    Raises:
        ValueError: the salt is outside the range, or a length is not positive.
    """
    return TwistedChain(
        contour_nm=DSDNA.contour_nm(base_pairs),
        persistence_nm=float(dsdna_persistence_nm(salt_mm)),
        plectoneme_twist_nm=float(dsdna_plectoneme_twist_nm(salt_mm)),
        pitch_nm=10.5 * DSDNA.rise_nm,
        stretch_pn=DSDNA.stretch_pn,
        temperature_k=temperature_k,
    )


def _salt(salt_mm: ArrayLike) -> Floats:
    salt = np.asarray(salt_mm, dtype=np.float64)
    require_within("What salt does to DNA is not known", salt, LOW_SALT_MM, HIGH_SALT_MM, "mM")
    return salt
