"""Find how near the magnets may come to the flow cell, with the eyes of a person."""

from datetime import UTC, datetime
from typing import Any

from bluesky import plan_stubs as bps
from bluesky.utils import MsgGenerator

from beadline.devices import HeightLimit, Magnets, check_text

from .abort_policy import move_away
from .arguments import plan
from .asking import all_of
from .checks import at_least
from .frames import read_event
from .runs import in_run

LONGEST_STEP_MM = 0.5
LEAST_MARGIN_MM = 0.2
FINE = 0.2
"""A fine step, in units of a step."""


class TouchOffGivenUp(RuntimeError):
    """The person at the microscope did not want to go on."""


@plan
def touch_off(
    magnets: Magnets,
    flow_cell: str,
    operator: str,
    step_mm: float = 0.2,
    margin_mm: float = 0.3,
    touch_at_mm: float | None = None,
    md: dict[str, Any] | None = None,
) -> MsgGenerator[HeightLimit]:
    """Lower the magnets step by step until a person says that they touch the flow cell, and return its limit.

    Each step is asked for, is no faster than 1 mm/s, and is an event of the run. The limit is the height at the touch
    plus a margin; when the person confirms it, it is kept for this flow cell, which is said to be in. Ends with the
    magnets where they were before; if it is given up or aborted, nothing is kept. Moves no other axis.

    Args:
        magnets: homed; begin with them in sight of the flow cell.
        flow_cell: id of the flow cell that is in.
        operator: who looks.
        step_mm: how far down at a time [mm], up to 0.5 mm; fine steps are a fifth of it.
        margin_mm: how far above the touch the magnets have to stay from now on [mm], at least 0.2 mm.
        touch_at_mm: without a person: the height that is taken for the touch [mm], as on a simulated microscope.
        md: metadata for the run.

    Raises:
        ValueError: an argument is out of range.
        TouchOffGivenUp: the person did not want to go on, or did not confirm the limit.
    """
    check_text("flow_cell", flow_cell)
    check_text("operator", operator)
    at_least("margin_mm", margin_mm, LEAST_MARGIN_MM, "mm")
    if not 0 < step_mm <= LONGEST_STEP_MM:
        raise ValueError(f"step_mm cannot be {step_mm:g} mm: it is above 0 and at most {LONGEST_STEP_MM:g} mm")
    if touch_at_mm is not None:
        at_least("touch_at_mm", touch_at_mm, 0, "mm")
    height = magnets.height
    start_mm = yield from bps.rd(height)
    if touch_at_mm is not None and touch_at_mm > start_mm:
        raise ValueError(f"touch_at_mm cannot be {touch_at_mm:g} mm: the magnets are at {start_mm:.3f} mm, below that")
    plan_md = {
        "plan_name": "touch_off",
        "flow_cell": flow_cell,
        "operator": operator,
        "step_mm": step_mm,
        "margin_mm": margin_mm,
        "attended": touch_at_mm is None,
        **(md or {}),
    }
    found: list[HeightLimit] = []

    def search() -> MsgGenerator[None]:
        yield from all_of([height.begin_probing])
        touched_mm = yield from _down(magnets, step_mm, touch_at_mm)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        limit = HeightLimit(flow_cell, round(touched_mm + margin_mm, 3), operator, now, round(touched_mm, 3))
        question = f"touched at {touched_mm:.3f} mm; keep the limit {limit.sentence()}? [y/n] "
        if touch_at_mm is None and (yield from _ask(question, "yn")) == "n":
            raise TouchOffGivenUp("The limit was not confirmed: nothing was kept")
        yield from bps.abs_set(height.flow_cell, limit, wait=True)
        found.append(limit)

    def searching() -> MsgGenerator[None]:
        try:
            yield from search()
        finally:  # also after a halt, which runs no messages
            height.end_probing()

    yield from in_run(searching(), plan_md)
    yield from move_away(magnets, start_mm)
    return found[0]


def _down(magnets: Magnets, step_mm: float, touch_at_mm: float | None) -> MsgGenerator[float]:
    """Go down until it is said that the magnets touch, and return where that was [mm]."""
    while True:
        readings = yield from read_event("touch_off", [magnets.height])
        now_mm = float(readings[magnets.height.name]["value"])
        if touch_at_mm is None:
            question = f"magnets at {now_mm:.3f} mm: [d]own {step_mm:g} mm, [f]ine step down, [t]hey touch, [q]uit? "
            answer = yield from _ask(question, "dftq")
        else:
            answer = "d" if now_mm - touch_at_mm > magnets.height.info.tolerance else "t"
        if answer == "q":
            raise TouchOffGivenUp(f"Touching off was given up at {now_mm:.3f} mm: nothing was kept")
        if answer == "t":
            return now_mm
        target_mm = now_mm - (step_mm * FINE if answer == "f" else step_mm)
        target_mm = target_mm if touch_at_mm is None else max(target_mm, touch_at_mm)
        # A step that was taken is not taken again after a pause.
        yield from bps.clear_checkpoint()
        yield from bps.mv(magnets.height, target_mm)


def _ask(question: str, answers: str) -> MsgGenerator[str]:
    """Ask a person until the answer is one of the letters."""
    while True:
        answer = yield from bps.input_plan(question)
        letter = str(answer or "").strip().lower()[:1]
        if letter and letter in answers:
            return letter
