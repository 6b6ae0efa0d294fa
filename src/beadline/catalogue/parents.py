"""A result with what the runs it comes from say of themselves: flow cell, beads, magnets, and when they were."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from beadline.documents import Result, utc_now

from .run_records import RunRecord


def result_of(
    kind: str,
    content: Mapping[str, Any],
    parents: Sequence[RunRecord],
    *,
    options: Mapping[str, Any] | None = None,
    flow_cell: str = "",
    bead_type: str = "",
    magnets: str = "",
    versions: Mapping[str, str] | None = None,
) -> Result:
    """Return a result derived from runs.

    Args:
        kind: what it is.
        content: the finding, plain data.
        parents: the runs that were analysed.
        options: of the analysis.
        flow_cell: which one was in; by default what the runs say, empty if they say nothing.
        bead_type: which beads, likewise.
        magnets: which magnets, likewise.
        versions: of the software.

    Raises:
        ValueError: there are no runs, or they do not agree about one of these.
    """
    if not parents:
        raise ValueError(f"Cannot keep a {kind} that comes from no run: say which runs were analysed")
    said = {
        "flow_cell": flow_cell or _agreed("flow_cell", parents, flow_cell_of),
        "bead_type": bead_type or _agreed("bead_type", parents, bead_type_of),
        "magnets": magnets or _agreed("magnets", parents, magnets_of),
    }
    began = datetime.fromtimestamp(min(float(run.overview.start["time"]) for run in parents), UTC)
    return Result(
        kind,
        content,
        tuple(run.uid for run in parents),
        began.isoformat(timespec="seconds"),
        utc_now(),
        dict(options or {}),
        **said,
        versions=versions,
    )


def flow_cell_of(run: RunRecord) -> str:
    """Return the id of the flow cell that was in, as its magnets were configured; empty if it does not say."""
    for descriptor in run.overview.descriptors.values():
        for device in descriptor.get("configuration", {}).values():
            for key, value in device["data"].items():
                if key.endswith("-flow_cell-id"):
                    return str(value)
    return ""


def bead_type_of(run: RunRecord) -> str:
    """Return which beads a run was of, by its start document."""
    return bead_name(run.overview.start.get("bead"))


def bead_name(bead: Any) -> str:
    """Return the name of a bead type as metadata have it: a name, or fields with a name."""
    return str(bead.get("name") or "") if isinstance(bead, Mapping) else str(bead or "")


def magnets_of(run: RunRecord) -> str:
    """Return which magnets there were, by the law that the force axis followed; empty if that is not one pair."""
    laws = run.overview.start.get("force_law", {}).values()
    found = {str(law.get("magnets", "")) for law in laws}
    return found.pop() if len(found) == 1 else ""


def _agreed(what: str, runs: Sequence[RunRecord], said: Any) -> str:
    by_run = {f"run {run.scan_id}": said(run) for run in runs}
    names = set(by_run.values()) - {""}
    if len(names) > 1:
        told = ", ".join(f"{run}: {name or 'not said'}" for run, name in by_run.items())
        raise ValueError(f"The runs do not agree about {what} ({told}): analyse those that do, or say {what}=")
    return names.pop() if names else ""
