"""What can be chosen about the simulated world, checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from beadline.physics import ForceLaw, ForceTable, thermal_energy_pn_nm, water_viscosity_pn_s_per_nm2

from .bead_kinds import BEAD_KINDS, BeadKind
from .checked_numbers import Ranges, checked, row
from .instrument_settings import InstrumentSettings
from .light_path import LightPath
from .optics import BeadOptics
from .tether_settings import TetherSettings

_RANGES: Ranges = {
    "width_px": (64, 8192, "px"),
    "height_px": (64, 8192, "px"),
    "pixel_size_nm": (20, 1000, "nm"),
    "tethers": (0, 10000, ""),
    "references": (0, 10000, ""),
    "contour_nm": (100, 50000, "nm"),
    "persistence_nm": (1, 200, "nm"),
    "seed": (0, 2**63 - 1, ""),
    "frame_rate_hz": (0.1, 2000, "Hz"),
    "temperature_k": (274, 350, "K"),
    "force_scatter": (0, 0.5, ""),
    "contour_scatter": (0, 0.2, ""),
    "drift_exponential_nm": (-1e5, 1e5, "nm"),
    "drift_exponential_s": (1, 1e6, "s"),
    "drift_walk_nm_per_root_s": (0, 100, "nm/√s"),
    "focal_factor": (0.5, 1.5, ""),
    "focal_plane_nm": (-20000, 20000, "nm"),
    "focus_noise_nm": (0, 100, "nm"),
    "background_adu": (1, 255, "ADU"),
    "reference_exposure_s": (1e-6, 100, "s"),
    "full_well_e": (100, 1e7, "e"),
    "read_noise_adu": (0, 50, "ADU"),
    "buffer_frames": (1, 100000, "frames"),
    "patch_px": (16, 512, "px"),
}


@dataclass(frozen=True)
class WorldSettings:
    """The simulated world as plain data.

    Attributes:
        width_px: columns of the sensor.
        height_px: rows of the sensor.
        pixel_size_nm: size of a pixel in the sample [nm].
        tethers: number of beads on a molecule.
        references: number of beads stuck to the surface.
        positions_px: x and y of each bead on the sensor, tethers first; None spreads them by the seed.
        contour_nm: length of the molecules [nm]; the default is 8 kb of DNA.
        persistence_nm: their persistence length [nm].
        bead: "M270" or "MyOne".
        reference_bead: kind of the beads stuck to the surface; None is that of the tethers, whose forces they have in
            the truth in any case.
        force_law: fields of `beadline.physics.ForceLaw`, or of `ForceTable`; None is the pair of magnets that goes with
            the bead.
        seed: the same seed makes the same world.
        frame_rate_hz: until the camera is told otherwise.
        temperature_k: of sample and water [K].
        force_scatter: standard deviation of the logarithm of the force from bead to bead.
        contour_scatter: relative standard deviation of the contour from molecule to molecule.
        drift_nm_per_s: steady drift of the sample along x, y, z [nm/s].
        drift_exponential_nm: amplitude of a drift upwards that dies away [nm].
        drift_exponential_s: time in which it falls by e [s].
        drift_walk_nm_per_root_s: random walk of the sample along each axis [nm/√s].
        focal_factor: travel of the focal plane in the sample per travel of the objective.
        focal_plane_nm: height of the focal plane above the centre of a tether's bead on the surface, at 50 µm [nm].
        focus_noise_nm: root-mean-square jitter of the objective from frame to frame [nm].
        background_adu: intensity beside the beads with the lamp at 60 %, gain 1 and the reference exposure [ADU]; it
            grows with the exposure.
        reference_exposure_s: exposure of that intensity [s]; None is the one the camera is first started with.
        full_well_e: electrons at 255 ADU and gain 1, and the most a pixel holds; sets the shot noise.
        read_noise_adu: root-mean-square noise of the electronics [ADU].
        buffer_frames: finished frames the camera keeps; when the host is later than that, the oldest are lost.
        patch_px: diameter of the disc a bead's rings are drawn in [px].
        molecules: what the molecules are like and what happens to them.
        instrument: camera, axes, lamp and surroundings: fields of `InstrumentSettings`.
        light: fields of `LightPath`: lamp, objective and glass.
    """

    width_px: int = 640
    height_px: int = 480
    pixel_size_nm: float = 112.0
    tethers: int = 20
    references: int = 3
    positions_px: tuple[tuple[float, float], ...] | None = None
    contour_nm: float = 2720.0
    persistence_nm: float = 50.0
    bead: str = "M270"
    reference_bead: str | None = None
    force_law: Mapping[str, Any] | None = None
    seed: int = 1
    frame_rate_hz: float = 100.0
    temperature_k: float = 298.15
    force_scatter: float = 0.08
    contour_scatter: float = 0.005
    drift_nm_per_s: tuple[float, float, float] = (0.2, -0.1, 0.3)
    drift_exponential_nm: float = 0.0
    drift_exponential_s: float = 1200.0
    drift_walk_nm_per_root_s: float = 0.2
    focal_factor: float = 0.878
    focal_plane_nm: float = 8100.0
    focus_noise_nm: float = 0.5
    background_adu: float = 120.0
    reference_exposure_s: float | None = None
    full_well_e: float = 10000.0
    read_noise_adu: float = 0.3
    buffer_frames: int = 256
    patch_px: int = 96
    molecules: TetherSettings = field(default_factory=TetherSettings)
    instrument: InstrumentSettings = field(default_factory=InstrumentSettings)
    light: LightPath = field(default_factory=LightPath)

    @classmethod
    def from_plain(cls, settings: Mapping[str, Any]) -> "WorldSettings":
        """Make settings from plain data.

        Raises:
            ValueError: a setting is unknown or out of range.
            TypeError: a setting is of the wrong kind.
        """
        chosen = checked("The simulated microscope", cls, settings, _RANGES)
        if "drift_nm_per_s" in settings:
            chosen["drift_nm_per_s"] = row("drift_nm_per_s", settings["drift_nm_per_s"], 3)
        if settings.get("positions_px") is not None:
            chosen["positions_px"] = tuple(row("positions_px", place, 2) for place in settings["positions_px"])
        for name, kind in (("molecules", TetherSettings), ("instrument", InstrumentSettings), ("light", LightPath)):
            if name in settings:
                chosen[name] = kind.from_plain(settings[name])
        made = cls(**chosen)
        made._check_together()
        return made

    @property
    def kind(self) -> BeadKind:
        """The bead as physics sees it."""
        return BEAD_KINDS[self.bead]

    @property
    def reference_kind(self) -> BeadKind:
        """The beads stuck to the surface."""
        return self.kind if self.reference_bead is None else BEAD_KINDS[self.reference_bead]

    @property
    def law(self) -> ForceLaw | ForceTable:
        """The force of the magnets on a bead without scatter."""
        if self.force_law is None:
            return self.kind.force_law
        return ForceTable(**self.force_law) if "heights_mm" in self.force_law else ForceLaw(**self.force_law)

    @property
    def beads(self) -> int:
        """Number of beads of either kind."""
        return self.tethers + self.references

    @property
    def thermal_pn_nm(self) -> float:
        """Return kT [pN nm]."""
        return thermal_energy_pn_nm(self.temperature_k)

    @property
    def viscosity_pn_s_per_nm2(self) -> float:
        """Viscosity of the water [pN s/nm²]."""
        return water_viscosity_pn_s_per_nm2(self.temperature_k)

    def bead_optics(self, kind: BeadKind) -> BeadOptics:
        """Return what the image of a bead depends on."""
        return self.light.of_bead(kind, self.pixel_size_nm, self.focal_plane_nm + self.kind.radius_nm)

    def _check_together(self) -> None:
        for bead in (self.bead, self.reference_bead or self.bead):
            if bead not in BEAD_KINDS:
                raise ValueError(
                    f"The simulated microscope has no beads of kind {bead!r}: it has {', '.join(BEAD_KINDS)}"
                )
        if self.force_law is not None:
            try:
                _ = self.law
            except TypeError as error:
                raise ValueError(f"Cannot make a force law from {dict(self.force_law)}: {error}") from error
        if self.positions_px is not None:
            self._check_positions(self.positions_px)

    def _check_positions(self, positions: tuple[tuple[float, float], ...]) -> None:
        if len(positions) != self.beads:
            raise ValueError(
                f"positions_px has {len(positions)} places for {self.tethers} tethers and {self.references} "
                "references: give one for each bead, tethers first"
            )
        for x, y in positions:
            if not (0 <= x <= self.width_px - 1 and 0 <= y <= self.height_px - 1):
                raise ValueError(
                    f"Cannot put a bead at x = {x:g}, y = {y:g} px: "
                    f"the sensor reaches from 0 to {self.width_px - 1} and {self.height_px - 1} px"
                )
