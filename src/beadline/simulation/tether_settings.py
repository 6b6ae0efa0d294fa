"""What can be chosen about the molecules of the sample, checked."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from beadline.physics import BellRate, Hairpin

from .checked_numbers import Ranges, checked, number

CLASSES = ("coilable", "nicked", "double", "stuck", "off-centre", "sticky")
_RANGES: Ranges = {
    "stretch_pn": (50, 1e5, "pN"),
    "twist_nm": (20, 300, "nm"),
    "plectoneme_twist_nm": (5, 60, "nm"),
    "pitch_nm": (1, 10, "nm"),
    "field_angle_deg": (-360, 360, "°"),
}
_EVENTS: dict[str, tuple[str, ...]] = {
    "hairpin": ("equilibrium_pn", "opening_nm", "barrier_nm", "rate_per_s"),
    "enzyme": ("rate_per_s", "distance_nm", "reference_pn", "turns"),
    "rupture": ("rate_per_s", "distance_nm", "reference_pn"),
}


@dataclass(frozen=True)
class TetherSettings:
    """The molecules of the sample as plain data.

    Classes: `coilable`, one molecule that cannot untwist; `nicked`, one that can; `double`, two nicked ones on a bead;
    `stuck`, one that lies on the surface but for a part of 10 to 40 %; `off-centre`, a coilable one attached 20 to 50°
    from the lowest point of the bead; `sticky`, a coilable one whose bead is caught by the surface when it comes near.

    Attributes:
        classes: share of the tethers of each class; they add up to 1.
        stretch_pn: stretch modulus [pN]; None for molecules that do not stretch.
        twist_nm: twist persistence length [nm].
        plectoneme_twist_nm: twist persistence length of a plectoneme [nm].
        pitch_nm: contour per turn of the double helix [nm].
        field_angle_deg: direction of the field on the sensor with the magnets at 0 turns, from x towards y [°]; it
            turns with the magnets.
        rolling: whether beads roll about the field; without, they move across it as along it.
        hairpin: fields of `beadline.physics.Hairpin` but the temperature; None is a molecule without one.
        enzyme: `rate_per_s`, `distance_nm` and `reference_pn` of `beadline.physics.BellRate`, and `turns` it takes out
            of a buckled molecule at a time; None is none.
        rupture: those three for the bond that holds the bead; None for one that lasts.
    """

    classes: Mapping[str, float] = field(default_factory=lambda: {"coilable": 1.0})
    stretch_pn: float | None = None
    twist_nm: float = 100.0
    plectoneme_twist_nm: float = 24.0
    pitch_nm: float = 3.57
    field_angle_deg: float = 0.0
    rolling: bool = True
    hairpin: Mapping[str, float] | None = None
    enzyme: Mapping[str, float] | None = None
    rupture: Mapping[str, float] | None = None

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "TetherSettings":
        """Make settings from plain data.

        Raises:
            ValueError: a setting is unknown or out of range.
            TypeError: a setting is of the wrong kind.
        """
        chosen = checked("A simulated molecule", cls, plain, _RANGES)
        if not isinstance(plain.get("rolling", True), bool):
            raise TypeError(f"rolling must be true or false, got {plain['rolling']!r}")
        own: dict[str, Any] = {name: dict(each) if isinstance(each, Mapping) else each for name, each in chosen.items()}
        made = cls(**own)
        _check_classes(made.classes)
        for name, allowed in _EVENTS.items():
            _check_event(name, getattr(made, name), allowed)
        made.make_hairpin(298.15)
        for name in ("enzyme", "rupture"):
            made.make_rate(name, 298.15)
        return made

    def make_hairpin(self, temperature_k: float) -> Hairpin | None:
        """Return the hairpin of each molecule."""
        return None if self.hairpin is None else Hairpin(**self.hairpin, temperature_k=temperature_k)

    def make_rate(self, name: str, temperature_k: float) -> BellRate | None:
        """Return the rate of "enzyme" or "rupture"."""
        chosen = getattr(self, name)
        if chosen is None:
            return None
        return BellRate(**{key: each for key, each in chosen.items() if key != "turns"}, temperature_k=temperature_k)


def _check_classes(classes: Mapping[str, float]) -> None:
    if unknown := sorted(set(classes) - set(CLASSES)):
        raise ValueError(
            f"There are no simulated tethers of class {', '.join(unknown)}: there are {', '.join(CLASSES)}"
        )
    for name, share in classes.items():
        number(f"the share of {name} tethers", share, 0, 1, "")
    if not math.isclose(sum(classes.values()), 1.0, abs_tol=1e-6):
        raise ValueError(f"The shares of the classes of tethers add up to {sum(classes.values()):g}: they must make 1")


def _check_event(name: str, chosen: Mapping[str, float] | None, allowed: tuple[str, ...]) -> None:
    if chosen is None:
        return
    if unknown := sorted(set(chosen) - set(allowed)):
        raise ValueError(f"A simulated {name} has no setting {', '.join(unknown)}: it has {', '.join(allowed)}")
    if name != "hairpin" and "rate_per_s" not in chosen:
        raise ValueError(f"A simulated {name} needs rate_per_s [1/s]")
    for key, value in chosen.items():
        number(f"{key} of the {name}", value, -1e6, 1e6, "")
    if name == "enzyme":
        number("turns of the enzyme", chosen.get("turns", 2), 0.1, 10, "turns")
