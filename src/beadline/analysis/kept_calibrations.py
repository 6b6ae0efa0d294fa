"""A calibration of the magnets as plain data for a file, and back."""

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from beadline.physics import ForceLaw

from .magnet_calibration import MagnetCalibration

TABLE_ROWS = 9
_ARRAYS = ("logarithms", "covariance", "bead_factors", "bead_factor_errors")


def calibration_content(calibration: MagnetCalibration) -> dict[str, Any]:
    """Return a calibration as plain data, exact to the last bit, with a table of force and error for readers."""
    law = calibration.law
    height = np.linspace(law.low_mm, law.high_mm, TABLE_ROWS)
    return {
        "law": asdict(law),
        **{name: getattr(calibration, name).tolist() for name in _ARRAYS},
        "scatter": None if math.isnan(calibration.scatter) else calibration.scatter,
        "reduced_chi_squared": calibration.reduced_chi_squared,
        "warnings": list(calibration.warnings),
        "measured_mm": [law.low_mm, law.high_mm],
        "measured_pn": [law.low_pn, law.high_pn],
        "table": {
            "height_mm": height.tolist(),
            "force_pn": law.force_pn(height).tolist(),
            "force_error_pn": calibration.force_error_pn(height).tolist(),
        },
    }


def calibration_from(content: Mapping[str, Any]) -> MagnetCalibration:
    """Return the calibration that `calibration_content` has described.

    Raises:
        ValueError: it is none.
    """
    try:
        return MagnetCalibration(
            law=ForceLaw(**content["law"]),
            **{name: np.array(content[name], dtype=np.float64) for name in _ARRAYS},
            scatter=math.nan if content["scatter"] is None else float(content["scatter"]),
            reduced_chi_squared=float(content["reduced_chi_squared"]),
            warnings=tuple(content["warnings"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"This is no calibration of magnets: {type(error).__name__} {error}") from error
