"""The rotation of the magnets: turns are counted on and on, also across restarts, and never homed."""

import math
from dataclasses import asdict, dataclass
from typing import Any

from ophyd_async.core import StandardReadableFormat

from beadline.hardware import Axis, AxisInfo, AxisState

from .kept_facts import KeptFacts
from .live_signal import live_r, live_rw
from .motion import ARRIVAL_POLL_S, AxisSource, Motor
from .workbench import Workbench

FILE = "magnet_turns.json"
AGREE_TURNS = 0.01
"""Store and controller say the same within this, or within three tolerances of the axis if they are more."""
STANDSTILL_POLLS = 400


@dataclass(frozen=True, slots=True)
class TurnsRecord:
    """What is kept of the turns.

    Attributes:
        reached: where the magnets stood last [turns].
        heading: where they were sent from there and have not been seen to arrive [turns]; None at rest.
        offset: counted turns less those of the controller [turns].
    """

    reached: float
    heading: float | None = None
    offset: float = 0.0


class CountedTurns:
    """A rotation whose turns are kept: what is intended before each move, what was reached after it."""

    def __init__(self, axis: Axis, kept: KeptFacts) -> None:
        self.record = TurnsRecord(math.nan)
        self._axis = axis
        self._kept = kept
        self._agreed = False
        self._tolerance = AGREE_TURNS
        if hasattr(axis, "clock"):
            self.clock: Any = getattr(axis, "clock")  # noqa: B009 - not every axis has one

    def open(self) -> AxisInfo:
        """Describe the axis; when it is opened first, see what is known of its turns."""
        info = self._axis.open()
        self._tolerance = max(AGREE_TURNS, 3 * info.tolerance)
        if math.isnan(self.record.reached):
            facts = self._kept.read()
            if facts:
                self.record = TurnsRecord(**facts)
            else:
                self._write(TurnsRecord(self._axis.state().position))
        return info

    def state(self) -> AxisState:
        """Read counted turns and motion."""
        state = self._axis.state()
        return AxisState(state.position + self.record.offset, state.moving)

    def refuse_if_in_doubt(self, name: str) -> None:
        """Refuse to turn if the store and the controller do not say the same.

        Raises:
            RuntimeError: with both numbers, and what decides.
        """
        now, record = self.state(), self.record
        if now.moving and record.heading is not None:
            return
        if now.moving:
            raise RuntimeError(
                f"Cannot turn {name}: it turns already, now at {now.position:.3f} turns, and not by a command of this "
                "session; wait until it stands still"
            )
        low, high = sorted((record.reached, record.reached if record.heading is None else record.heading))
        if self._agreed:  # a move of this session may have been stopped on its way
            agrees = low - self._tolerance <= now.position <= high + self._tolerance
        else:
            expected = record.reached if record.heading is None else record.heading
            agrees = abs(now.position - expected) <= self._tolerance
        if agrees:
            self._agreed = True
            return
        shown, under_way = name.replace("-", "."), ""
        if record.heading is not None:
            under_way = f", and a move to {record.heading:.3f} turns was under way"
        raise RuntimeError(
            f"Cannot turn {name}: the store says {record.reached:.3f} turns{under_way}, "
            f"the controller {now.position:.3f} turns; decide which is right with "
            f'RE(trust_turns({shown}, "stored")) or RE(trust_turns({shown}, "controller"))'
        )

    def move(self, target: float, speed: float | None = None) -> None:
        """Keep what is intended, then start the move."""
        self._write(TurnsRecord(self.state().position, target, self.record.offset))
        if speed is None:
            self._axis.move(target - self.record.offset)
        else:
            self._axis.move(target - self.record.offset, speed)

    def stop(self) -> None:
        """Stop now."""
        self._axis.stop()

    def close(self) -> None:
        """Disconnect."""
        self._axis.close()

    def settle(self) -> bool:
        """Keep what was reached; return whether the axis stands still, for only then it is known."""
        now = self.state()
        if not now.moving and self.record.heading is not None:
            self._write(TurnsRecord(now.position, None, self.record.offset))
        return not now.moving

    def trust(self, source: str) -> None:
        """Decide by the word of a person which number is right.

        Raises:
            ValueError: neither "stored" nor "controller".
            RuntimeError: the axis moves.
        """
        now = self.state()
        if now.moving:
            raise RuntimeError(f"Cannot decide between turns while the axis moves, now at {now.position:.3f} turns")
        if source == "stored":
            offset = self.record.offset + self.record.reached - now.position
            self._write(TurnsRecord(self.record.reached, None, offset))
        elif source == "controller":
            self._write(TurnsRecord(now.position, None, self.record.offset))
        else:
            raise ValueError(f'Cannot trust {source!r}: say "stored" or "controller"')
        self._agreed = True

    def _write(self, record: TurnsRecord) -> None:
        self._kept.write(asdict(record))
        self.record = record


class MagnetTurns(Motor):
    """The magnet rotation [turns]: cumulative, unlimited, and kept in the data folder.

    Turns are a property of the molecules, so nothing here homes or zeroes them or takes a shorter way; a controller
    that has lost its count is found out, and a person decides.
    """

    def __init__(self, source: AxisSource, workbench: Workbench, *, keep: bool = True, name: str = "") -> None:
        """Describe the axis; nothing happens before it is connected.

        Args:
            source: returns the `hardware.Axis` once it is there, for example `lambda: camera.axis("magnet_turns")`.
            workbench: has the data folder.
            keep: False for a sample that is new with every session, as in a simulation.
            name: normally given by `init_devices`.
        """
        kept = KeptFacts(workbench.data / FILE if keep and workbench.data is not None else None)
        self.kept = keep and workbench.data is not None
        """Whether the next session counts on from here."""
        self._counted: CountedTurns | None = None

        async def counted() -> Axis:
            self._counted = CountedTurns(await source(), kept)
            return self._counted

        with self.add_children_as_readables(StandardReadableFormat.CONFIG_SIGNAL):
            self.offset = live_r(float, lambda: self._counted.record.offset if self._counted else 0.0, units="turns")
        self.trusted = live_rw(str, lambda: "", self._trust)
        super().__init__(counted, unit="turns", name=name)

    async def _trust(self, source: str) -> None:
        if self._counted is not None:
            await self.clock.ask(self._counted.trust, source)

    async def check(self, position: float) -> None:
        """Refuse what is no number, and to turn while it is not known where the magnets are.

        Raises:
            ValueError: not a finite number.
            RuntimeError: the store and the controller differ.
        """
        if not math.isfinite(position):
            raise ValueError(f"Cannot move {self.name} to {position}: a position is a finite number")
        await self.ask()
        if self._counted is not None:
            await self.clock.ask(self._counted.refuse_if_in_doubt, self.name)

    async def arrived(self) -> None:
        if self._counted is not None:
            await self.clock.ask(self._counted.settle)

    async def halt(self) -> None:
        """Stop now, and keep where the magnets came to rest."""
        await super().halt()
        for _ in range(STANDSTILL_POLLS):
            if self._counted is None or await self.clock.ask(self._counted.settle):
                return
            await self.clock.poll(ARRIVAL_POLL_S, 0.0)
