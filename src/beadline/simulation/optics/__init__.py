"""Images of beads from the laws of optics, and how well a bead can be located in them: pure functions on arrays.

The one thing outside memory is a folder of kept tables, see `intensity_table`.
"""

from .asymmetry import SYMMETRIC, TYPICAL, Asymmetry
from .bead_optics import BeadOptics
from .cramer_rao import precision_bound
from .field import SimulatedField, dust_patch, overlap, rings_patch, simulated_field, uneven_light
from .intensities import IntensityTable, RadialCourse, even_spline
from .lorenz_mie import MieCoefficients, mie_coefficients, scattering_amplitudes
from .pupil import intensity
from .rendering import Slopes, bead_image, bead_slopes
from .sensor import Sensor
from .table_cache import default_cache, intensity_table

__all__ = [
    "SYMMETRIC",
    "TYPICAL",
    "Asymmetry",
    "BeadOptics",
    "IntensityTable",
    "MieCoefficients",
    "RadialCourse",
    "Sensor",
    "SimulatedField",
    "Slopes",
    "bead_image",
    "bead_slopes",
    "default_cache",
    "dust_patch",
    "even_spline",
    "intensity",
    "intensity_table",
    "mie_coefficients",
    "overlap",
    "precision_bound",
    "rings_patch",
    "scattering_amplitudes",
    "simulated_field",
    "uneven_light",
]
