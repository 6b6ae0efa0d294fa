"""Choose beads in a frame."""

from collections.abc import Sequence
from typing import Any

from bluesky import plan_stubs as bps
from bluesky.utils import MsgGenerator, plan

from beadline.devices import Bead, Camera, Recording, Tracker

from .checks import at_least
from .endings import staged
from .runs import in_run


class NoBeadsFound(RuntimeError):
    """The frame shows no bead that can be tracked."""


@plan
def find_beads(
    camera: Camera,
    tracker: Tracker,
    at_most: int | None = None,
    min_score: float | None = None,
    references: Sequence[int] = (),
    md: dict[str, Any] | None = None,
) -> MsgGenerator[str]:
    """Find beads in a fresh frame, give them to the tracker, and return the uid of the run that shows them.

    Moves nothing. Afterwards `tracker.beads` holds the beads, numbered from 0 by rows; the frame is in the
    folder of the run.

    Args:
        camera: takes the frame.
        tracker: searches it, and takes the beads.
        at_most: keep only that many, the best ones.
        min_score: least agreement with a ring pattern, 0 to 1; the tracker's own limit by default.
        references: ids of beads that are stuck to the surface and tell drift.
        md: metadata for the run.

    Raises:
        NoBeadsFound: there is none; focus, light and window_px are what to look at.
    """
    if at_most is not None:
        at_least("at_most", at_most, 1)
    search: dict[str, Any] = {"window_px": tracker.tracker_options["window_px"]}
    if min_score is not None:
        at_least("min_score", min_score, 0)
        search["min_score"] = min_score
    finder = tracker.finder

    def body() -> MsgGenerator[None]:
        yield from bps.clear_checkpoint()
        yield from bps.prepare(camera, Recording(1, count="delivered"), wait=True)
        yield from bps.trigger(camera, wait=True)
        yield from bps.abs_set(finder, search, wait=True)
        yield from bps.trigger_and_read([finder])
        if not finder.found:
            raise NoBeadsFound(
                f"No beads were found in the picture of {camera.name}: look at the focus, the light and window_px "
                f"({search['window_px']} px), or lower min_score"
            )

    plan_md = {"plan_name": "find_beads", "detectors": [camera.name, tracker.name], "search": search, **(md or {})}
    uid = yield from staged(in_run(body(), plan_md), [camera])
    yield from bps.abs_set(tracker.beads, _chosen(finder.found, at_most, references), wait=True)
    return uid


def _chosen(found: Sequence[dict[str, Any]], at_most: int | None, references: Sequence[int]) -> list[Bead]:
    best = sorted(found, key=lambda each: each["score"], reverse=True)[:at_most]
    kept = [each for each in found if each in best]
    if unknown := sorted(set(references) - set(range(len(kept)))):
        raise ValueError(f"references cannot contain {unknown}: the beads found are 0 to {len(kept) - 1}")
    return [
        Bead(number, each["x_px"], each["y_px"], role="reference" if number in references else "tether")
        for number, each in enumerate(kept)
    ]
