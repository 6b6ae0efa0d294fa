"""Change the force at a constant rate, up and down, while recording."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from bluesky import plan_stubs as bps
from bluesky.utils import MsgGenerator, short_uid

from beadline.devices import Camera, Force, FrameBooks, FrameMoment, FrameSpan, Numbers, RingDetector

from .arguments import plan
from .checks import above_zero, at_least, check_moves, names, something_to_do
from .endings import staged
from .frames import linger_s, read_event, take_while, wait_s
from .runs import in_run

TICK_S = 0.05
"""How often the magnets get a new target and are read back [s]."""
SHORTEST_S = 1e-6
"""What is left of a ramp at its end, by rounding [s]."""
LATE_TICKS = 8
"""A longer delay is a pause: the ramp goes on from the force it had got to, rather than jumping to a later one."""
FASTEST_SHARE = 0.5
"""Of the speed of the magnets: they stop at each target, and so are on average half as fast as that."""
COLLECT_TICKS = 20
UNITS = {"from_pn": "pN", "to_pn": "pN", "rate_pn_per_s": "pN/s"}
FOUND = {"realised_rate_pn_per_s": "pN/s", "greatest_deviation_pn": "pN", "interrupted": ""}


@plan
def force_ramp(
    camera: Camera,
    consumers: Sequence[RingDetector],
    force: Force,
    from_pn: float,
    to_pn: float,
    rate_pn_per_s: float,
    hold_s: float = 1.0,
    repeats: int = 1,
    back: bool = True,  # noqa: FBT002 - arguments of a plan come by name
    md: dict[str, Any] | None = None,
) -> MsgGenerator[str]:
    """Change the force at a constant rate, and back, and return the uid of the run.

    Forces and the speed this takes are checked before anything moves. Ends at from_pn, or without the way back at
    to_pn; whatever ends it early leaves the magnets where they are. One recording without gaps. The stream `magnets`
    has the height and force read back every 50 ms, each with the (fractional) id of the frame at that moment, by which
    they can be interpolated to the frames. Each ramp is an event of the stream `ramps`, with its first and last frame
    and what became of it: the rate by a straight line through the read-back, its greatest deviation from that line, and
    how often it was `interrupted`: after a pause it goes on from the force that it had got to, and the line is one on
    each side of the pause, of the same slope.

    Args:
        camera: the clock of the recording.
        consumers: what to do with each frame: the tracker, the recorder, or both.
        force: the force axis.
        from_pn: where to begin [pN].
        to_pn: where to go, higher or lower [pN].
        rate_pn_per_s: how fast the force changes, above 0 in either direction [pN/s].
        hold_s: how long to stay at each end [s].
        repeats: how many times; in between the magnets jump back if `back` is False.
        back: whether to go back at the same rate.
        md: metadata for the run.

    Raises:
        ValueError: an argument is out of range, the magnets cannot make a force, or not as fast as that.
    """
    above_zero("pN/s", rate_pn_per_s=rate_pn_per_s)
    at_least("hold_s", hold_s, 0, "s")
    at_least("repeats", repeats, 1)
    if from_pn == to_pn:
        raise ValueError(f"to_pn cannot be {to_pn:g} pN: a ramp ends at another force than it begins at")
    something_to_do(consumers)
    yield from check_moves(force, [from_pn, to_pn])
    _check_speed(force, from_pn, to_pn, rate_pn_per_s)
    books, ramp = FrameBooks(camera, consumers), _Ramp(camera, consumers, force, rate_pn_per_s)

    def protocol() -> MsgGenerator[None]:
        for _ in range(repeats):
            yield from bps.checkpoint()
            yield from bps.mv(force, from_pn)
            yield from linger_s(camera, consumers, hold_s)
            yield from ramp.between(from_pn, to_pn)
            yield from linger_s(camera, consumers, hold_s)
            if back:
                yield from ramp.between(to_pn, from_pn)

    plan_md = {
        "plan_name": "force_ramp",
        "forces_pn": [from_pn, to_pn],
        "rate_pn_per_s": rate_pn_per_s,
        "hold_s": hold_s,
        "repeats": repeats,
        "back": back,
        **names(camera, consumers),
        **(md or {}),
    }
    run = in_run(take_while(camera, consumers, protocol(), books), plan_md, books.sentence)
    return (yield from staged(run, [camera, *consumers]))


class _Ramp:
    """Follows straight lines of force against time, on the clock of the instrument."""

    def __init__(self, camera: Camera, consumers: Sequence[RingDetector], force: Force, rate_pn_per_s: float) -> None:
        self._camera = camera
        self._consumers = consumers
        self._force = force
        self._rate = rate_pn_per_s
        self._span = FrameSpan(camera, UNITS, name="ramp")
        self._moment = FrameMoment(camera)
        self._found = Numbers(FOUND, name="ramp_found")
        self._pieces: list[list[tuple[float, float]]] = [[]]

    def between(self, from_pn: float, to_pn: float) -> MsgGenerator[None]:
        """Go from the force at which the magnets are to another one, and say how that went."""
        numbers = {"from_pn": from_pn, "to_pn": to_pn, "rate_pn_per_s": self._rate}
        yield from bps.abs_set(self._span, numbers, wait=True)
        self._pieces = [[]]
        yield from self._follow(from_pn, to_pn)
        yield from bps.abs_set(self._found, _straightness(self._pieces), wait=True)
        yield from read_event("ramps", [self._span, self._found])
        yield from bps.checkpoint()

    def _follow(self, from_pn: float, to_pn: float) -> MsgGenerator[None]:
        length_s, sign = abs(to_pn - from_pn) / self._rate, np.sign(to_pn - from_pn)
        last_s, along_s, ahead_s, ticks = (yield from self._read_back(np.inf)), 0.0, TICK_S, 0
        target_s = 0.0
        while length_s - min(along_s, target_s) > SHORTEST_S:  # also who is late at the end is sent there
            target_s = min(along_s + ahead_s, length_s)  # the force when the move will be over
            group = short_uid("ramp")
            yield from bps.checkpoint()
            yield from bps.abs_set(self._force, float(from_pn + sign * self._rate * target_s), group=group)
            yield from wait_s(max(0.0, min(TICK_S, target_s - along_s)))
            yield from bps.wait(group)
            now_s = yield from self._read_back(last_s)
            if _interrupted(last_s, now_s):
                along_s, ahead_s = target_s, TICK_S
            else:
                ahead_s = max(now_s - last_s, TICK_S)
                along_s += now_s - last_s
            last_s, ticks = now_s, ticks + 1
            if ticks % COLLECT_TICKS == 0:
                yield from linger_s(self._camera, self._consumers, 0.0)

    def _read_back(self, last_s: float) -> MsgGenerator[float]:
        """Read moment and magnets into one event, and return the time on the instrument's clock [s]."""
        readings = yield from read_event("magnets", [self._moment, self._force.height, self._force])
        now_s = float(readings[f"{self._moment.name}-time_s"]["value"])
        if _interrupted(last_s, now_s):
            self._pieces.append([])
        self._pieces[-1].append((now_s, float(readings[self._force.name]["value"])))
        return now_s


def _interrupted(last_s: float, now_s: float) -> bool:
    return now_s - last_s > LATE_TICKS * TICK_S


def _straightness(pieces: Sequence[Sequence[tuple[float, float]]]) -> dict[str, float]:
    """Return the slope of straight lines through times and forces, and how far from them the forces are at most.

    There is a line for each piece between interruptions, and all have the same slope.
    """
    centred = np.concatenate([np.array(piece) - np.mean(piece, axis=0) for piece in pieces])
    times, forces = centred.T
    spread = float(times @ times)
    slope = float(times @ forces) / spread if spread > 0 else np.nan
    deviation = float(np.abs(forces - slope * times).max())
    return {
        "realised_rate_pn_per_s": slope,
        "greatest_deviation_pn": deviation,
        "interrupted": float(len(pieces) - 1),
    }


def _check_speed(force: Force, from_pn: float, to_pn: float, rate_pn_per_s: float) -> None:
    """Refuse a ramp for which the magnets are too slow somewhere, if it is known how fast they may go there."""
    legs = getattr(force.height, "legs", None)
    if legs is None:
        return
    forces = np.linspace(from_pn, to_pn, 201)
    heights = force.law.height_mm(forces)
    needed = np.abs(np.diff(heights) / np.diff(forces)) * rate_pn_per_s
    allowed = np.array([min(leg.speed for leg in legs(at, to)) for at, to in pairwise(heights.tolist())])
    slowest = int((allowed / needed).argmin())
    share = FASTEST_SHARE * float(allowed[slowest] / needed[slowest])
    if share < 1:
        raise ValueError(
            f"rate_pn_per_s cannot be {rate_pn_per_s:g} pN/s: at {forces[slowest]:g} pN {force.height.name} would have "
            f"to go at {needed[slowest]:.3g} mm/s, and in small steps it can do {FASTEST_SHARE * allowed[slowest]:g} "
            f"mm/s there; {rate_pn_per_s * share:.3g} pN/s is possible here"
        )
