"""One axis of a bead lock: what it measures, how it decides, and where it may go."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from beadline.tracks import column_index

from .lock_control import PIControl
from .lock_options import LockOptions
from .lock_references import References
from .positioners import finished, position_of

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Decision:
    """What a lock does about an axis now.

    Attributes:
        reason: "correction", "limited", "latched", or why nothing moves; "" when there is nothing to say.
        error_nm: measured position less the wanted one [nm]; NaN when it is not known.
        correction_nm: by how much to lower the measured position [nm].
        target_um: where the axis has to go for that [µm]; None when it stays.
        used: which reference beads were used, shape (beads,).
    """

    reason: str
    error_nm: float
    correction_nm: float
    target_um: float | None
    used: NDArray[np.bool_]


class LockedAxis:
    """An axis, its controller, and the set-points of the reference beads along it."""

    def __init__(
        self, axis: Any, column: str, nm_per_track: float, nm_per_um: float, beads: int, options: LockOptions
    ) -> None:
        """Begin without set-points.

        Args:
            axis: any positioner that counts in µm.
            column: of the tracks, which shows the error.
            nm_per_track: nanometres of the sample in one unit of that column.
            nm_per_um: by how much the measured position rises when the axis moves up by 1 µm [nm]; has a sign.
            beads: number of reference beads.
            options: of the lock.
        """
        self.axis = axis
        self.frozen = ""
        """Why it moves nothing any more; "" as long as it may."""
        self._references = References(beads, options.disagree_nm)
        self._control = PIControl(options.gains)
        self._options = options
        self._column = column_index(column)
        self._nm_per_track = nm_per_track
        self._nm_per_um = nm_per_um
        self._nobody = np.zeros(beads, bool)
        self._began_um = self._left_um = np.nan

    @property
    def position_um(self) -> float:
        """Where the lock left the axis [µm]; NaN before it has looked."""
        return self._left_um

    @property
    def drift_nm_per_s(self) -> float:
        """What it has learnt of the drift of the measured position [nm/s]."""
        return self._control.drift_nm_per_s

    def rest(self) -> None:
        """Begin again after a time without corrections."""
        self._control.rest()

    async def moved_by_others(self) -> str:
        """Say that somebody else has moved the axis since the last time, and see to it; "" when nobody has."""
        now_um = await position_of(self.axis)
        way_um = now_um - self._left_um
        if abs(way_um) <= self._options.outside_um:
            return ""
        # Who moves the axis knows where it may be: the reach counts from there.
        self._began_um = self._left_um = now_um
        if np.isnan(way_um):
            return ""
        self._references.forget()
        self.rest()
        what = f"moved by somebody else, by {way_um:.3g} µm"
        if self._options.on_outside_move == "freeze":
            self.frozen = f"{what}: frozen until the lock is set again"
            return self.frozen
        return f"{what}: the set-point follows"

    def decide(self, tracks: Floats, time_s: float, offset_nm: float = 0.0) -> Decision:
        """Decide what to do.

        Args:
            tracks: of the reference beads over a window, shape (frames, beads, columns), NaN where not valid.
            time_s: mean time of the window [s].
            offset_nm: how far above their set-points the beads are wanted [nm].
        """
        verdict = self._references.judge(self._means_nm(tracks))
        error_nm = verdict.error_nm - offset_nm
        reason = f"holds: {verdict.reason}" if verdict.reason else ""
        if not reason and abs(error_nm) > self._options.error_limit_nm:
            reason = f"holds: the error is beyond {self._options.error_limit_nm:g} nm"
        if reason:
            self.rest()
            return Decision(reason, error_nm, 0.0, None, verdict.used)
        correction = self._control.correct(error_nm, time_s)
        target_um = self._left_um - correction.nm / self._nm_per_um
        way_um = abs(target_um - self._began_um)
        if way_um > self._options.reach_um:
            self.frozen = (
                f"frozen: {self.axis.name} would be {way_um:.3g} µm from where the lock began, "
                f"and may be {self._options.reach_um:g} µm; look at the reference beads and set the lock again"
            )
            return Decision(self.frozen, error_nm, 0.0, None, verdict.used)
        if verdict.latched:
            reason = "latched"
        elif correction.nm:
            reason = "limited" if correction.limited else "correction"
        moves = None if correction.nm == 0 else target_um
        return Decision(reason, error_nm, correction.nm, moves, verdict.used)

    def stays(self, reason: str) -> Decision:
        """Return the decision to do nothing, for a reason that is not in the tracks."""
        return Decision(reason, np.nan, 0.0, None, self._nobody)

    async def move(self, target_um: float) -> None:
        """Move the axis and wait until it is there, unless it has been frozen meanwhile; one that fails is frozen."""
        if self.frozen:
            return
        self._left_um = target_um
        try:
            await finished(self.axis.set(target_um))
        except Exception as error:  # noqa: BLE001 - whatever its driver raises: the run goes on, and the lock does not
            self.frozen = self.frozen or f"frozen: {self.axis.name} could not be moved: {error}"

    def _means_nm(self, tracks: Floats) -> Floats:
        """Return the mean position of each bead [nm], shape (beads,); NaN if less than half a window is valid."""
        values = tracks[..., self._column] * self._nm_per_track
        count = np.isfinite(values).sum(axis=0)
        return np.where(2 * count >= len(values), np.nansum(values, axis=0) / np.maximum(count, 1), np.nan)
