"""All rows of the scoreboard, in its order."""

from . import (
    bad_camera,
    bad_folders,
    bad_profiles,
    bad_tables,
    clock_and_callbacks,
    cut_power,
    damaged_catalogue,
    full_disk,
    interrupted_plans,
    killed_sessions,
    killed_tracker,
    killed_workers,
    lagging_catalogue,
    lost_frames,
    missing_camera,
    motion,
    odd_values,
    open_doors,
    paths_from_outside,
    plan_arguments,
    runaway_lock,
    script_in_metadata,
    second_session,
    signals,
    starved,
    static_rules,
)
from .outcome import Case

_MODULES = (
    killed_sessions,
    killed_tracker,
    killed_workers,
    cut_power,
    lost_frames,
    bad_camera,
    missing_camera,
    motion,
    runaway_lock,
    interrupted_plans,
    full_disk,
    bad_folders,
    lagging_catalogue,
    damaged_catalogue,
    second_session,
    signals,
    odd_values,
    bad_profiles,
    plan_arguments,
    bad_tables,
    clock_and_callbacks,
    starved,
    open_doors,
    paths_from_outside,
    script_in_metadata,
    static_rules,
)
_ROWS = {"P": 7, "D": 7, "M": 7, "S": 6, "I": 4, "T": 4, "X": 6, "U": 2}
"""How many rows the scoreboard has of each kind."""
_ELSEWHERE = {
    "I4": "fuzzing all public functions takes a day",
    "T3": "a soak takes a day",
    "X1": "nothing listens: there is no server yet, see X5",
    "X2": "nothing listens: there is no server yet, see X5",
    "U2": "installation from a clean environment is not tried from within one",
}


def fault_cases() -> tuple[Case, ...]:
    """Return the cases in the order of the scoreboard."""
    found = [case for module in _MODULES for case in module.CASES]
    return tuple(sorted(found, key=lambda case: row_order(case.id)))


def row_order(row: str) -> tuple[int, int]:
    """Return what rows are sorted by: P1, P2, ..., D1, ..."""
    return list(_ROWS).index(row[0]), int(row[1:])


def rows_without_a_case() -> dict[str, str]:
    """Return why the other rows of the scoreboard cannot be run, by id."""
    there = {case.id for case in fault_cases()}
    rows = [f"{kind}{number}" for kind, count in _ROWS.items() for number in range(1, count + 1)]
    return {row: _ELSEWHERE.get(row, "there is no case for it yet") for row in rows if row not in there}
