"""How well a bead can be located at best: the Cramer-Rao bound."""

import numpy as np
from numpy.typing import NDArray

from .asymmetry import SYMMETRIC, Asymmetry
from .intensities import IntensityTable
from .rendering import bead_slopes
from .sensor import Sensor

PARAMETERS = ("x_px", "y_px", "z_nm", "gain", "offset_electrons")


def precision_bound(
    table: IntensityTable,
    x_px: float,
    y_px: float,
    z_nm: float,
    shape: tuple[int, int],
    sensor: Sensor,
    background_electrons: float,
    asymmetry: Asymmetry = SYMMETRIC,
) -> NDArray[np.float64]:
    """Return the least standard deviations of an unbiased estimate from one image.

    Strength and offset of the light are estimated, too. The noise is taken as Gaussian with the variance of the
    sensor, its dependence on the parameters is not used.

    Args:
        table: what the bead looks like.
        x_px: centre along a row of the window [px].
        y_px: centre along a column [px].
        z_nm: height [nm].
        shape: rows and columns of the window.
        sensor: the camera.
        background_electrons: light on a pixel away from the bead [electrons].
        asymmetry: of the bead.

    Returns:
        sigma of x [px], y [px], z [nm], gain (1 is that of the table) and offset [electrons], shape (5,).

    Source:
        Kay, Fundamentals of Statistical Signal Processing: Estimation Theory (1993), section 3.9.
    """
    slopes = bead_slopes(table, x_px, y_px, z_nm, shape, asymmetry)
    electrons = background_electrons * slopes.image
    by = [background_electrons * slope for slope in (slopes.x, slopes.y, slopes.z)]
    derivatives = np.stack([*by, electrons, np.ones(shape)]).reshape(len(PARAMETERS), -1)
    information = (derivatives / sensor.variance(electrons).ravel()) @ derivatives.T
    scale = np.sqrt(np.diag(information))
    return np.sqrt(np.diag(np.linalg.inv(information / np.outer(scale, scale)))) / scale
