"""The magnets: height, turns, and the force they make."""

import math
import time
from typing import Any, Literal, Protocol

from bluesky.protocols import Location, Movable, Reading
from event_model import DataKey
from ophyd_async.core import (
    AsyncStatus,
    Device,
    Reference,
    StandardReadable,
    StandardReadableFormat,
    StrictEnum,
    soft_signal_rw,
)

from .instrument_clock import HostClock, InstrumentClock
from .law_in_force import ForceAgainstHeight, LawInForce, by_the_profile
from .magnet_height import MagnetHeight
from .magnet_turns import MagnetTurns
from .positioners import finished, position_of

_HOST_CLOCK = HostClock()
_LONGEST_LAW = 400
"""Bytes that documents keep for a law; a table may take more."""


class HeightAxis(Movable[float], Protocol):
    """Any positioner for the magnet height [mm]: ours, an EPICS motor, or a classic ophyd one."""

    name: str

    def read(self) -> Any:
        """Return readings, the position under the positioner's own name."""
        ...

    def stop(self, *, success: bool = False) -> Any:
        """Stop now."""
        ...


class Force(Device):
    """The force as an axis [pN], over any height axis and what is known of the magnets.

    A derived signal would read as well, but it cannot be stopped: the magnet would run on after an abort.
    """

    def __init__(self, height: Any, law: ForceAgainstHeight, name: str = "") -> None:
        """Describe the axis.

        Args:
            height: the magnet height [mm], any Bluesky positioner.
            law: force against height on its monotone branch, until a calibration takes its place.
            name: normally given by `init_devices`.
        """
        self._height: Reference[Any] = Reference(height)
        self.profile_law = law
        self.in_force = by_the_profile(law)
        super().__init__(name=name)

    @property
    def law(self) -> ForceAgainstHeight:
        """The law it follows."""
        return self.in_force.law

    def follow(self, law: LawInForce) -> None:
        """Follow this law from now on; a session does so between plans, never within one."""
        self.in_force = law

    @property
    def height(self) -> Any:
        """The height axis it moves."""
        return self._height()

    @property
    def hints(self) -> dict[str, Any]:
        """What plots show of it."""
        return {"fields": [self.name]}

    async def check_value(self, value: float) -> None:
        """Refuse a force that the law or the height's limits do not allow.

        Raises:
            ValueError: out of range, in pN or in mm.
        """
        height_mm = self.height_for(value)
        check = getattr(self.height, "check_value", None)
        if check is not None:
            answer = check(height_mm)
            if hasattr(answer, "__await__"):
                await answer

    def _check_law(self) -> None:
        """Refuse to set forces by a calibration that does not hold, as that of a flow cell that was taken out."""
        if self.in_force.objection:
            raise ValueError(f"Cannot set {self.name}: {self.in_force.objection}")
        cell = getattr(self.height, "flow_cell", None)
        holds_for = self.in_force.flow_cell
        if cell is not None and holds_for and cell.present != holds_for:
            raise ValueError(
                f"Cannot set {self.name}: it follows {self.in_force.sentence}, and meanwhile flow cell "
                f"{cell.present} is in; end this plan, the next one begins with the law for that flow cell"
            )

    def height_for(self, force_pn: float) -> float:
        """Return the height at which the magnets make a force [mm].

        Raises:
            ValueError: the law does not allow that force, or does not hold.
        """
        if not math.isfinite(force_pn):
            raise ValueError(f"Cannot set {self.name} to {force_pn}: a force is a finite number of pN")
        self._check_law()
        try:
            return float(self.law.height_mm(force_pn))
        except ValueError as error:
            raise ValueError(f"Cannot set {self.name}: {error}") from error

    @property
    def clock(self) -> InstrumentClock:
        """On which the height axis moves."""
        return getattr(self.height, "clock", _HOST_CLOCK)

    def force_at(self, height_mm: float) -> float:
        """Return the force at a height [pN]; NaN where the law says nothing, by more than the tolerance of the axis."""
        tolerance_mm = getattr(getattr(self.height, "info", None), "tolerance", 0.0)
        for near_mm in (height_mm, height_mm + tolerance_mm, height_mm - tolerance_mm):
            try:
                return float(self.law.force_pn(near_mm))
            except ValueError:
                continue
        return math.nan

    def set(self, force_pn: float) -> AsyncStatus[None]:
        """Move the magnets to the height of this force [pN]."""
        return self.clock.takes_time(AsyncStatus(self._move(force_pn)))

    async def _move(self, force_pn: float) -> None:
        await self.check_value(force_pn)
        with self.clock.behind_another():
            await finished(self.height.set(self.height_for(force_pn)))

    async def stop(self, success: bool = False) -> None:  # noqa: FBT002 - the signature is bluesky's
        """Stop the height axis."""
        answer = self.height.stop(success=success)
        if hasattr(answer, "__await__"):
            await answer

    async def _height_mm(self) -> float:
        return await position_of(self.height)

    async def locate(self) -> Location[float]:
        """Return the force at the read-back height, as read-back and set-point; NaN where the law says nothing."""
        force_pn = self.force_at(await self._height_mm())
        return Location(setpoint=force_pn, readback=force_pn)

    async def read(self) -> dict[str, Reading[float]]:
        now = time.time()  # noqa: TID251 - a time stamp of a document, not a deadline
        return {self.name: Reading(value=self.force_at(await self._height_mm()), timestamp=now)}

    async def describe(self) -> dict[str, DataKey]:
        source = f"beadline://{self.name}"
        return {self.name: DataKey(source=source, dtype="number", dtype_numpy="<f8", shape=[], units="pN", precision=3)}

    async def read_configuration(self) -> dict[str, Reading[Any]]:
        now = time.time()  # noqa: TID251 - a time stamp of a document, not a deadline
        return {f"{self.name}-law": Reading(value=self.law.as_json(), timestamp=now)}

    async def describe_configuration(self) -> dict[str, DataKey]:
        longest = max(_LONGEST_LAW, len(self.law.as_json().encode()))
        return {
            f"{self.name}-law": DataKey(
                source=f"beadline://{self.name}-law", dtype="string", dtype_numpy=f"|S{longest}", shape=[]
            )
        }


class OnAbort(StrictEnum):
    """What the magnets do when a plan is aborted or fails."""

    HOLD = "hold"
    RETRACT = "retract"
    PARK_FORCE = "park_force"


class Magnets(StandardReadable):
    """Height [mm], turns, and force [pN] of the magnets, and what becomes of them when a plan is aborted."""

    def __init__(
        self,
        height: MagnetHeight,
        turns: MagnetTurns,
        law: ForceAgainstHeight,
        *,
        on_abort: Literal["hold", "retract", "park_force"] = "hold",
        park_force_pn: float = 1.0,
        up_mm: float | None = None,
        pair: str = "",
        name: str = "",
    ) -> None:
        """Put them together.

        Args:
            height: magnet height.
            turns: magnet rotation.
            law: force against height, as long as there is no calibration.
            on_abort: "hold" leaves the magnets where they are, "retract" moves them up, "park_force" to a low force;
                can be changed later, `RE(bps.mv(magnets.on_abort, "retract"))`.
            park_force_pn: that force [pN].
            up_mm: where the magnets are up [mm]; by default as far as the axis goes.
            pair: which magnets these are, for their calibrations; by default the name of the device.
            name: normally given by `init_devices`.
        """
        with self.add_children_as_readables(StandardReadableFormat.CHILD):
            self.height = height
            self.turns = turns
        with self.add_children_as_readables(StandardReadableFormat.CONFIG_SIGNAL):
            self.on_abort = soft_signal_rw(OnAbort, OnAbort(on_abort))
            self.park_force_pn = soft_signal_rw(float, park_force_pn, units="pN")
        self.force = Force(height, law)
        self._up_mm = up_mm
        self._pair = pair
        super().__init__(name=name)

    @property
    def pair(self) -> str:
        """Which magnets these are: a calibration of others is not theirs."""
        return self._pair or self.name

    @property
    def up_mm(self) -> float:
        """Height at which the magnets are up [mm].

        Raises:
            ValueError: nobody has said, and the axis has no end.
        """
        up_mm = self.height.info.high if self._up_mm is None else self._up_mm
        if up_mm is None:
            raise ValueError(
                f"Cannot tell how far up {self.name} go: the axis has no upper limit; give Magnets an up_mm"
            )
        return up_mm
