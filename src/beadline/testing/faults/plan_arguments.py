"""Row I2: plans with arguments that cannot be."""

import asyncio
import inspect
import math
import typing
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from bluesky.run_engine import RunEngine, call_in_bluesky_event_loop

from beadline import plans
from beadline.acquisition import Supervisor
from beadline.devices import Motor, Workbench
from beadline.plans import root_cause
from beadline.session import load_profile

from .bench import WORLD
from .outcome import Case, Outcome

BAD = (math.nan, "many", -math.inf, math.inf, [1.0], 1j)
"""No number of a plan may be any of these."""
GOOD: Mapping[str, Any] = {
    "x_px": 30.0,
    "y_px": 30.0,
    "bead": 0,
    "heights_mm": [6.0, 4.0],
    "forces_pn": [1.0, 4.0],
    "contour_nm": 1000.0,
    "radius_nm": 500.0,
    "force_pn": 1.0,
    "from_pn": 1.0,
    "to_pn": 2.0,
    "rate_pn_per_s": 1.0,
    "duration_s": 1.0,
    "start": 50.0,
    "stop": 51.0,
    "step": 0.5,
    "positions": [50.0, 51.0],
    "frames": 10,
    "times": 2,
    "every_s": 1.0,
    "height_mm": 10.0,
    "flow_cell": "one",
    "operator": "me",
}
"""What a plan is given for the others."""
PARTS = ("take_continuously", "take_steps", "record_protocol")
"""Parts of plans, which take what a plan has checked."""


def are_bad(seed: int, folder: Path, full: bool) -> Outcome:
    """Give each plan a bad value for each of its numbers, the others being good."""
    outcome, documents = Outcome(), list[str]()
    supervisor = Supervisor(transport="thread")
    engine = RunEngine({}, context_managers=[])
    engine.subscribe(lambda name, document: documents.append(name))
    try:
        devices = _devices(supervisor, folder, seed)
        axes = [device for device in devices.values() if isinstance(device, Motor)]
        before = [axis.axis.state() for axis in axes]
        for name, plan, parameter in _numbers_of_plans():
            for value in BAD if full else BAD[:2]:
                outcome.injected += 1
                said = _refusal(
                    engine, lambda p=plan, v=value, n=name, a=parameter: p(**_arguments(n, p, devices, a, v))
                )
                outcome.require(said, f"{name} took {parameter}={value!r}")
                outcome.require(not documents, f"{name} opened a run with {parameter}={value!r}")
                if said:
                    outcome.require(parameter in said, f"{name}({parameter}={value!r}) does not name it: {said}")
                documents.clear()
        outcome.require([axis.axis.state() for axis in axes] == before, "an axis has moved")
        outcome.require_safe(", ".join(axis.name for axis in axes if axis.axis.state().moving))
    finally:
        supervisor.stop()
    return outcome


def _devices(supervisor: Supervisor, folder: Path, seed: int) -> dict[str, Any]:
    made = load_profile("simulated").devices(Workbench(supervisor, data=folder), seed=seed, **WORLD)

    async def connect() -> None:
        await asyncio.gather(*(each.connect(timeout=30) for each in made.values()))

    call_in_bluesky_event_loop(connect(), timeout=60)
    magnets = made["magnets"]
    more = {"consumers": [made["tracker"]], "lock": made["bead_lock"], "axis": made["focus"], "make_plan": plans.park}
    return made | more | {"force": magnets.force, "turns": magnets.turns, "height": magnets.height}


def _numbers_of_plans() -> Iterator[tuple[str, Callable[..., Any], str]]:
    """Return each plan with a run or a move of its own, and each of its parameters that is a number."""
    for name in plans.__all__:
        plan = getattr(plans, name)
        if inspect.isclass(plan) or not inspect.isgeneratorfunction(inspect.unwrap(plan)) or name in PARTS:
            continue
        for parameter, kind in typing.get_type_hints(inspect.unwrap(plan)).items():
            if parameter != "return" and kind in (float, int, float | None, int | None):
                yield name, plan, parameter


def _arguments(
    name: str, plan: Callable[..., Any], devices: Mapping[str, Any], parameter: str, value: Any
) -> dict[str, Any]:
    known = {**GOOD, **devices}
    wanted = inspect.signature(plan).parameters
    given = {each: known[each] for each, what in wanted.items() if what.default is what.empty}
    return given | {parameter: value}


def _refusal(engine: RunEngine, make: Callable[[], Any]) -> str:
    try:
        engine(make())
    except Exception as error:  # noqa: BLE001 - whatever refuses it, its sentence is looked at
        return root_cause(error)
    return ""


CASES = (
    Case(
        "I2", "plans with NaN, infinity, texts and lists for numbers", "refused before a run or a move, named", are_bad
    ),
)
