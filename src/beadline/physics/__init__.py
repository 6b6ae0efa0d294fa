"""Formulas of polymers, magnets and drag, both ways: pure functions on arrays."""

from .drag import (
    drag_pn_s_per_nm,
    parallel_wall_factor,
    perpendicular_wall_factor,
    thermal_energy_pn_nm,
    water_viscosity_pn_s_per_nm2,
)
from .magnet import M270_PAIR, MYONE_PAIR, ForceLaw
from .polymer import (
    WLC_COEFFICIENTS,
    wlc_extension_nm,
    wlc_force_pn,
    wlc_stiffness_pn_per_nm,
)

__all__ = [
    "M270_PAIR",
    "MYONE_PAIR",
    "WLC_COEFFICIENTS",
    "ForceLaw",
    "drag_pn_s_per_nm",
    "parallel_wall_factor",
    "perpendicular_wall_factor",
    "thermal_energy_pn_nm",
    "water_viscosity_pn_s_per_nm2",
    "wlc_extension_nm",
    "wlc_force_pn",
    "wlc_stiffness_pn_per_nm",
]
