"""What an experiment does: generators of messages that check everything first and never touch hardware."""

from .abort_policy import leave_safely, move_away, with_abort_policy
from .bead_choice import NoBeadsFound, find_beads
from .bead_edits import add_bead, move_bead, remove_beads, set_role
from .checks import check_moves
from .endings import ended_by, root_cause, staged
from .focus_sweep import make_lookup_table
from .forces import set_force
from .frames import take_continuously, take_step, take_steps, wait_s
from .instrument_time import on_instrument_time
from .live_stream import live
from .parking import park
from .recording import record, step_record
from .runs import in_run
from .starting_up import NotReady, startup
from .touching_off import TouchOffGivenUp, touch_off
from .turn_counts import trust_turns

__all__ = [
    "NoBeadsFound",
    "NotReady",
    "TouchOffGivenUp",
    "add_bead",
    "check_moves",
    "ended_by",
    "find_beads",
    "in_run",
    "leave_safely",
    "live",
    "make_lookup_table",
    "move_away",
    "move_bead",
    "on_instrument_time",
    "park",
    "record",
    "remove_beads",
    "root_cause",
    "set_force",
    "set_role",
    "staged",
    "startup",
    "step_record",
    "take_continuously",
    "take_step",
    "take_steps",
    "touch_off",
    "trust_turns",
    "wait_s",
    "with_abort_policy",
]
