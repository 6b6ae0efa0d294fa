"""Results as pictures for a paper: pure functions of arrays and results; only the figures of a run read its files."""

from .calibration_pictures import calibration_figure
from .canvas import with_error, write_figure
from .drawn_run import calibration_of
from .field_pictures import field_figure
from .force_extension_pictures import ForcePoints, force_extension_figure
from .hat_pictures import HatPoints, hats_figure
from .measured import calibrated, field_angle_deg, fitted, force_points_of, hats_of, levels_nm
from .motion_pictures import Motion, motion_figure
from .noise_pictures import noise_figure
from .run_figures import figure_kinds, figures_of
from .run_tracks import RunTracks
from .screening_pictures import Screened, screening_figure
from .surfaces import surface_for, surface_nm
from .table_pictures import tables_figure
from .tether_evidence import circles_of, screened_in
from .trace_pictures import Course, Trace, traces_figure

__all__ = [
    "Course",
    "ForcePoints",
    "HatPoints",
    "Motion",
    "RunTracks",
    "Screened",
    "Trace",
    "calibrated",
    "calibration_figure",
    "calibration_of",
    "circles_of",
    "field_angle_deg",
    "field_figure",
    "figure_kinds",
    "figures_of",
    "fitted",
    "force_extension_figure",
    "force_points_of",
    "hats_figure",
    "hats_of",
    "levels_nm",
    "motion_figure",
    "noise_figure",
    "screened_in",
    "screening_figure",
    "surface_for",
    "surface_nm",
    "tables_figure",
    "traces_figure",
    "with_error",
    "write_figure",
]
