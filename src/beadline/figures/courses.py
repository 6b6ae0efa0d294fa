"""Where axes and force were during a run: by its steps, or by what was read back meanwhile."""

import numpy as np

from .run_tracks import RunTracks
from .trace_pictures import Course

UNITS = {"pn": "pN", "mm": "mm", "um": "µm", "s": "s", "hz": "Hz"}
WANTED = ("step-force_pn", "step-turns", "step-position", "magnets-height")
READ_BACK, MOMENT = "magnets", "moment-frame"


def courses_of(tracks: RunTracks) -> list[Course]:
    """Return the courses of what changed in a run, or of what its only step was."""
    if tracks.documents.has(READ_BACK, MOMENT):
        return _read_back(tracks)
    return [_course(tracks, key) for key in _step_axes(tracks)]


def _read_back(tracks: RunTracks) -> list[Course]:
    """Return what a ramp read back: each value holds until the next one."""
    frame = tracks.documents.column(READ_BACK, MOMENT)
    time_s = np.interp(frame, tracks.frame_id, tracks.time_s)
    keys = [key for key in tracks.documents.events[READ_BACK][0] if not key.startswith("moment-")]
    values = {key: tracks.documents.column(READ_BACK, key)[:-1] for key in keys}
    return [Course(_axis_label(tracks, key), time_s[:-1], time_s[1:], each) for key, each in values.items()]


def _step_axes(tracks: RunTracks) -> list[str]:
    """Return what the steps of a run are told by: the numbers that change, or else where the axes were."""
    events = tracks.documents.events.get("steps", ())
    if not events:
        return []
    numbers = [key for key in events[0] if key.startswith("step-") and not key.endswith("_frame")]
    asked = [key for key in WANTED if key in (*numbers, *events[0])]
    return [key for key in asked if len({event[key] for event in events}) > 1] or asked[:1]


def _course(tracks: RunTracks, key: str) -> Course:
    spans = [step for step in tracks.steps() if step.stop > step.start]
    values = tracks.documents.column("steps", key)[[step.stop > step.start for step in tracks.steps()]]
    from_s, to_s = (np.array([tracks.time_s[edge] for edge in edges]) for edges in _edges(spans))
    return Course(_axis_label(tracks, key), from_s, to_s, values)


def _edges(spans: list[slice]) -> tuple[list[int], list[int]]:
    return [span.start for span in spans], [span.stop - 1 for span in spans]


def _axis_label(tracks: RunTracks, key: str) -> str:
    name = key.partition("-")[2]
    if name == "position":
        return str(tracks.documents.start.get("axis", "position"))
    words, _, unit = name.rpartition("_")
    if unit in UNITS and words:
        return f"{words} [{UNITS[unit]}]"
    return {"turns": "turns", "height": "height [mm]"}.get(name, name)
