"""Whether and when a worker that has died is started again."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class RestartPolicy:
    """What becomes of a worker that has died or hangs.

    Attributes:
        when: "never", after a "crash" (anything but exit code 0, or a hang), or "always".
        delay_s: how long after its end it is started again [s].
        growth: how much longer each time it happens again.
        longest_delay_s: no longer than that [s].
        limit: so many restarts ...
        within_s: ... within this time, and it is given up [s].
    """

    when: Literal["never", "crash", "always"] = "never"
    delay_s: float = 0.2
    growth: float = 2.0
    longest_delay_s: float = 30.0
    limit: int = 5
    within_s: float = 60.0

    def __post_init__(self) -> None:
        if self.when not in ("never", "crash", "always"):
            raise ValueError(f"Cannot restart a worker {self.when!r}: it is 'never', 'crash' or 'always'")
        for name, least in {"delay_s": 0, "growth": 1, "longest_delay_s": 0, "limit": 1, "within_s": 0}.items():
            if not getattr(self, name) >= least:
                raise ValueError(f"{name} of a restart cannot be {getattr(self, name):g}: it is at least {least}")

    def wants(self, *, crashed: bool) -> bool:
        """Tell whether a worker that has ended is started again."""
        return self.when == "always" or (self.when == "crash" and crashed)


NEVER = RestartPolicy()
ON_CRASH = RestartPolicy("crash", delay_s=0.05, growth=4.0)


class Restarts:
    """The restarts of one worker, on the monotonic clock."""

    def __init__(self, policy: RestartPolicy, clock: Callable[[], float] = time.monotonic) -> None:
        self.policy = policy
        self.count = 0
        self._clock = clock
        self._at: deque[float] = deque(maxlen=policy.limit)

    def _recent(self) -> int:
        return sum(self._clock() - each < self.policy.within_s for each in self._at)

    @property
    def exhausted(self) -> bool:
        """Whether it has been restarted as often as it may be."""
        return self._recent() >= self.policy.limit

    def delay_s(self) -> float:
        """Return how long to wait before the next restart [s]: longer, the more there were lately."""
        return min(self.policy.delay_s * self.policy.growth ** self._recent(), self.policy.longest_delay_s)

    def note(self) -> None:
        """A restart takes place now."""
        self.count += 1
        self._at.append(self._clock())
