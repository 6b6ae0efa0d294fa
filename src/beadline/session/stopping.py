"""Stop every axis, on a way of its own: without the RunEngine, its event loop, or a plan that would have to answer."""

import math
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from typing import Any

from ophyd_async.core import Device

from beadline.acquisition import in_background
from beadline.devices import BeadLock, Motor
from beadline.status import AxisStop

PATIENCE_S = 2.0


def stop_axes(devices: Iterable[Any]) -> tuple[AxisStop, ...]:
    """Stop each axis once, all at the same time, and read where they are; bead locks move nothing any more.

    Args:
        devices: of a session; axes inside of them are found.

    Returns:
        What came of each; one that does not answer within two seconds has an error and no position.
    """
    devices = list(devices)
    for device in devices:
        if isinstance(device, BeadLock):  # first: it would move the focus again
            device.freeze("everything was stopped; set the lock again")
    axes = {id(axis): axis for device in devices for axis in _axes_in(device)}.values()
    stopping = [(axis, in_background(_stop(axis), f"stop {axis.name}")) for axis in axes]
    stopped = [(axis, _problem(future)) for axis, future in stopping]
    reading = [(axis, problem, in_background(_position(axis), f"read {axis.name}")) for axis, problem in stopped]
    return tuple(_outcome(axis, problem, future) for axis, problem, future in reading)


def _axes_in(device: Any) -> Iterator[Any]:
    if isinstance(device, Motor):
        yield device
    elif isinstance(device, Device):
        for _, child in device.children():
            yield from _axes_in(child)
    elif callable(getattr(device, "stop", None)) and hasattr(device, "position"):
        yield device  # a classic positioner


def _stop(axis: Any) -> Callable[[], object]:
    return axis.stop_now if isinstance(axis, Motor) else axis.stop


def _position(axis: Any) -> Callable[[], float]:
    return lambda: float(axis.axis.state().position if isinstance(axis, Motor) else axis.position)


def _problem(future: "Future[Any]") -> str:
    try:
        future.result(PATIENCE_S)
    except TimeoutError:
        return f"did not answer within {PATIENCE_S:g} s"
    except Exception as error:  # noqa: BLE001 - whatever a driver raises: the others are stopped as well
        return f"{type(error).__name__}: {error}"
    return ""


def _outcome(axis: Any, problem: str, reading: "Future[float]") -> AxisStop:
    unread = _problem(reading)
    position = math.nan if unread else reading.result()
    unit = axis.info.unit if isinstance(axis, Motor) else str(getattr(axis, "egu", ""))
    return AxisStop(axis.name, position, unit, "; ".join(dict.fromkeys(filter(None, (problem, unread)))))
