"""What a fault did: the pass rule of every row."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


class NotRun(RuntimeError):
    """A case cannot be run here; the message says why. It is shown, and never counted as survived."""


@dataclass
class Outcome:
    """What became of the faults of one row.

    Attributes:
        injected: how many faults were injected.
        lost_frames: frames that had been acknowledged and are gone.
        lost_events: events that had been acknowledged and are gone.
        doubled: documents or frames that are there twice.
        hardware_safe: whether, after each fault, the camera was disarmed and no axis moved.
        failures: what was not as promised, one sentence each.
        figures: what was measured, with the unit in the name.
    """

    injected: int = 0
    lost_frames: int = 0
    lost_events: int = 0
    doubled: int = 0
    hardware_safe: bool = True
    failures: list[str] = field(default_factory=list[str])
    figures: dict[str, Any] = field(default_factory=dict[str, Any])

    def require(self, condition: object, otherwise: str) -> None:
        """Note a failure, unless the condition holds."""
        if not condition:
            self.failures.append(otherwise)

    def require_named(self, sentence: str, *names: str) -> None:
        """Note a failure, unless a message names what has failed."""
        missing = [name for name in names if name not in sentence]
        self.require(not missing, f"the message does not name {missing}: {sentence or 'there is none'}")

    def require_safe(self, moving: str) -> None:
        """Note that the hardware was left unsafe, unless `moving` is empty, which says what still does something."""
        if moving:
            self.hardware_safe = False
            self.failures.append(f"the hardware was not left safe: {moving}")

    def worst(self, **figures: float) -> None:
        """Keep the greatest value of each figure."""
        for name, value in figures.items():
            self.figures[name] = round(max(value, self.figures.get(name, value)), 4)

    @property
    def survived(self) -> bool:
        """Whether all of the pass rule holds: nothing lost, nothing doubled, safe, and nothing else was wrong."""
        lost = self.lost_frames or self.lost_events or self.doubled
        return bool(self.injected and not lost and self.hardware_safe and not self.failures)


Run = Callable[[int, Path, bool], Outcome]


@dataclass(frozen=True)
class Case:
    """One row of the scoreboard.

    Attributes:
        id: of the row.
        injected: what is injected, in a few words.
        promise: what is promised then.
        run: injects it: called with a seed, an empty folder, and whether to do all of it or the short form.
        fast: whether its short form is quick enough for every change.
        deadline_s: how long its full form may take before it counts as hung [s].
    """

    id: str
    injected: str
    promise: str
    run: Run
    fast: bool = True
    deadline_s: float = 600.0
