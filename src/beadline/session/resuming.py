"""The rest of a run of steps that was interrupted, as a new run that names it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bluesky.run_engine import call_in_bluesky_event_loop
from ophyd_async.core import Device

from beadline.devices import Tracker
from beadline.plans import staircase, step_record

from .interrupted_runs import InterruptedRun
from .same_settings import differences


@dataclass(frozen=True)
class Rest:
    """The steps that are left of a run, for the devices of this session.

    Attributes:
        plan_function: does them.
        arguments: of it, by name.
        metadata: links the new run to the old one.
    """

    plan_function: Callable[..., Any]
    arguments: Mapping[str, Any]
    metadata: Mapping[str, Any]

    @property
    def consumers(self) -> list[Any]:
        """Those that take the frames."""
        return list(self.arguments["consumers"])

    @property
    def trackers(self) -> list[Tracker]:
        """Those of them that need beads."""
        return [each for each in self.consumers if isinstance(each, Tracker)]


def rest_of(run: InterruptedRun, devices: Mapping[str, Any]) -> Rest:
    """Return what is left of a run.

    Args:
        run: it has been checked.
        devices: of the session, by name.

    Raises:
        ValueError: the session lacks a device of the run.
    """
    start, done = run.start, run.steps

    def device(name: str) -> Any:
        for each in _all(devices.values()):
            if each.name == name:
                return each
        raise ValueError(f"Cannot resume {run.name}: this session has no {name}")

    camera, *consumers = (device(str(name)) for name in start["detectors"])
    arguments: dict[str, Any] = {
        "camera": camera,
        "consumers": consumers,
        "axis": device(str(start["axis"])),
        "settle_s": float(start["settle_s"]),
    }
    metadata = {"continues": start["uid"], "steps_before": done}
    positions = [float(each) for each in start["positions"]]
    if start["plan_name"] == "step_record":
        further = {"positions": positions[done:], "frames": int(start["frames_per_step"])}
        return Rest(step_record, {**arguments, **further}, metadata)
    further = {
        "start": positions[0],
        "stop": positions[-1],
        "step": abs(positions[-1] - positions[0]) / (len(positions) - 1),
        "duration_s": float(start["duration_s"]),
        "back": bool(start["back"]),
        "first_step": int(start.get("first_step", 0)) + done,
    }
    return Rest(staircase, {**arguments, **further}, metadata)


def check_settings(run: InterruptedRun, rest: Rest) -> None:
    """Refuse to go on with detectors that are set otherwise than they were in the run.

    Raises:
        ValueError: with what is set otherwise.
    """
    changed: list[str] = []
    for consumer in rest.consumers:
        readings = call_in_bluesky_event_loop(consumer.read_configuration())
        now = {name: reading["value"] for name, reading in readings.items()}
        changed += differences(run.configurations.get(consumer.name, {}), now)
    if changed:
        raise ValueError(
            f"Cannot resume {run.name}, as its further steps would not be like the first ones: {'; '.join(changed)}. "
            "Set that as it was, or start a new run"
        )


def _all(devices: Any) -> Iterator[Any]:
    """Yield devices, and what is in them."""
    for each in devices:
        yield each
        if isinstance(each, Device):
            yield from _all(child for _, child in each.children())
