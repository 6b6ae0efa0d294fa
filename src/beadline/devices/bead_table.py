"""The beads under study: which, where, in what role."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from ophyd_async.core import Array1D, AsyncStatus, Device, soft_signal_r_and_setter

from beadline.tracking import TrackerOptions

Role = Literal["tether", "reference", "ignored"]
ROLES: tuple[Role, ...] = ("tether", "reference", "ignored")


@dataclass(frozen=True)
class Bead:
    """One bead.

    Attributes:
        id: stable for the whole experiment.
        x_px: centre, along a row [px].
        y_px: centre, along a column [px].
        role: "tether" is studied, "reference" is stuck and tells drift, "ignored" is not tracked.
        lookup_table: file with the look-up table of this bead; None tracks x and y only.
        window_px: side of its window [px], even; None is that of the tracker.

    Raises:
        ValueError: the role or the size of the window is not one of those there are.
    """

    id: int
    x_px: float
    y_px: float
    role: Role = "tether"
    lookup_table: Path | None = None
    window_px: int | None = None

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise ValueError(f"Bead {self.id} cannot have the role {self.role!r}: roles are {', '.join(ROLES)}")
        if self.window_px is not None:
            TrackerOptions(window_px=self.window_px)  # refuses a size that cannot be tracked


class BeadTable(Device):
    """The set of beads of the next run; setting it tells the tracker."""

    def __init__(
        self,
        on_change: Callable[[], Awaitable[None]],
        check: Callable[[Sequence[Bead]], None],
        window_px: int,
        name: str = "",
    ) -> None:
        """Begin without beads.

        Args:
            on_change: called with other beads in place.
            check: raises if beads cannot be tracked.
            window_px: side of the window of a bead that has no other [px].
            name: normally given by the tracker.
        """
        self._window_px = window_px
        self._on_change = on_change
        self._check = check
        self._beads: tuple[Bead, ...] = ()
        self._next_id = 0
        self.ids, self._set_ids = soft_signal_r_and_setter(Array1D[np.int32])
        self.x_px, self._set_x = soft_signal_r_and_setter(Array1D[np.float64], units="px")
        self.y_px, self._set_y = soft_signal_r_and_setter(Array1D[np.float64], units="px")
        self.windows_px, self._set_windows = soft_signal_r_and_setter(Array1D[np.int32], units="px")
        self.roles, self._set_roles = soft_signal_r_and_setter(Sequence[str])
        super().__init__(name=name)

    @property
    def value(self) -> tuple[Bead, ...]:
        """All beads, ignored ones too."""
        return self._beads

    @property
    def next_id(self) -> int:
        """An id that no bead has had so far."""
        return self._next_id

    @property
    def tracked(self) -> tuple[Bead, ...]:
        """The beads that are tracked, in the order of the bead axis of the tracks."""
        return tuple(bead for bead in self._beads if bead.role != "ignored")

    def window_px(self, bead: Bead) -> int:
        """Return the side of the window of a bead [px]."""
        return self._window_px if bead.window_px is None else bead.window_px

    @AsyncStatus.wrap
    async def set(self, beads: Sequence[Bead]) -> None:
        """Take another set of beads.

        Raises:
            ValueError: two beads with one id, or a window outside the frame.
        """
        ids = [bead.id for bead in beads]
        if len(set(ids)) != len(ids):
            raise ValueError(f"Cannot take these beads: ids must be different, got {sorted(ids)}")
        await asyncio.to_thread(self._check, beads)
        old, self._beads = self._beads, tuple(beads)
        try:
            await self._on_change()
        except BaseException:
            self._beads = old
            raise
        self._next_id = max([self._next_id, *(number + 1 for number in ids)])
        self._publish()

    def _publish(self) -> None:
        tracked = self.tracked
        self._set_ids(np.array([bead.id for bead in tracked], dtype=np.int32))
        self._set_x(np.array([bead.x_px for bead in tracked], dtype=np.float64))
        self._set_y(np.array([bead.y_px for bead in tracked], dtype=np.float64))
        self._set_windows(np.array([self.window_px(bead) for bead in tracked], dtype=np.int32))
        self._set_roles([bead.role for bead in tracked])
