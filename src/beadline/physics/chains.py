"""What is asked of any chain, however it bends."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import require_above_zero

Floats = NDArray[np.float64]


def chain_arrays(
    ends: ArrayLike, contour_nm: ArrayLike, stretch_pn: float | None, **bending_nm: float
) -> tuple[Floats, Floats]:
    """Return what the ends do and the contour as arrays.

    Args:
        ends: force on them or distance between them.
        contour_nm: length of the relaxed chain along itself [nm].
        stretch_pn: stretch modulus [pN]; None for a chain that does not stretch.
        bending_nm: the length over which it bends, by its name [nm].

    Raises:
        ValueError: a parameter is not positive.
    """
    contour = np.asarray(contour_nm, dtype=np.float64)
    require_above_zero("A chain", "nm", contour_nm=contour, **bending_nm)
    if stretch_pn is not None:
        require_above_zero("A chain", "pN", stretch_pn=stretch_pn)
    return np.asarray(ends, dtype=np.float64), contour


def relative_extension(extension_nm: Floats, contour_nm: Floats, stretch_pn: float | None) -> Floats:
    """Return the extension relative to the contour, without its sign.

    Raises:
        ValueError: the chain is not that long.
    """
    relative = np.abs(extension_nm) / contour_nm
    if not (relative < (1 if stretch_pn is None else np.inf)).all():
        raise ValueError(
            f"A chain of {float(np.min(contour_nm)):g} nm cannot be {float(np.max(np.abs(extension_nm))):g} nm long: "
            "its extension is finite, and below its contour unless it stretches (stretch_pn)"
        )
    return relative


def require_finite(force_pn: Floats) -> None:
    """Refuse forces under which no chain has an extension.

    Raises:
        ValueError: a force is not finite.
    """
    if not np.isfinite(force_pn).all():
        raise ValueError("The extension of a chain is not known at a force that is not finite [pN]")
