"""What an experiment does: generators of messages that check everything first and never touch hardware."""

from .bead_choice import NoBeadsFound, find_beads
from .bead_edits import add_bead, move_bead, remove_beads, set_role
from .checks import check_moves
from .endings import ended_by, root_cause, staged
from .focus_sweep import make_lookup_table
from .forces import set_force
from .frames import take_continuously, take_step, take_steps, wait_s
from .instrument_time import on_instrument_time
from .live_stream import live
from .locking import bead_lock_decorator, bead_lock_wrapper, hold_beads
from .recording import record, step_record
from .runs import in_run

__all__ = [
    "NoBeadsFound",
    "add_bead",
    "bead_lock_decorator",
    "bead_lock_wrapper",
    "check_moves",
    "ended_by",
    "find_beads",
    "hold_beads",
    "in_run",
    "live",
    "make_lookup_table",
    "move_bead",
    "on_instrument_time",
    "record",
    "remove_beads",
    "root_cause",
    "set_force",
    "set_role",
    "staged",
    "step_record",
    "take_continuously",
    "take_step",
    "take_steps",
    "wait_s",
]
