"""What an experiment does: generators of messages that check everything first and never touch hardware."""

from .abort_policy import leave_safely, move_away, with_abort_policy
from .asking import asks_only
from .bead_choice import NoBeadsFound, find_beads
from .bead_edits import add_bead, move_bead, remove_beads, set_role
from .checks import check_moves
from .endings import ended_by, root_cause, staged
from .exposures import TooDark, auto_exposure
from .focus_sweep import make_lookup_table
from .force_holding import force_clamp, force_jump
from .force_ramps import force_ramp
from .force_series import force_calibration, force_extension
from .forces import set_force
from .frames import linger_s, take_continuously, take_step, take_steps, take_while, wait_s
from .guarding import GuardTripped, RunRefused, checked_first, look_at_guards
from .instrument_time import on_instrument_time
from .live_stream import live
from .locking import bead_lock_decorator, bead_lock_wrapper, hold_beads
from .parking import park
from .pixel_sizes import calibrate_pixel_size
from .planned import Planned, planned_by
from .preview import PlanSummary, bytes_per_frame, plan_summary
from .protocol import Step, record_protocol
from .recording import record, step_record
from .results import save_result
from .runs import in_run
from .screening import screen_tethers
from .starting_up import NotReady, startup
from .stepping import hat_curve, staircase
from .touching_off import TouchOffGivenUp, touch_off
from .turn_counts import trust_turns
from .waiting import NotConfirmed, confirm, notify, time_lapse, timed_wait
from .zeros import noise_floor, zero_length

__all__ = [
    "GuardTripped",
    "NoBeadsFound",
    "NotConfirmed",
    "NotReady",
    "PlanSummary",
    "Planned",
    "RunRefused",
    "Step",
    "TooDark",
    "TouchOffGivenUp",
    "add_bead",
    "asks_only",
    "auto_exposure",
    "bead_lock_decorator",
    "bead_lock_wrapper",
    "bytes_per_frame",
    "calibrate_pixel_size",
    "check_moves",
    "checked_first",
    "confirm",
    "ended_by",
    "find_beads",
    "force_calibration",
    "force_clamp",
    "force_extension",
    "force_jump",
    "force_ramp",
    "hat_curve",
    "hold_beads",
    "in_run",
    "leave_safely",
    "linger_s",
    "live",
    "look_at_guards",
    "make_lookup_table",
    "move_away",
    "move_bead",
    "noise_floor",
    "notify",
    "on_instrument_time",
    "park",
    "plan_summary",
    "planned_by",
    "record",
    "record_protocol",
    "remove_beads",
    "root_cause",
    "save_result",
    "screen_tethers",
    "set_force",
    "set_role",
    "staged",
    "staircase",
    "startup",
    "step_record",
    "take_continuously",
    "take_step",
    "take_steps",
    "take_while",
    "time_lapse",
    "timed_wait",
    "touch_off",
    "trust_turns",
    "wait_s",
    "with_abort_policy",
    "zero_length",
]
