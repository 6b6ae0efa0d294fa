"""A run that is to be drawn: its documents, tracks, surface and forces, each read once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from beadline.analysis import MagnetCalibration, bead_weight_pn
from beadline.catalogue import Catalogue

from .force_extension_pictures import ForcePoints
from .known_noise import noise_for
from .measured import calibrated, field_angle_deg, force_points_of
from .motion_pictures import Motion
from .run_tracks import RunDocuments, RunTracks
from .surfaces import surface_for

STATES = {"abort": "aborted", "fail": "failed"}


@dataclass(frozen=True)
class DrawnRun:
    """A run that is to be drawn; what several figures need is read once.

    Attributes:
        catalogue: of the run.
        run: as the catalogue takes it.
    """

    catalogue: Catalogue
    run: Any

    @cached_property
    def documents(self) -> RunDocuments:
        """What the run says."""
        return RunDocuments.of(self.catalogue.documents(self.run))

    @cached_property
    def tracks(self) -> RunTracks:
        """Positions of its beads."""
        return RunTracks.read(self.catalogue, self.run)

    @cached_property
    def surface(self) -> tuple[Mapping[int, float], str]:
        """Where the surface is, and from where that is known."""
        return surface_for(self.catalogue, self.run, self.tracks)

    @property
    def quantity(self) -> str:
        """What heights are: extensions, or heights over the stuck beads or the focal plane."""
        if self.surface[0]:
            return "extension"
        return "height without drift" if self.tracks.without_drift else "height"

    @cached_property
    def forces(self) -> tuple[list[ForcePoints], dict[int, list[Motion]], list[str]]:
        """Force and extension of each tether, the motions behind them, and doubts.

        Raises:
            ValueError: the surface, the radius of the beads or the size of a pixel is not known.
        """
        if self.tracks.lateral_unit != "nm":
            raise ValueError(f"Forces of run {self.name} cannot be found: the size of a pixel is not known")
        ground, source = self.surface
        if not ground:
            raise ValueError(f"Forces of run {self.name} cannot be found: {source}")
        rule = self.documents.start.get("rule", {})
        if "radius_nm" not in rule:
            raise ValueError(f"Forces of run {self.name} cannot be found: it does not say the radius of the beads")
        angle, notes = field_angle_deg(self.tracks)
        noise_nm, noise_source = noise_for(self.catalogue, self.tracks)
        points, motions = force_points_of(
            self.tracks,
            ground,
            rule["radius_nm"],
            angle,
            temperature_k=rule.get("temperature_k", 298.15),
            noise_nm=noise_nm,
        )
        notes = [
            source,
            noise_source,
            *notes,
            "open points are in no fit: frames come less than four times as often as the bead moves",
        ]
        return points, motions, notes

    @property
    def weight_pn(self) -> float:
        """Weight of a bead in water by what the run says of its beads [pN]; 0 if it says no radius or no density."""
        bead = self.documents.start.get("bead")
        told = bead if isinstance(bead, Mapping) else {}
        if not {"radius_nm", "density_g_per_cm3"} <= set(told):
            return 0.0
        return float(bead_weight_pn(told["radius_nm"], told["density_g_per_cm3"]))

    @property
    def name(self) -> str:
        """Of the run: scan id and the beginning of its uid."""
        start = self.documents.start
        return f"{start.get('scan_id', '?')} ({str(start.get('uid', ''))[:8]})"

    @property
    def title(self) -> str:
        """Which run it is, when it was, and that it did not end well."""
        start, stop = self.documents.start, self.documents.stop
        when = datetime.fromtimestamp(float(start["time"]), UTC).astimezone().strftime("%Y-%m-%d %H:%M")
        state = "running" if not stop else STATES.get(stop["exit_status"], "")
        return "   ".join(filter(None, (f"run {self.name}", self.documents.plan, when, state)))


def calibration_of(catalogue: Catalogue, run: Any) -> MagnetCalibration:
    """Return the force of the magnets against their height, from a run of `force_calibration` and its surface.

    Args:
        catalogue: of the run.
        run: as the catalogue takes it.

    Raises:
        ValueError: surface, radius or pixel size is not known, or its forces are not good enough.
    """
    drawn = DrawnRun(catalogue, run)
    _, found, refusal = calibrated(drawn.forces[0], drawn.weight_pn)
    if found is None:
        raise ValueError(f"Run {drawn.name} gives no calibration of the magnets: {'; '.join(refusal)}")
    return found
