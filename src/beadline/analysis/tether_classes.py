"""What holds a bead: one molecule that coils, a nicked one, two, or the surface; each verdict with its reason."""

from dataclasses import dataclass
from typing import Literal

from .attachment import RotationCircle
from .hat_curves import HatCurve

Class = Literal["coilable", "nicked", "double", "stuck", "undecided"]
Sign = Literal["coilable", "nicked", "double", "flat", "winds", "single"]
NAMED: tuple[Literal["coilable", "nicked", "double"], ...] = ("coilable", "nicked", "double")
CONTRADICTIONS = (
    {"coilable", "nicked"},
    {"coilable", "double"},
    {"nicked", "double"},
    {"nicked", "winds"},
    {"coilable", "flat"},
    {"double", "single"},
)

STUCK_BELOW, WHOLE_FROM, WHOLE_TO = 0.5, 0.85, 1.05
STILL_LOSS, FLAT_LOSS, SHORTER_LOSS = 0.05, 0.10, 0.15
LEAST_ALIKE = 0.5
FLAT_HAT = 0.10
LARGEST_ASYMMETRY_OF_A_HAT = 0.08
DOUBLE_PERSISTENCE_NM, SINGLE_PERSISTENCE_NM = (15.0, 32.0), (38.0, 60.0)
LEAST_OFF_CENTRE = 0.3
SIGMAS = 3.0


@dataclass(frozen=True)
class TetherEvidence:
    """What was measured of one tether; None is not measured.

    Attributes:
        relative_extension: extension at the highest force over the contour length of the construct.
        loss_negative: share of the extension that is lost by turning it by some 6 % of its relaxed turns to the
            negative at 2 to 3 pN: half as far again as it takes one molecule to buckle.
        loss_positive: the same to the positive.
        expected_loss: what one molecule that coils would lose to the positive by these turns; where that is little, no
            loss does not make it nicked.
        hat: hat curve at 0.3 to 0.5 pN.
        hat_loss: (greatest - least extension) / greatest extension of that curve.
        persistence_nm: from a force-extension curve [nm].
        circle: of the bead as the magnets turn.
        bead_radius_nm: for the circle [nm].
    """

    relative_extension: float | None = None
    loss_negative: float | None = None
    loss_positive: float | None = None
    expected_loss: float | None = None
    hat: HatCurve | None = None
    hat_loss: float | None = None
    persistence_nm: float | None = None
    circle: RotationCircle | None = None
    bead_radius_nm: float | None = None


@dataclass(frozen=True)
class TetherClass:
    """What a tether is.

    Attributes:
        name: "coilable", "nicked", "double", "stuck", or "undecided".
        reason: for it, in words with the numbers.
        off_centre: whether it is attached off the vertical axis of its bead; None if that is not known.
        off_centre_reason: for that.
    """

    name: Class
    reason: str
    off_centre: bool | None
    off_centre_reason: str


def classify_tether(evidence: TetherEvidence) -> TetherClass:
    """Say what holds a bead.

    Two tethers shorten in both directions at any force, one coilable molecule of DNA only to the positive above 0.6 pN,
    where underwound DNA melts; a nicked one answers no turns. Valid for double-stranded DNA.

    Args:
        evidence: what was measured.
    """
    name, reason = _verdict(evidence)
    off_centre, why = _off_centre(evidence)
    return TetherClass(name, reason, off_centre, why)


def _verdict(seen: TetherEvidence) -> tuple[Class, str]:
    extension = seen.relative_extension
    if extension is not None and extension < STUCK_BELOW:
        return "stuck", f"at the highest force it is {extension:.2f} of the contour long, below {STUCK_BELOW:g}"
    if extension is not None and extension > WHOLE_TO:
        return "undecided", f"it is {extension:.2f} of the contour long: the contour length or the surface are wrong"
    votes = [vote for vote in (_by_turning(seen), _by_hat(seen), _by_persistence(seen)) if vote is not None]
    said = {name for name, _ in votes}
    reasons = "; ".join(reason for _, reason in votes)
    if not votes:
        return "undecided", "nothing tells: turn it"
    if any(pair <= said for pair in CONTRADICTIONS):
        return "undecided", f"signs contradict each other: {reasons}"
    named: list[Class] = [name for name in NAMED if name in said]
    if not named and "flat" in said:
        named = ["nicked"]
    if not named:
        return "undecided", f"{reasons}; two molecules may do so too: turn it to both sides at 2 to 3 pN"
    name = named[0]
    if extension is not None and extension < WHOLE_FROM and name != "double":
        reasons += f"; but at the highest force it is only {extension:.2f} of the contour long"
    return name, reasons


def _by_turning(seen: TetherEvidence) -> tuple[Sign, str] | None:
    low, high = seen.loss_negative, seen.loss_positive
    if low is None or high is None:
        return None
    said = f"turned at high force it loses {100 * low:.0f} % to the negative and {100 * high:.0f} % to the positive"
    if low <= STILL_LOSS and high <= STILL_LOSS:
        if seen.expected_loss is not None and seen.expected_loss < SHORTER_LOSS:
            return None
        return "nicked", f"{said}: it does not coil"
    if min(low, high) > STILL_LOSS and min(low, high) >= LEAST_ALIKE * max(low, high):
        return "double", f"{said}: two molecules wind about each other"
    if low <= FLAT_LOSS and high >= SHORTER_LOSS:
        return "coilable", f"{said}: it coils, and melts when underwound"
    return None


def _by_hat(seen: TetherEvidence) -> tuple[Sign, str] | None:
    if seen.hat is None or seen.hat_loss is None:
        return None
    hat, loss = seen.hat, f"its hat curve at low force loses {100 * seen.hat_loss:.0f} %"
    if seen.hat_loss < FLAT_HAT:
        return "flat", f"{loss}: it does not coil"
    if abs(hat.asymmetry) + hat.asymmetry_error <= LARGEST_ASYMMETRY_OF_A_HAT:
        return "winds", f"{loss}, alike on both sides (asymmetry {hat.asymmetry:.2f} ± {hat.asymmetry_error:.2f})"
    return None


def _by_persistence(seen: TetherEvidence) -> tuple[Sign, str] | None:
    value = seen.persistence_nm
    if value is None:
        return None
    if DOUBLE_PERSISTENCE_NM[0] <= value <= DOUBLE_PERSISTENCE_NM[1]:
        return "double", f"a persistence length of {value:.0f} nm, half of one molecule, is that of two side by side"
    if SINGLE_PERSISTENCE_NM[0] <= value <= SINGLE_PERSISTENCE_NM[1]:
        return "single", f"a persistence length of {value:.0f} nm is that of one molecule"
    return None


def _off_centre(seen: TetherEvidence) -> tuple[bool | None, str]:
    circle = seen.circle
    if circle is None or seen.bead_radius_nm is None:
        return None, "no circle was measured: turn the magnets at low force"
    least = LEAST_OFF_CENTRE * seen.bead_radius_nm
    said = f"the bead goes on a circle of {circle.radius_nm:.0f} ± {circle.radius_error_nm:.0f} nm"
    if circle.radius_nm - SIGMAS * circle.radius_error_nm > least:
        return True, f"{said}, which hides {circle.shortening_nm:.0f} nm of its extension"
    if circle.radius_nm + SIGMAS * circle.radius_error_nm < least:
        return False, f"{said}, less than {least:.0f} nm"
    return None, f"{said}, about {least:.0f} nm: measure longer"
