"""For tests, here and in other labs: faults that are injected on purpose, and whether they are survived."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .faults import Case, NotRun, Outcome, fault_cases, faults_as_markdown, faults_headline, run_case, run_faults

__all__ = [
    "Case",
    "NotRun",
    "Outcome",
    "fault_cases",
    "faults_as_markdown",
    "faults_headline",
    "run_case",
    "run_faults",
]


def __getattr__(name: str) -> Any:
    """Load the fault suite, and with it a whole session, when it is asked for."""
    if name in __all__:
        from . import faults  # noqa: PLC0415 - takes seconds

        return getattr(faults, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
