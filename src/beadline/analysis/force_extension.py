"""The molecule in a force-extension curve, as a worm-like chain.

Source:
    Chain: Bouchiat et al., Biophys. J. 76 (1999) 409, with a stretch modulus.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import OptimizeResult, least_squares

from beadline.physics import wlc_extension_nm, wlc_stiffness_pn_per_nm

Floats = NDArray[np.float64]

LEAST_FORCE_FOR_STRETCH_PN = 8.0
START_PERSISTENCE_NM, START_STRETCH_PN = 45.0, 1000.0


@dataclass(frozen=True)
class ChainFit:
    """A worm-like chain that explains a force-extension curve.

    Attributes:
        persistence_nm: persistence length [nm].
        persistence_error_nm: its standard error [nm].
        contour_nm: contour length [nm].
        contour_error_nm: its standard error [nm].
        stretch_pn: stretch modulus [pN]; inf if the chain was not to stretch.
        stretch_error_pn: its standard error [pN]; 0 if it was given.
        covariance: of the logarithms of persistence, contour and, if it was fitted, stretch modulus.
        reduced_chi_squared: mean square of the residuals over their errors, 1 if these are right.
        shortfall_nm: by how much the contour would have come out too short without the correction for an attachment
            off the axis [nm]; 0 if there was none.
        warnings: what speaks against the result, in words.
    """

    persistence_nm: float
    persistence_error_nm: float
    contour_nm: float
    contour_error_nm: float
    stretch_pn: float
    stretch_error_pn: float
    covariance: Floats
    reduced_chi_squared: float
    shortfall_nm: float = 0.0
    warnings: tuple[str, ...] = ()


def fit_worm_like_chain(
    extension_nm: ArrayLike,
    force_pn: ArrayLike,
    extension_error_nm: ArrayLike,
    force_error_pn: ArrayLike = 0.0,
    *,
    stretch_pn: float | None = None,
    shortening_nm: float = 0.0,
    temperature_k: float = 298.15,
) -> ChainFit:
    """Fit persistence length, contour length and stretch modulus to a force-extension curve.

    Errors of the force count by the extension they would change, at the slope of the chain.

    Args:
        extension_nm: measured, shape (points,) [nm].
        force_pn: positive, shape (points,) [pN].
        extension_error_nm: standard errors of the extension [nm], broadcast; above 0 unless the force has errors.
        force_error_pn: standard errors of the force [pN], broadcast.
        stretch_pn: stretch modulus [pN], inf for none; None to fit it.
        shortening_nm: what the bead hides of the extension, see `rotation_circle` [nm].
        temperature_k: temperature [K].

    Raises:
        ValueError: shapes do not fit, points are fewer than parameters + 1, or a number makes no sense.
    """
    measured, force = np.asarray(extension_nm, dtype=np.float64), np.asarray(force_pn, dtype=np.float64)
    errors = (
        np.broadcast_to(np.asarray(extension_error_nm, dtype=np.float64), measured.shape),
        np.broadcast_to(np.asarray(force_error_pn, dtype=np.float64), measured.shape),
    )
    parameters = 3 if stretch_pn is None else 2
    if measured.ndim != 1 or measured.shape != force.shape or len(measured) <= parameters:
        raise ValueError(
            f"A chain of {parameters} parameters cannot be fitted to extensions of shape {measured.shape} and forces "
            f"of shape {force.shape}: give one row of each, of at least {parameters + 1} points"
        )
    if not ((measured > 0) & (force > 0) & np.isfinite(force * measured)).all():
        raise ValueError("A chain cannot be fitted to extensions or forces that are not above 0 nm and 0 pN")
    if not ((errors[0] >= 0) & (errors[1] >= 0) & (errors[0] + errors[1] > 0)).all():
        raise ValueError("Each point of a force-extension curve needs an error above 0 nm or 0 pN")
    found = _fit(measured + shortening_nm, force, errors, stretch_pn, temperature_k)
    if shortening_nm:
        without = _fit(measured, force, errors, stretch_pn, temperature_k)
        found = replace(found, shortfall_nm=found.contour_nm - without.contour_nm)
    return found


def _fit(
    extension: Floats, force: Floats, errors: tuple[Floats, Floats], stretch_pn: float | None, temperature_k: float
) -> ChainFit:
    given = None if stretch_pn is None or np.isinf(stretch_pn) else stretch_pn

    def chain(logarithms: Floats) -> tuple[float, float, float, float | None]:
        """Contour, persistence, temperature and stretch modulus, as the formulas take them."""
        persistence, contour, *fitted = (float(each) for each in np.exp(logarithms))
        return contour, persistence, temperature_k, fitted[0] if fitted else given

    logs = np.log([START_PERSISTENCE_NM, 1.05 * extension.max(), START_STRETCH_PN][: 3 if stretch_pn is None else 2])

    def solve(begin: Floats) -> OptimizeResult:
        # the slope of the chain, by which errors of the force count, is that of the fit before
        sigma = np.hypot(errors[0], errors[1] / wlc_stiffness_pn_per_nm(force, *chain(begin)))
        return least_squares(
            lambda each: (wlc_extension_nm(force, *chain(each)) - extension) / sigma,
            begin,
            x_scale=0.1,
            bounds=(begin - 3, begin + 3),
        )

    result = solve(logs)
    for _ in range(2):
        result = solve(result.x)
    logs = result.x
    covariance = np.linalg.inv(result.jac.T @ result.jac)
    freedom = len(force) - len(logs)
    chi_squared = float(2 * result.cost / freedom)
    sd, values = np.sqrt(np.diag(covariance)), np.exp(logs)
    stretch = (values[2], values[2] * sd[2]) if stretch_pn is None else (stretch_pn, 0.0)
    return ChainFit(
        float(values[0]),
        float(values[0] * sd[0]),
        float(values[1]),
        float(values[1] * sd[1]),
        float(stretch[0]),
        float(stretch[1]),
        covariance,
        chi_squared,
        warnings=tuple(_doubts(force, chi_squared, freedom, fits_stretch=stretch_pn is None)),
    )


def _doubts(force: Floats, chi_squared: float, freedom: int, *, fits_stretch: bool) -> list[str]:
    warnings = []
    if fits_stretch and force.max() < LEAST_FORCE_FOR_STRETCH_PN:
        warnings.append(
            f"the greatest force is {force.max():.3g} pN: below {LEAST_FORCE_FOR_STRETCH_PN:g} pN a stretch modulus is "
            "hardly seen; give stretch_pn"
        )
    if force.min() > 1.0:
        warnings.append(
            f"the least force is {force.min():.3g} pN: above 1 pN persistence and contour length are hard to tell apart"
        )
    if abs(chi_squared - 1) > 4 * np.sqrt(2 / freedom):
        warnings.append(
            f"the points are {np.sqrt(chi_squared):.2g} times as far from the curve as their errors say: "
            "the errors, or the model, are wrong"
        )
    return warnings
