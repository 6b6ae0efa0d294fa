"""Which law a force axis follows, and why this one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray


class ForceAgainstHeight(Protocol):
    """What the magnets do: `beadline.physics.ForceLaw`, a measured `ForceTable`, or what else can say it both ways."""

    def force_pn(self, height_mm: ArrayLike) -> NDArray[np.float64]:
        """Return the force at a height; a `ValueError` says where it is not known."""
        ...

    def height_mm(self, force_pn: ArrayLike) -> NDArray[np.float64]:
        """Return the height of a force; a `ValueError` says which forces cannot be made."""
        ...

    def as_json(self) -> str:
        """Return it as text for documents, numbers and where they come from."""
        ...


@dataclass(frozen=True)
class LawInForce:
    """A law of the force, and where it comes from.

    Attributes:
        law: force against height.
        sentence: where it comes from, in words.
        source: the same for the start document of a run, plain data.
        flow_cell: the one for which it holds; empty if for any.
        measured_pn: between which forces it was measured [pN]; None if nothing is known of that.
        objection: why no force can be set by it, in a sentence; empty if one can.
    """

    law: ForceAgainstHeight
    sentence: str
    source: Mapping[str, Any]
    flow_cell: str = ""
    measured_pn: tuple[float, float] | None = None
    objection: str = ""

    def remark(self, force_pn: float) -> str:
        """Say that a force is beyond what was measured; empty if it is not."""
        if self.measured_pn is None or self.measured_pn[0] <= force_pn <= self.measured_pn[1]:
            return ""
        low, high = self.measured_pn
        return f"{force_pn:.4g} pN is extrapolated: the calibration was measured from {low:.3g} to {high:.3g} pN"


def by_the_profile(law: ForceAgainstHeight, why: str = "", **further: Any) -> LawInForce:
    """Return the law of the profile, with the reason why it is that one."""
    told = {"from": "profile", **({"why": why} if why else {}), **further}
    return LawInForce(law, f"the law of the profile{f': {why}' if why else ''}", told)
