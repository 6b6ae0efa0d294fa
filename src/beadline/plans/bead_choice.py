"""Choose beads in a frame."""

from collections.abc import Mapping, Sequence
from typing import Any

from bluesky import plan_stubs as bps
from bluesky.utils import MsgGenerator

from beadline.devices import Bead, Camera, Recording, Tracker, apart_px, overlapping, with_role
from beadline.tracking import TrackerOptions

from .arguments import plan
from .checks import at_least
from .endings import staged
from .runs import in_run

_SAME_BEAD = 0.25
"""What is found nearer than this to a bead that is kept is that bead, in units of a window."""


class NoBeadsFound(RuntimeError):
    """The frame shows no bead that can be tracked."""


@plan
def find_beads(
    camera: Camera,
    tracker: Tracker,
    at_most: int | None = None,
    min_score: float | None = None,
    references: Sequence[int] = (),
    like: Sequence[tuple[float, float]] = (),
    min_likeness: float | None = None,
    isolation_px: float | None = None,
    allow_overlap: bool = False,  # noqa: FBT002 - arguments of a plan come by name
    keep: bool = False,  # noqa: FBT002 - arguments of a plan come by name
    window_px: int | None = None,
    md: dict[str, Any] | None = None,
) -> MsgGenerator[str]:
    """Find beads in a fresh frame, give them to the tracker, and return the uid of the run that shows them.

    Moves nothing. Afterwards `tracker.beads` holds the beads by rows, numbered from 0, or from the first id that no
    bead has had yet if others are kept; the frame is in the folder of the run.

    Args:
        camera: takes the frame.
        tracker: searches it, and takes the beads.
        at_most: take only that many, the best ones.
        min_score: least share of the variance in a window that lies in rings, 0 to 1; 0.8 by default.
        references: ids of beads that are stuck to the surface and tell drift.
        like: x and y [px] of beads that those to be found resemble; all kinds by default.
        min_likeness: least correlation of the rings with those of the most alike example, up to 1; 0.9 by default.
        isolation_px: least distance to the next bead, or what looks like one [px]; 0.8 of a window by default.
        allow_overlap: whether the windows of beads may overlap.
        keep: whether the beads there are stay as they are, and those found are added where there is room.
        window_px: side of the windows of the beads to be found [px], even; that of the tracker by default.
        md: metadata for the run.

    Raises:
        NoBeadsFound: there is none; focus, light and window_px are what to look at.
        ValueError: an argument is out of its range, or there is no bead where `like` says.
    """
    if at_most is not None:
        at_least("at_most", at_most, 1)
    if window_px is not None:
        TrackerOptions(window_px=window_px)  # refuses a size that cannot be tracked
    limits = {"min_score": min_score, "min_likeness": min_likeness, "isolation_px": isolation_px}
    usual_px = tracker.tracker_options["window_px"]
    search = _search(usual_px if window_px is None else window_px, limits, like, allow_overlap=allow_overlap)
    plan_md = {"plan_name": "find_beads", "detectors": [camera.name, tracker.name], "search": search, **(md or {})}
    uid = yield from staged(in_run(_look(camera, tracker, search), plan_md), [camera])
    there, first = (tracker.beads.value, tracker.beads.next_id) if keep else ((), 0)
    found = [(each, Bead(-1, each["x_px"], each["y_px"], window_px=window_px)) for each in tracker.finder.found]
    free = [each for each, bead in found if _has_room(there, bead, usual_px, allow_overlap=allow_overlap)]
    beads = _chosen(free, at_most, there, first, window_px)
    if unknown := sorted(set(references) - {bead.id for bead in beads}):
        raise ValueError(f"references cannot contain {unknown}: the beads are {[bead.id for bead in beads]}")
    yield from bps.abs_set(tracker.beads, with_role(beads, references, "reference", usual_px), wait=True)
    return uid


def _look(camera: Camera, tracker: Tracker, search: dict[str, Any]) -> MsgGenerator[None]:
    """Search a fresh frame; inside a run, camera staged."""
    yield from bps.clear_checkpoint()
    yield from bps.prepare(camera, Recording(1, count="delivered"), wait=True)
    yield from bps.trigger(camera, wait=True)
    yield from bps.abs_set(tracker.finder, search, wait=True)
    yield from bps.trigger_and_read([tracker.finder])
    if not tracker.finder.found:
        raise NoBeadsFound(
            f"No beads were found in the picture of {camera.name}: look at the focus, the light and window_px "
            f"({search['window_px']} px, which the rings should fill), or lower min_score"
        )


def _search(
    window_px: int, limits: Mapping[str, float | None], like: Sequence[tuple[float, float]], *, allow_overlap: bool
) -> dict[str, Any]:
    """Return the arguments of the search, as plain data, with those that are not asked for left out."""
    asked = {name: limit for name, limit in limits.items() if limit is not None}
    for name, limit in asked.items():
        at_least(name, limit, 0)
    search: dict[str, Any] = {"window_px": window_px, **asked}
    if like:
        search["like"] = [[float(x_px), float(y_px)] for x_px, y_px in like]
    if allow_overlap:
        search["allow_overlap"] = True
    return search


def _chosen(
    found: Sequence[dict[str, Any]], at_most: int | None, there: Sequence[Bead], first_id: int, window_px: int | None
) -> list[Bead]:
    """Return the beads that are there and the best of those found, with ids from the first one on."""
    best = sorted(found, key=lambda each: each["score"], reverse=True)[:at_most]
    new = [each for each in found if each in best]
    made = (Bead(n, each["x_px"], each["y_px"], window_px=window_px) for n, each in enumerate(new, first_id))
    return [*there, *made]


def _has_room(there: Sequence[Bead], found: Bead, window_px: int, *, allow_overlap: bool) -> bool:
    """Return whether a bead that was found is none of those that are there, even ignored, and its window fits."""
    side = window_px if found.window_px is None else found.window_px
    if any(apart_px(bead, found) < side * _SAME_BEAD for bead in there):
        return False
    return allow_overlap or not overlapping(there, found, window_px)
