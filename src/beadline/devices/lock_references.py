"""What several reference beads say together about one axis."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Verdict:
    """How far the references are from where they should be.

    Attributes:
        error_nm: mean over those that are used [nm]; NaN when there is nothing to go by.
        used: which were used, shape (beads,).
        reason: why there is nothing to go by, or "" when there is.
        latched: whether this was the first look, which made the set-points.
    """

    error_nm: float
    used: NDArray[np.bool_]
    reason: str = ""
    latched: bool = False


class References:
    """Knows where each reference bead should be; each has a set-point of its own, so one can stand in for another."""

    def __init__(self, beads: int, disagree_nm: float) -> None:
        """Begin without set-points: the first look makes them.

        Args:
            beads: how many.
            disagree_nm: beads that are further apart do not show the same drift [nm].
        """
        self._points_nm = np.full(beads, np.nan)
        self._disagree_nm = disagree_nm

    def forget(self) -> None:
        """Have no set-points: the next look makes new ones."""
        self._points_nm[:] = np.nan

    def judge(self, means_nm: Floats) -> Verdict:
        """Compare the beads with their set-points.

        Of three or more, those that are far from the median are left out; two that disagree say nothing. A bead
        without a set-point, because it was lost when the others got theirs, gets one that agrees with the others.

        Args:
            means_nm: mean of each bead over a window [nm], shape (beads,); NaN for a lost one.
        """
        seen = np.isfinite(means_nm)
        none = np.zeros(len(means_nm), bool)
        if not seen.any():
            return Verdict(np.nan, none, "all reference beads are lost")
        if not np.isfinite(self._points_nm).any():
            self._points_nm[seen] = means_nm[seen]
            return Verdict(0.0, seen, latched=True)
        errors_nm = means_nm - self._points_nm
        known = np.isfinite(errors_nm)
        if not known.any():
            return Verdict(np.nan, none, "all reference beads with a set-point are lost")
        used = known & (np.abs(errors_nm - np.median(errors_nm[known])) <= self._disagree_nm)
        if known.sum() == 2 and np.ptp(errors_nm[known]) > self._disagree_nm:
            used = none
        if not used.any():
            return Verdict(np.nan, none, f"the reference beads disagree by more than {self._disagree_nm:g} nm")
        error_nm = float(errors_nm[used].mean())
        new = seen & ~np.isfinite(self._points_nm)
        self._points_nm[new] = means_nm[new] - error_nm
        return Verdict(error_nm, used)
