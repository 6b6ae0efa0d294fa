"""Formulas of polymers, magnets and drag, both ways: pure functions on arrays."""

from .bell_rates import BellRate
from .braiding import BRAIDED_FORCES_PN, TwoTethers
from .drag import (
    drag_pn_s_per_nm,
    parallel_wall_factor,
    perpendicular_wall_factor,
    rotation_wall_factor,
    rotational_drag_pn_nm_s,
    thermal_energy_pn_nm,
    water_viscosity_pn_s_per_nm2,
)
from .extended_law import ExtendedLaw, law_from_json
from .fluctuations import RecordedWell, lorentzian_nm2_per_hz
from .force_table import ForceTable
from .freely_jointed import fjc_extension_nm, fjc_force_pn
from .hairpins import Hairpin, hairpin_opening_nm
from .magnet import M270_PAIR, MYONE_PAIR, ForceLaw
from .molecules import DSDNA, DSRNA, MOLECULES, SSDNA, Molecule
from .pendulum import long_pendulum_pn_per_nm, rolling_descent_nm, rolling_modes, short_pendulum_pn_per_nm
from .polymer import (
    WLC_COEFFICIENTS,
    wlc_extension_nm,
    wlc_force_pn,
    wlc_free_energy_pn_nm,
    wlc_stiffness_pn_per_nm,
)
from .relaxation import corner_hz, duration_for_error_s, relative_force_error, relaxation_s
from .salt import dsdna_in_salt, dsdna_persistence_nm, dsdna_plectoneme_twist_nm
from .steps import Stepping
from .torsion import HIGHEST_DENSITY, TWISTED_FORCES_PN, TwistedChain

__all__ = [
    "BRAIDED_FORCES_PN",
    "DSDNA",
    "DSRNA",
    "HIGHEST_DENSITY",
    "M270_PAIR",
    "MOLECULES",
    "MYONE_PAIR",
    "SSDNA",
    "TWISTED_FORCES_PN",
    "WLC_COEFFICIENTS",
    "BellRate",
    "ExtendedLaw",
    "ForceLaw",
    "ForceTable",
    "Hairpin",
    "Molecule",
    "RecordedWell",
    "Stepping",
    "TwistedChain",
    "TwoTethers",
    "corner_hz",
    "drag_pn_s_per_nm",
    "dsdna_in_salt",
    "dsdna_persistence_nm",
    "dsdna_plectoneme_twist_nm",
    "duration_for_error_s",
    "fjc_extension_nm",
    "fjc_force_pn",
    "hairpin_opening_nm",
    "law_from_json",
    "long_pendulum_pn_per_nm",
    "lorentzian_nm2_per_hz",
    "parallel_wall_factor",
    "perpendicular_wall_factor",
    "relative_force_error",
    "relaxation_s",
    "rolling_descent_nm",
    "rolling_modes",
    "rotation_wall_factor",
    "rotational_drag_pn_nm_s",
    "short_pendulum_pn_per_nm",
    "thermal_energy_pn_nm",
    "water_viscosity_pn_s_per_nm2",
    "wlc_extension_nm",
    "wlc_force_pn",
    "wlc_free_energy_pn_nm",
    "wlc_stiffness_pn_per_nm",
]
