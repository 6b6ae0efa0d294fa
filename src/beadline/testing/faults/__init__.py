"""Faults, one module per cause, and the suite that injects them into real processes, files and the simulated world."""

from .one_case import run_case
from .outcome import Case, NotRun, Outcome
from .published import faults_as_markdown
from .scoreboard import fault_cases
from .suite import faults_headline, run_faults

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
