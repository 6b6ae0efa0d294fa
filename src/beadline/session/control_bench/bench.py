"""The bench of run control."""

from collections.abc import Callable
from typing import Any

import numpy as np

from .cancels import cancels
from .pauses import pauses
from .stand import stand
from .storm import storms

RECORDING_S = 60.0
STORM_ROUNDS, STORM_FRAMES = {False: 5, True: 15}, {False: 1500, True: 4000}


def bench_control(
    number: int = 200,
    *,
    full: bool = False,
    seed: int = 1,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Cancel, pause and question plans, and return what that cost and whether it was as promised.

    Args:
        number: of cancels.
        full: cancel and pause on the real clock, where the short form is in lock-step, and take longer over questions.
        seed: of all that is random.
        say: told what happens.

    Returns:
        `cancels`, `pauses` and `storm`, see `cancels`, `pauses` and `storms`, and `met`: whether all of them are.

    Raises:
        ValueError: no cancels.
    """
    if number < 1:
        raise ValueError(f"Cannot bench {number} cancels: take at least one")
    rng = np.random.default_rng(seed)
    clock = "real" if full else "lock-step"
    with stand(clock) as session:
        say(f"cancel {number} plans, each followed by a complete run")
        cancelled = cancels(session, number, rng, say)
        say(f"pause steps, and {RECORDING_S:g} s of recording")
        paused = pauses(session, rng, RECORDING_S)
    with stand("lock-step") as session:
        storm = storms(session, STORM_ROUNDS[full], STORM_FRAMES[full], say)
    met = (
        cancelled["met"] and all(each["met"] for each in paused) and storm["thread"]["met"] and storm["process"]["met"]
    )
    return {
        "clock": clock,
        "seed": seed,
        "cancels": cancelled,
        "pauses": paused,
        "storm": storm,
        "met": met,
    }
