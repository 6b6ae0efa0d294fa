"""The flow cell under the magnets, and how near to it they may come."""

import asyncio
import math
from dataclasses import asdict, dataclass

from ophyd_async.core import AsyncStatus, StandardReadable, StandardReadableFormat

from beadline.documents import utc_now

from .connecting import OpenFirst
from .kept_facts import KeptFacts
from .live_signal import live_r, live_rw
from .workbench import Workbench

FILE = "flow_cells.json"
LONGEST_TEXT = 40
"""Characters of a name: what documents keep of a text."""


@dataclass(frozen=True, slots=True)
class HeightLimit:
    """How near the magnets may come in one flow cell.

    Attributes:
        flow_cell: its id.
        limit_mm: least magnet height allowed [mm].
        set_by: who says so.
        set_at: when, as ISO 8601.
        touched_mm: height at which the magnets touched the flow cell [mm], if that is how the limit was found.

    Raises:
        ValueError: a height that is none, or a name that is missing or too long.
    """

    flow_cell: str
    limit_mm: float
    set_by: str
    set_at: str
    touched_mm: float | None = None

    def __post_init__(self) -> None:
        check_text("flow_cell", self.flow_cell)
        check_text("set_by", self.set_by)
        if not (math.isfinite(self.limit_mm) and self.limit_mm >= 0):
            raise ValueError(f"The limit of a flow cell cannot be {self.limit_mm:g} mm: it is at least 0 mm")

    def sentence(self) -> str:
        """Say it."""
        return f"{self.limit_mm:g} mm in flow cell {self.flow_cell} (set by {self.set_by}, {self.set_at})"


def check_text(name: str, text: str) -> None:
    """Refuse a name that is empty or longer than documents keep.

    Raises:
        ValueError: with what is allowed.
    """
    if not 0 < len(text.strip()) <= LONGEST_TEXT:
        raise ValueError(f"{name} cannot be {text!r}: it has 1 to {LONGEST_TEXT} characters")


class FlowCell(StandardReadable):
    """Which flow cell is in, and its limit for the magnet height, kept in the data folder for each flow cell.

    `RE(bps.mv(flow_cell.id, "B7"))` says that another one was put in; `set` takes a `HeightLimit`, for the plan
    `touch_off`.
    """

    def __init__(
        self, workbench: Workbench, flow_cell: str = "", declared_limit_mm: float | None = None, name: str = ""
    ) -> None:
        """Describe it; nothing is read before it is connected.

        Args:
            workbench: has the data folder.
            flow_cell: id of the one that is in when the session starts; by default the one that was in last.
            declared_limit_mm: limit of that one [mm], as long as none was found by touching.
            name: normally given by the magnets.
        """
        self._kept = KeptFacts(None if workbench.data is None else workbench.data / FILE)
        self._id = flow_cell
        self._declared: HeightLimit | None = None
        if declared_limit_mm is not None:
            self._declared = HeightLimit(flow_cell, declared_limit_mm, "the profile", "at the start")
        with self.add_children_as_readables(StandardReadableFormat.CONFIG_SIGNAL):
            self.id = live_rw(str, lambda: self.present, self._put_in)
            self.limit_mm = live_r(float, lambda: self.limit.limit_mm if self.limit else math.nan, units="mm")
            self.set_by = live_r(str, lambda: self.limit.set_by if self.limit else "")
            self.set_at = live_r(str, lambda: self.limit.set_at if self.limit else "")
        super().__init__(name=name, connector=OpenFirst(self._compare_with_the_last))

    @property
    def present(self) -> str:
        """Id of the flow cell that is in; empty if nobody has ever said."""
        return self._id or str(self._kept.read().get("present", ""))

    @property
    def changed_at(self) -> str:
        """When another flow cell was put in last, ISO 8601, as far as that was said; empty if never."""
        return str(self._kept.read().get("changed_at", ""))

    @property
    def limit(self) -> HeightLimit | None:
        """Limit of the flow cell that is in; None as long as it is not known."""
        return self.limit_of(self.present)

    def limit_of(self, flow_cell: str) -> HeightLimit | None:
        """Return the limit of a flow cell; None if it is not known."""
        found = self._kept.read().get("limits", {}).get(flow_cell)
        if found is not None:
            return HeightLimit(flow_cell, **found)
        declared = self._declared
        return declared if declared is not None and declared.flow_cell == flow_cell else None

    async def _put_in(self, flow_cell: str) -> None:
        check_text("flow_cell", flow_cell)
        await asyncio.to_thread(self._keep, flow_cell)

    @AsyncStatus.wrap
    async def set(self, value: HeightLimit) -> None:
        """Keep the limit of a flow cell, and say that this one is in."""
        await asyncio.to_thread(self._keep, value.flow_cell, value)

    def _keep(self, flow_cell: str, limit: HeightLimit | None = None) -> None:
        facts = self._kept.read()
        limits = dict(facts.get("limits", {}))
        if limit is not None:
            limits[flow_cell] = {name: each for name, each in asdict(limit).items() if name != "flow_cell"}
        before = self.present
        changed_at = utc_now() if before and flow_cell != before else self.changed_at
        self._kept.write({"present": flow_cell, "limits": limits, "changed_at": changed_at})
        self._id = flow_cell

    async def _compare_with_the_last(self) -> None:
        """Keep the flow cell of the profile; if another one was in last, it was changed meanwhile."""
        await asyncio.to_thread(self._keep_the_declared)

    def _keep_the_declared(self) -> None:
        facts = self._kept.read()
        last = facts.get("present", "")
        if self._id and self._id != last:
            changed_at = utc_now() if last else self.changed_at
            self._kept.write({**facts, "present": self._id, "changed_at": changed_at})
