"""Set the exposure by the picture: rings are told best where the background is neither dark nor near the top."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bluesky import plan_stubs as bps
from bluesky.utils import MsgGenerator

from beadline.devices import Camera, Lamp, Recording, Tracker

from .arguments import plan
from .checks import above_zero, at_least
from .endings import ended_by, staged
from .frames import read_event
from .runs import in_run

log = logging.getLogger("beadline.plans")
LOW, HIGH = 100 / 255, 160 / 255
"""Background that is looked for, as a share of the camera's range."""
WHOLE_PERIOD = 0.95
"""The longest exposure, as a share of a frame period, if nothing else is said: cameras need time to read out."""
GREATEST_CHANGE = 6.0
"""In one step: beyond, a picture that is black or white says nothing."""
DIMMER = 0.9
"""Change of the light where the background is right and pixels are still saturated."""
LARGEST_UNEVENNESS = 0.2


class TooDark(RuntimeError):
    """The light cannot be set so that the picture is neither dark nor saturated."""


@dataclass(frozen=True)
class _Light:
    """Exposure [s] and, if there is a lamp, its level [%]."""

    exposure_s: float
    level_percent: float | None


@plan
def auto_exposure(
    camera: Camera,
    tracker: Tracker,
    lamp: Lamp | None = None,
    shortest_s: float = 1e-4,
    longest_s: float | None = None,
    saturated: float = 1e-5,
    most_looks: int = 12,
    say: Callable[[str], Any] = log.info,
    md: dict[str, Any] | None = None,
) -> MsgGenerator[str]:
    """Find the exposure at which the background is at 100 to 160 of 255 and no pixel saturated; return the run's uid.

    Moves nothing. The exposure comes first; the lamp, if one is given, only where the exposure cannot go further.
    Each look at a fresh frame is an event of the stream `brightness`, with exposure and lamp. Ends with the light it
    found; if it finds none or is aborted, with the light as it was before.

    Args:
        camera: whose exposure is set.
        tracker: looks at the frames.
        lamp: also to be set [%]; by default it stays as it is.
        shortest_s: exposure [s].
        longest_s: exposure [s]; by default 0.95 of the frame period.
        saturated: share of the pixels that may be at the top of the range; broken pixels are.
        most_looks: after so many frames it is given up.
        say: told what was found; at the prompt `print`, by default it goes into the log.
        md: metadata for the run.

    Raises:
        ValueError: an argument is out of range, or the camera refuses an exposure.
        TooDark: says why there is no such light, and what to do.
    """
    rate_hz, exposure_s = (yield from bps.rd(camera.frame_rate_hz)), (yield from bps.rd(camera.exposure_s))
    most_s = float(WHOLE_PERIOD / rate_hz if longest_s is None else longest_s)
    above_zero("s", shortest_s=shortest_s, longest_s=most_s)
    at_least("saturated", saturated, 0)
    at_least("most_looks", most_looks, 2)
    if not shortest_s < most_s <= 1 / rate_hz:
        raise ValueError(
            f"longest_s cannot be {most_s:g} s: above shortest_s, {shortest_s:g} s, and at most a frame period, "
            f"{1 / rate_hz:g} s"
        )
    level = None if lamp is None else (yield from bps.rd(lamp.level_percent))
    if lamp is not None and not level:
        raise TooDark(f"{lamp.name} is off; switch it on with RE(bps.mv({lamp.name}.level_percent, 60))")
    before = _Light(exposure_s, level)
    found: list[str] = []

    def search() -> MsgGenerator[None]:
        light = before
        for _ in range(most_looks):
            seen = yield from _look(camera, tracker, lamp)
            wanted = _wanted(seen, saturated)
            if wanted == 1.0:
                found.extend(_sentences(seen, light))
                return
            better = _changed(light, wanted, shortest_s, most_s)
            if better == light:
                raise TooDark(_refusal(seen, light, wanted, lamp, saturated))
            light = better
            yield from _set(camera, lamp, light)
        raise TooDark(f"No exposure was found in {most_looks} looks: does the light flicker? Allow more most_looks")

    def as_before() -> MsgGenerator[None]:
        if not found:
            yield from _set(camera, lamp, before)

    plan_md = {
        "plan_name": "auto_exposure",
        "detectors": [camera.name, tracker.name],
        "shortest_s": shortest_s,
        "longest_s": most_s,
        "lamp": lamp is not None,
        **(md or {}),
    }
    # unstaged before: a camera that is asked for a frame takes no other setting
    body = ended_by(staged(search(), [camera]), as_before)
    uid = yield from in_run(body, plan_md, lambda: "; ".join(found))
    for sentence in found:
        say(sentence)
    return uid


def _look(camera: Camera, tracker: Tracker, lamp: Lamp | None) -> MsgGenerator[dict[str, float]]:
    """Measure a frame that is exposed from now on, inside a run, camera staged; return numbers by their short name."""
    yield from bps.clear_checkpoint()
    yield from bps.prepare(camera, Recording(1, count="delivered"), wait=True)
    yield from bps.trigger(camera, wait=True)
    yield from bps.trigger(tracker.brightness, wait=True)
    also = [camera.exposure_s, *([] if lamp is None else [lamp.level_percent])]
    readings = yield from read_event("brightness", [tracker.brightness, *also])
    start = f"{tracker.brightness.name}-"
    return {name.removeprefix(start): float(each["value"]) for name, each in readings.items() if name.startswith(start)}


def _set(camera: Camera, lamp: Lamp | None, light: _Light) -> MsgGenerator[None]:
    yield from bps.abs_set(camera.settings, {"exposure_s": light.exposure_s}, wait=True)
    if lamp is not None:
        yield from bps.mv(lamp.level_percent, light.level_percent)


def _wanted(seen: dict[str, float], saturated: float) -> float:
    """Return by which factor the light is to change, 1 where it is right."""
    share = seen["background_adu"] / seen["full_adu"]
    if seen.get("saturated", 0.0) > saturated:
        return max(min((LOW + HIGH) / 2 / share, DIMMER), 1 / GREATEST_CHANGE) if share < 1 else 1 / GREATEST_CHANGE
    if LOW <= share <= HIGH:
        return 1.0
    return min(max((LOW + HIGH) / 2 / max(share, 1e-9), 1 / GREATEST_CHANGE), GREATEST_CHANGE)


def _changed(light: _Light, wanted: float, shortest_s: float, longest_s: float) -> _Light:
    """Return other light: another exposure, and with what is left to do another level of the lamp, if there is one."""
    exposure_s = min(max(light.exposure_s * wanted, shortest_s), longest_s)
    rest = wanted * light.exposure_s / exposure_s
    if light.level_percent is None:
        return _Light(exposure_s, None)
    return _Light(exposure_s, min(light.level_percent * rest, 100.0))


def _refusal(seen: dict[str, float], light: _Light, wanted: float, lamp: Lamp | None, saturated: float) -> str:
    """Say why there is no better light."""
    now = f"{_background(seen)} at {_light(light)}"
    if wanted > 1:
        more = "give a lamp to be set, or make it brighter" if lamp is None else "look whether the light path is closed"
        return f"Too dark: {now}, and neither goes further; {more}, lower the frame rate, or raise the gain"
    if seen["saturated"] > saturated:
        return (
            f"Saturated: {100 * seen['saturated']:.2g} % of the pixels are at the top of the range, with {now}, which "
            "is the least there is; make the lamp dimmer, lower the gain, or allow broken pixels with saturated="
        )
    return f"Too bright: {now}, which is the least there is; make the lamp dimmer, or lower the gain"


def _background(seen: dict[str, float]) -> str:
    return f"the background is at {seen['background_adu']:.0f} of {seen['full_adu']:.0f} ADU"


def _light(light: _Light) -> str:
    level = "" if light.level_percent is None else f" and {light.level_percent:.3g} % of the lamp"
    return f"an exposure of {1000 * light.exposure_s:.4g} ms{level}"


def _sentences(seen: dict[str, float], light: _Light) -> list[str]:
    said = [f"{_background(seen)} with {_light(light)}"]
    if seen.get("unevenness", 0.0) > LARGEST_UNEVENNESS:
        said.append(
            f"but the quarters of the picture differ by {100 * seen['unevenness']:.0f} %: the light is not centred"
        )
    return said
