"""The begin of a lab day: what is ready, and what is missing."""

import logging
from collections.abc import Callable
from typing import Any

from bluesky import plan_stubs as bps
from bluesky.utils import MsgGenerator

from beadline.devices import Camera, Lamp, Magnets, Motor, Tracker

from .arguments import plan
from .asking import all_of
from .checks import check_moves
from .endings import root_cause

log = logging.getLogger("beadline.plans")


class NotReady(RuntimeError):
    """Something is missing for an experiment."""


@plan
def startup(
    camera: Camera,
    tracker: Tracker,
    magnets: Magnets,
    focus: Motor,
    lamp: Lamp | None = None,
    tables: bool = False,  # noqa: FBT002 - arguments of a plan come by name
    say: Callable[[str], Any] = log.info,
) -> MsgGenerator[list[str]]:
    """Say what is homed, which limits are known, and how camera, lamp and look-up tables are; refuse if one is missing.

    Moves nothing.

    Args:
        camera: frame rate and exposure are told.
        tracker: beads and look-up tables are told.
        magnets: must be homed, know the limit of the flow cell, and know their turns.
        focus: must be homed.
        lamp: must be on.
        tables: whether every bead that is tracked must have a look-up table.
        say: told each sentence; at the prompt `print`, by default they go into the log.

    Returns:
        The sentences.

    Raises:
        NotReady: names all that is missing, and what to do.
    """
    found, missing = _Findings(say), _Findings(lambda _: None)
    yield from _look_at_magnets(magnets, found, missing)
    yield from all_of([focus.ask])
    _tell_home(focus, found, missing)
    rate_hz, exposure_s = (yield from bps.rd(camera.frame_rate_hz)), (yield from bps.rd(camera.exposure_s))
    found.add(f"{camera.name}: {rate_hz:g} frames/s, exposure {1000 * exposure_s:g} ms")
    if lamp is not None:
        level = yield from bps.rd(lamp.level_percent)
        found.add(f"{lamp.name}: {level:g} %")
        if not level > 0:
            missing.add(f"{lamp.name} is off; switch it on with RE(bps.mv({lamp.name}.level_percent, 60))")
    beads = tracker.beads.tracked
    without = [bead.id for bead in beads if bead.lookup_table is None]
    found.add(f"{tracker.name}: {len(beads)} beads, {len(beads) - len(without)} of them with a look-up table")
    if tables and (without or not beads):
        which = f"beads {without} have no look-up table" if beads else "there are no beads"
        missing.add(f"{which}; use find_beads and make_lookup_table")
    if missing.sentences:
        raise NotReady("Not ready: " + "; ".join(missing.sentences))
    return found.sentences


class _Findings:
    """Sentences, each told when it is found."""

    def __init__(self, say: Callable[[str], Any]) -> None:
        self.sentences: list[str] = []
        self._say = say

    def add(self, sentence: str) -> None:
        self.sentences.append(sentence)
        self._say(sentence)


def _look_at_magnets(magnets: Magnets, found: _Findings, missing: _Findings) -> MsgGenerator[None]:
    height, turns = magnets.height, magnets.turns
    yield from all_of([height.ask, turns.ask])
    _tell_home(height, found, missing)
    limit, present = height.flow_cell.limit, height.flow_cell.present
    height_mm = yield from bps.rd(height)
    if limit is None:
        which = f"flow cell {present}" if present else "the flow cell, of which nobody has said which it is"
        missing.add(f"no limit is known of {which}; find it with touch_off")
    else:
        found.add(f"{height.name}: at {height_mm:.3f} mm, may go down to {limit.sentence()}")
    turned = yield from bps.rd(turns)
    try:
        yield from check_moves(turns, [turned])
    except RuntimeError as doubt:
        missing.add(root_cause(doubt))
    else:
        found.add(f"{turns.name}: at {turned:.3f} turns, as they were left")


def _tell_home(motor: Motor, found: _Findings, missing: _Findings) -> None:
    if motor.info.homed:
        found.add(f"{motor.name}: homed")
    else:
        missing.add(f"{motor.name} is not homed; home it at its controller, with the magnets up")
