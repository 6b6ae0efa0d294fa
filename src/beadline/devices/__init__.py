"""The instrument as Bluesky sees it: runs on the event loop and never blocks it."""

from .bead_edits import apart_px, overlapping, with_bead, with_place, with_role, without
from .bead_finder import BeadFinder
from .bead_lock import BeadLock, Locking
from .bead_readings import Beads
from .bead_spans import BeadSpan
from .bead_table import Bead, BeadTable, Role
from .brightness import Brightness
from .camera import Camera
from .camera_clock import Recording
from .conclusions import Conclusion
from .disk_reserve import DiskReserve
from .flow_cell import FlowCell, HeightLimit, check_text
from .frame_books import FrameBooks
from .frame_spans import FrameMoment, FrameSpan, Numbers
from .guards import DropGuard, FrameRateGuard, Guard, LampGuard, TemperatureGuard
from .illumination import Lamp
from .instrument_clock import HostClock, InstrumentClock, LockStepClock
from .law_in_force import ForceAgainstHeight, LawInForce, by_the_profile
from .lock_control import Correction, Gains, PIControl
from .lock_options import LockOptions, OnOutsideMove, OnPause, Pace
from .lock_record import LockRecord
from .lock_references import References
from .magnet_height import MagnetHeight, check_height
from .magnet_turns import MagnetTurns
from .magnets import Force, Magnets, OnAbort
from .motion import Motor, check_position
from .recorder import Recorder, VideoKind
from .result_writer import ResultWriter
from .ring_detector import RingDetector
from .run_folder import RunFolder
from .table_builder import TableBuilder
from .tracker import Tracker
from .workbench import Workbench

__all__ = [
    "Bead",
    "BeadFinder",
    "BeadLock",
    "BeadSpan",
    "BeadTable",
    "Beads",
    "Brightness",
    "Camera",
    "Conclusion",
    "Correction",
    "DiskReserve",
    "DropGuard",
    "FlowCell",
    "Force",
    "ForceAgainstHeight",
    "FrameBooks",
    "FrameMoment",
    "FrameRateGuard",
    "FrameSpan",
    "Gains",
    "Guard",
    "HeightLimit",
    "HostClock",
    "InstrumentClock",
    "Lamp",
    "LampGuard",
    "LawInForce",
    "LockOptions",
    "LockRecord",
    "LockStepClock",
    "Locking",
    "MagnetHeight",
    "MagnetTurns",
    "Magnets",
    "Motor",
    "Numbers",
    "OnAbort",
    "OnOutsideMove",
    "OnPause",
    "PIControl",
    "Pace",
    "Recorder",
    "Recording",
    "References",
    "ResultWriter",
    "RingDetector",
    "Role",
    "RunFolder",
    "TableBuilder",
    "TemperatureGuard",
    "Tracker",
    "VideoKind",
    "Workbench",
    "apart_px",
    "by_the_profile",
    "check_height",
    "check_position",
    "check_text",
    "overlapping",
    "with_bead",
    "with_place",
    "with_role",
    "without",
]
