"""Formulas of polymers, magnets, drag and noise, both ways: pure functions."""

from .drag import brenner_factor, faxen_factor, stokes_drag_pn_s_per_nm
from .magnet import ForceLaw
from .polymer import wlc_extension_nm, wlc_force_pn, wlc_stiffness_pn_per_nm
from .thermal import thermal_energy_pn_nm, water_viscosity_pn_s_per_nm2

__all__ = [
    "ForceLaw",
    "brenner_factor",
    "faxen_factor",
    "stokes_drag_pn_s_per_nm",
    "thermal_energy_pn_nm",
    "water_viscosity_pn_s_per_nm2",
    "wlc_extension_nm",
    "wlc_force_pn",
    "wlc_stiffness_pn_per_nm",
]
