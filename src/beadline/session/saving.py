"""Save what an analysis has found, as a small run linked to the runs it comes from."""

from collections.abc import Mapping, Sequence
from typing import Any

from beadline.analysis import MagnetCalibration, calibration_content
from beadline.documents import FORCE_CALIBRATION
from beadline.plans import save_result

from .microscope_session import Session


def save_finding(
    session: Session,
    kind: str,
    content: Mapping[str, Any],
    runs: Sequence[Any],
    options: Mapping[str, Any] | None = None,
    md: dict[str, Any] | None = None,
    **said: str,
) -> str:
    """Save a finding, and return the uid of the run that keeps it; `catalogue.result(uid)` reads it back.

    Args:
        session: runs the plan `save_result`.
        kind: what it is, for example "chain_fit".
        content: the finding, plain data for JSON, units in the names.
        runs: that were analysed, as the catalogue takes them.
        options: of the analysis.
        md: metadata for the run.
        said: flow_cell, bead_type, magnets, where the runs do not say them.

    Raises:
        ValueError: the runs do not agree about these, or the content is no plain data.
    """
    versions = session.RE.md.get("beadline", {}).get("versions")
    result = session.records.derived(kind, content, runs, options=options, versions=versions, **said)
    return session.run(save_result(session.result_writer, result, md))


def save_calibration(
    session: Session,
    calibration: MagnetCalibration,
    runs: Sequence[Any],
    options: Mapping[str, Any] | None = None,
    md: dict[str, Any] | None = None,
    **said: str,
) -> str:
    """Save a calibration of the magnets, and return the uid of the run that keeps it; see `save_finding`.

    From the next plan on, the force follows it, if it is the latest one that holds.

    Raises:
        ValueError: as `save_finding`, or the runs do not say which flow cell, beads and magnets it is of.
    """
    content = calibration_content(calibration)
    result = session.records.derived(FORCE_CALIBRATION, content, runs, **said)
    missing = [name for name in ("flow_cell", "bead_type", "magnets") if not getattr(result, name)]
    if missing:
        raise ValueError(
            f"Cannot save this calibration: its runs do not say {', '.join(missing)}, without which nobody can tell "
            f"where it holds; say save_calibration(…, {', '.join(f'{name}=…' for name in missing)})"
            + ('; runs to come say it by RE.md["bead"]' if "bead_type" in missing else "")
        )
    return save_finding(session, FORCE_CALIBRATION, content, runs, options, md, **said)
