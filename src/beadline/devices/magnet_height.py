"""The height of the magnets, which cannot come nearer to the sample than is known to be safe."""

import math
from collections.abc import Iterable

from ophyd_async.core import StandardReadableFormat

from beadline.hardware import AxisInfo

from .flow_cell import FlowCell, HeightLimit
from .live_signal import live_r
from .motion import AxisSource, Leg, Motor

SLOW_BELOW_MM = 2.0
"""How far above the limit the approach becomes slow [mm]."""
SLOW_MM_PER_S = 1.0
PROBE_STEP_MM = 0.5
"""Longest move toward the sample while its limit is being looked for [mm]."""
READ_BACK_S = 0.05
SPAN_S = 0.2
"""Time over which a speed is read back [s]: shorter ones tell how late the host was."""


def check_height(
    name: str, at_mm: float, to_mm: float, info: AxisInfo, limit: HeightLimit | None, *, probing: bool = False
) -> None:
    """Refuse a move toward the sample that is not known to be safe; one away from it is always allowed.

    Args:
        name: of the axis.
        at_mm: where the magnets are [mm].
        to_mm: where they are to go [mm]; nearer to the sample is less.
        info: what the axis says of itself.
        limit: of the flow cell that is in; None if it is not known.
        probing: whether the limit is being looked for, in short steps.

    Raises:
        ValueError: not a finite number, outside the range of the axis, or below the limit.
        RuntimeError: the axis is not homed, or there is no limit.
    """
    if not math.isfinite(to_mm):
        raise ValueError(f"Cannot move {name} to {to_mm}: a position is a finite number")
    low = 0.0 if info.low is None else info.low
    high = math.inf if info.high is None else info.high
    if to_mm > high:
        raise ValueError(f"Cannot move {name} to {to_mm:g} mm: its range is {low:g} to {high:g} mm")
    if to_mm >= at_mm:
        return
    way = f"Cannot move {name} toward the sample, from {at_mm:.3f} to {to_mm:g} mm"
    if not info.homed:
        raise RuntimeError(f"{way}: it is not homed; move it away from the sample and home it at its controller")
    if to_mm < low:
        raise ValueError(f"Cannot move {name} to {to_mm:g} mm: its range is {low:g} to {high:g} mm")
    if probing:
        if at_mm - to_mm > PROBE_STEP_MM + info.tolerance:
            raise ValueError(f"{way}: as long as the limit is not known, a step is at most {PROBE_STEP_MM:g} mm")
    elif limit is None:
        shown = name.replace("-", ".")
        raise RuntimeError(
            f"{way}: nobody has said how near it may come in this flow cell; find the limit with the plan touch_off, "
            f'or say with RE(bps.mv({shown}.flow_cell.id, "…")) which flow cell is in'
        )
    elif to_mm < limit.limit_mm:
        raise ValueError(
            f"Cannot move {name} to {to_mm:g} mm: its range is {limit.limit_mm:g} to {high:g} mm; "
            f"the lowest is {limit.sentence()}"
        )


class MagnetHeight(Motor):
    """The magnet height [mm]: a motor that keeps the limit of the flow cell, and nears it slowly.

    Toward the sample it moves only when it is homed and the limit is known, in the last 2 mm before that at no more
    than 1 mm/s. Away from the sample it moves always.
    """

    def __init__(self, source: AxisSource, flow_cell: FlowCell, name: str = "") -> None:
        """Describe the axis; nothing happens before it is connected.

        Args:
            source: returns the `hardware.Axis` once it is there, for example `lambda: camera.axis("magnet_height")`.
            flow_cell: knows how near the magnets may come.
            name: normally given by `init_devices`.
        """
        self.approach: list[tuple[float, float]] = []
        """Times on the instrument's clock [s] and heights [mm] read back during the last slow approach."""
        self._approaching = False
        self._probing = False
        with self.add_children_as_readables(StandardReadableFormat.CHILD):
            self.flow_cell = flow_cell
        with self.add_children_as_readables(StandardReadableFormat.CONFIG_SIGNAL):
            self.approach_mm_per_s = live_r(float, lambda: fastest(self.approach), units="mm/s")
        super().__init__(source, unit="mm", name=name)

    @property
    def probing(self) -> bool:
        """Whether the limit is being looked for."""
        return self._probing

    async def begin_probing(self) -> None:
        """Let the magnets pass the limit in short steps, until `end_probing` or a stop; for plans that look for it."""
        self._probing = True

    def end_probing(self) -> None:
        """Keep the limit again."""
        self._probing = False

    async def halt(self) -> None:
        """Stop now, and keep the limit again."""
        self.end_probing()
        await super().halt()

    async def check(self, position: float) -> None:
        """Refuse a move that is not known to be safe, see `check_height`."""
        await self.check_course([position])

    async def check_course(self, positions: Iterable[float], start_mm: float | None = None) -> None:
        """Refuse moves of which one is not known to be safe, each judged from where the one before it ends.

        Args:
            positions: where the magnets are to go, one after the other [mm].
            start_mm: where they are before the first [mm]; by default where they are now.

        Raises:
            ValueError: not a finite number, outside the range of the axis, or below the limit.
            RuntimeError: the axis is not homed, or there is no limit.
        """
        info = await self.ask()
        if self._axis is None:
            return
        at_mm = (await self.clock.ask(self._axis.state)).position if start_mm is None else start_mm
        for position in positions:
            check_height(self.name, at_mm, position, info, self.flow_cell.limit, probing=self._probing)
            at_mm = position

    def legs(self, start: float, target: float) -> list[Leg]:
        fast, slow_below_mm = self.info.speed, self._slow_below_mm()
        if target >= min(start, slow_below_mm):
            return [Leg(target, fast)]
        slow = Leg(target, min(fast, SLOW_MM_PER_S), READ_BACK_S)
        return [slow] if start <= slow_below_mm else [Leg(slow_below_mm, fast), slow]

    def _slow_below_mm(self) -> float:
        """Return the height below which the approach is slow [mm]: everywhere if the limit is not known."""
        limit = None if self._probing else self.flow_cell.limit
        return math.inf if limit is None else limit.limit_mm + SLOW_BELOW_MM

    def begin(self, target: float) -> None:
        """Start the axis, slowly if the move ends near the limit, wherever it was begun."""
        nearer = target < self.axis.state().position
        self._approaching = nearer and target < self._slow_below_mm()
        if not self._approaching:
            self.axis.move(target)
            return
        self.approach = []
        self.axis.move(target, min(self.info.speed, SLOW_MM_PER_S))

    def saw(self, position: float) -> None:
        if self._approaching:
            self.approach.append((self.clock.now(), position))

    async def arrived(self) -> None:
        self._approaching = False


def fastest(approach: list[tuple[float, float]]) -> float:
    """Return the greatest speed that was read back over 0.2 s or more [mm/s]; NaN if nothing was."""
    speeds, first = [], 0
    for last, (time_s, height_mm) in enumerate(approach):
        while first + 1 < last and time_s - approach[first + 1][0] >= SPAN_S:
            first += 1
        passed_s = time_s - approach[first][0]
        if passed_s >= SPAN_S:
            speeds.append(abs(height_mm - approach[first][1]) / passed_s)
    return max(speeds, default=math.nan)
