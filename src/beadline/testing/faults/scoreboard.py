"""All rows of the scoreboard, in its order."""

from . import (
    bad_camera,
    bad_profiles,
    bad_tables,
    clock_and_callbacks,
    killed_sessions,
    lost_frames,
    motion,
    odd_values,
    plan_arguments,
    second_session,
    static_rules,
)
from .outcome import Case

_MODULES = (
    killed_sessions,
    lost_frames,
    bad_camera,
    motion,
    second_session,
    odd_values,
    bad_profiles,
    plan_arguments,
    bad_tables,
    clock_and_callbacks,
    static_rules,
)
_ORDER = "PDMSITXU"

NOT_BUILT = {
    "I4": "fuzzing all public functions has no time budget here",
    "T3": "a soak of 24 h is not part of this suite",
}
"""Rows without a case, and why."""


def fault_cases() -> tuple[Case, ...]:
    """Return the cases in the order of the scoreboard."""
    found = [case for module in _MODULES for case in module.CASES]
    return tuple(sorted(found, key=lambda case: row_order(case.id)))


def row_order(row: str) -> tuple[int, int]:
    """Return what rows are sorted by: P1, P2, ..., D1, ..."""
    return _ORDER.index(row[0]), int(row[1:])
