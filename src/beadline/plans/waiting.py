"""Wait, ask a person, tell a person, and do something again and again."""

import logging
import math
from collections.abc import Callable, Generator
from typing import Any

from bluesky import Msg
from bluesky import plan_stubs as bps
from bluesky.utils import MsgGenerator

from .arguments import plan
from .checks import above_zero, at_least
from .frames import wait_s

log = logging.getLogger("beadline.plans")
YES, NO = ("y", "yes"), ("n", "no")


class NotConfirmed(RuntimeError):
    """A person, or whoever answers for them, said no."""


@plan
def timed_wait(
    duration_s: float, reason: str = "waiting", report_every_s: float = 10.0, say: Callable[[str], None] = log.info
) -> MsgGenerator[None]:
    """Wait, and tell from time to time how long still.

    Moves nothing; can be paused at any time.

    Args:
        duration_s: how long [s], on the clock of the instrument.
        reason: what for.
        report_every_s: how often to tell [s].
        say: told each line.

    Raises:
        ValueError: an argument is out of range.
    """
    at_least("duration_s", duration_s, 0, "s")
    above_zero("s", report_every_s=report_every_s)
    slices = max(1, math.ceil(duration_s / report_every_s))
    for number in range(slices):
        yield from bps.checkpoint()
        say(f"{reason}: {duration_s * (slices - number) / slices:.0f} s of {duration_s:.0f} s to go")
        yield from wait_s(duration_s / slices)
    yield from bps.checkpoint()


@plan
def confirm(question: str, answer: bool | None = None) -> MsgGenerator[None]:
    """Ask a person, and go on only if the answer is yes.

    Moves nothing.

    Args:
        question: that can be answered by yes or no.
        answer: that of a person who will not be there; nobody is asked then, and the log says so.

    Raises:
        NotConfirmed: the answer is no, or neither yes nor no.
        ValueError: there is no question.
    """
    if not question.strip():
        raise ValueError("question cannot be empty: say what is to be confirmed")
    if answer is not None:
        log.info("%s %s, answered beforehand", question, "yes" if answer else "no")
        given = YES[0] if answer else NO[0]
    else:
        given = str((yield from bps.input_plan(f"{question} [y/n] ")) or "").strip().lower()
    if given not in YES:
        what = "no" if given in NO else f"{given!r}, which is neither yes nor no"
        raise NotConfirmed(f"Not confirmed: {question} The answer was {what}")


@plan
def notify(message: str, say: Callable[[str], None] = log.warning) -> MsgGenerator[None]:
    """Tell a person something, and go on.

    Moves nothing. During a run the message is in its log.txt as well.

    Args:
        message: what to tell.
        say: told it; for mail or chat, any function that takes a line.
    """
    say(message)
    yield from bps.null()


@plan
def time_lapse(
    make_plan: Callable[[], Generator[Msg, Any, Any]],
    times: int,
    every_s: float,
    say: Callable[[str], None] = log.info,
) -> MsgGenerator[list[Any]]:
    """Run a plan again and again, waiting in between, and return what each time returned.

    Moves what the plan moves, and nothing in between.

    Args:
        make_plan: makes the plan anew each time: `lambda: record(camera, [tracker], duration_s=10)`.
        times: how often.
        every_s: how long to wait from the end of one to the beginning of the next [s].
        say: told how it goes.

    Raises:
        ValueError: an argument is out of range.
    """
    at_least("times", times, 1)
    at_least("every_s", every_s, 0, "s")
    results: list[Any] = []
    for number in range(times):
        if number:
            yield from timed_wait(every_s, f"until {number + 1} of {times}", max(10.0, every_s / 10), say)
        results.append((yield from make_plan()))
    return results
