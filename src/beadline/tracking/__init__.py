"""Frame to bead positions, profiles, look-up tables and quality: pure functions on arrays, no waiting."""

from .field import FoundBead, find_beads
from .frame_tracker import Tracker, track_stack
from .geometry import table_radii
from .options import TrackerOptions
from .table_building import BuiltTables, TableLimits, build_lookup_tables, build_templates
from .table_files import load_lookup_tables, read_provenance, save_lookup_tables
from .tables import LookupTable, check_matches
from .warming import warm_up
from .windows import frames_in_place, next_origins, window_origins

__all__ = [
    "BuiltTables",
    "FoundBead",
    "LookupTable",
    "TableLimits",
    "Tracker",
    "TrackerOptions",
    "build_lookup_tables",
    "build_templates",
    "check_matches",
    "find_beads",
    "frames_in_place",
    "load_lookup_tables",
    "next_origins",
    "read_provenance",
    "save_lookup_tables",
    "table_radii",
    "track_stack",
    "warm_up",
    "window_origins",
]
