"""The rest of a run of steps that was interrupted, as a new run that names it."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bluesky.run_engine import call_in_bluesky_event_loop
from ophyd_async.core import Device

from beadline.devices import Force, MagnetTurns, Tracker
from beadline.plans import force_calibration, force_extension, hat_curve, staircase, step_record

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
    def axes(self) -> list[Any]:
        """What is moved."""
        return [each for each in self.arguments.values() if hasattr(each, "check_value")]

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
    names = start.get("axes") or {"axis": start["axis"]}
    arguments = {
        "camera": camera,
        "consumers": consumers,
        **{argument: device(str(name)) for argument, name in names.items()},
        "settle_s": float(start["settle_s"]),
    }
    if start["plan_name"] == "step_record":
        further = {"positions": _numbers(start["positions"])[done:], "frames": int(start["frames_per_step"])}
    else:
        further = {**_FURTHER[start["plan_name"]](start), "back": bool(start["back"])}
        further["first_step"] = int(start["first_step"]) + done
    metadata = {"continues": start["uid"], "steps_before": done}
    return Rest(_PLANS[start["plan_name"]], {**arguments, **further}, metadata)


def _of_a_staircase(start: Mapping[str, Any]) -> dict[str, Any]:
    positions = _numbers(start["positions"])
    ends = {"start": positions[0], "stop": positions[-1], "step": abs(positions[1] - positions[0])}
    return {**ends, "duration_s": float(start["duration_s"])}


def _of_a_hat_curve(start: Mapping[str, Any]) -> dict[str, Any]:
    turns = _numbers(start["turns"])
    ends = {"from_turns": turns[0], "to_turns": turns[-1], "step_turns": abs(turns[1] - turns[0])}
    return {**ends, "force_pn": float(start["force_pn"]), "duration_s": float(start["duration_s"])}


def _of_forces(start: Mapping[str, Any]) -> dict[str, Any]:
    return {"forces_pn": _numbers(start["forces_pn"]), **start["rule"]}


def _of_heights(start: Mapping[str, Any]) -> dict[str, Any]:
    return {"heights_mm": _numbers(start["heights_mm"]), **start["rule"]}


_FURTHER: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "staircase": _of_a_staircase,
    "hat_curve": _of_a_hat_curve,
    "force_extension": _of_forces,
    "force_calibration": _of_heights,
}
_PLANS: Mapping[str, Callable[..., Any]] = {
    "step_record": step_record,
    "staircase": staircase,
    "hat_curve": hat_curve,
    "force_extension": force_extension,
    "force_calibration": force_calibration,
}


def _numbers(values: Any) -> list[float]:
    return [float(each) for each in values]


def check_settings(run: InterruptedRun, rest: Rest) -> None:
    """Refuse to go on with detectors or axes that are set otherwise than they were in the run.

    Raises:
        ValueError: with what is set otherwise.
    """
    changed = [each for axis in rest.axes if (each := _another(axis, run))]
    for consumer in rest.consumers:
        readings = call_in_bluesky_event_loop(consumer.read_configuration())
        now = {name: reading["value"] for name, reading in readings.items()}
        changed += differences(run.configurations.get(consumer.name, {}), now)
    if changed:
        raise ValueError(
            f"Cannot resume {run.name}, as its further steps would not be like the first ones: {'; '.join(changed)}. "
            "Set that as it was, or start a new run"
        )


def _another(axis: Any, run: InterruptedRun) -> str:
    """Say why positions of an axis do not mean what they meant in a run; empty if they do."""
    if isinstance(axis, Force):
        then = run.start.get("force_law", {}).get(axis.name)
        if json.dumps(then, sort_keys=True) != json.dumps(dict(axis.in_force.source), sort_keys=True):
            return f"{axis.name} follows another law now, {axis.in_force.sentence}"
    if isinstance(axis, MagnetTurns) and not axis.kept and run.start.get("beadline", {}).get("pid") != os.getpid():
        return f"{axis.name} was counted in another session and is not kept (keep=True), so its 0 may be another"
    return ""


def _all(devices: Any) -> Iterator[Any]:
    """Yield devices, and what is in them."""
    for each in devices:
        yield each
        if isinstance(each, Device):
            yield from _all(child for _, child in each.children())
