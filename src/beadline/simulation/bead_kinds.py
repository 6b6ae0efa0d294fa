"""The beads one can buy, as far as the simulation is concerned."""

from dataclasses import dataclass

from beadline.physics import M270_PAIR, MYONE_PAIR, ForceLaw


@dataclass(frozen=True)
class BeadKind:
    """A kind of magnetic bead.

    Attributes:
        radius_nm: half its diameter [nm].
        weight_pn: weight less buoyancy [pN].
        refractive_index: of the bead.
        extinction: imaginary part of the refractive index.
        force_law: of the magnets the simulation has by default.
    """

    radius_nm: float
    weight_pn: float
    refractive_index: float
    extinction: float
    force_law: ForceLaw


BEAD_KINDS = {
    "M270": BeadKind(1400.0, 0.07, 1.57, 0.006, M270_PAIR),
    "MyOne": BeadKind(525.0, 0.005, 1.60, 0.008, MYONE_PAIR),
}
