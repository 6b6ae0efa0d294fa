"""What can be chosen about a bead lock."""

import math
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from .lock_control import Gains

Pace = Literal["fast", "slow"]
OnPause = Literal["hold", "keep"]
OnOutsideMove = Literal["follow", "freeze"]


@dataclass(frozen=True)
class LockOptions:
    """How a lock behaves.

    Attributes:
        interval_s: least time between two corrections [s].
        window: frames that are averaged for each.
        gains: of the control, for each axis.
        settle_s: wait after a move, beyond that of the axis itself, before frames count [s].
        error_limit_nm: a larger error is not believed, and nothing moves [nm].
        disagree_nm: reference beads that are further apart than this do not show the same drift [nm].
        reach_um: so far from where it began the lock moves an axis, and then freezes [µm].
        outside_um: what differs by more from where the lock left the axis was moved by somebody else [µm].
        on_outside_move: "follow": the lock keeps the new place; "freeze": it moves nothing until it is set again.
        on_pause: "hold": nothing moves while a plan is paused; "keep": the lock goes on.

    Raises:
        ValueError: one is out of its range.
    """

    interval_s: float = 0.2
    window: int = 10
    gains: Gains = field(default_factory=Gains)
    settle_s: float = 0.0
    error_limit_nm: float = 2000.0
    disagree_nm: float = 100.0
    reach_um: float = 10.0
    outside_um: float = 0.05
    on_outside_move: OnOutsideMove = "follow"
    on_pause: OnPause = "hold"

    def __post_init__(self) -> None:
        if not 1 <= self.window <= 1000:
            raise ValueError(f"window cannot be {self.window} frames: it is from 1 to 1000")
        for name in ("interval_s", "settle_s", "error_limit_nm", "disagree_nm", "reach_um", "outside_um"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise ValueError(f"{name} cannot be {value:g}: it is finite and at least 0")
        for name, known in (("on_outside_move", ("follow", "freeze")), ("on_pause", ("hold", "keep"))):
            if getattr(self, name) not in known:
                raise ValueError(f"{name} cannot be {getattr(self, name)!r}: it is {' or '.join(map(repr, known))}")

    @classmethod
    def of(cls, pace: Pace, **changes: Any) -> "LockOptions":
        """Return the options of a pace, with changes.

        Args:
            pace: "fast": five corrections a second, proportional and integral. "slow": one in 10 s, of half the mean
                error of 10 frames and at most 500 nm, proportional only, as a separate lock program does it.
            changes: fields that are to be different.

        Raises:
            ValueError: there is no such pace.
        """
        if pace not in ("fast", "slow"):
            raise ValueError(f"pace cannot be {pace!r}: it is 'fast' or 'slow'")
        slow = {"interval_s": 10.0, "window": 10, "gains": Gains(proportional=0.5, integral=0.0, step_limit_nm=500.0)}
        return cls(**{**(slow if pace == "slow" else {}), **changes})

    def as_plain(self) -> dict[str, Any]:
        """Return all of them as plain data."""
        return asdict(self)
