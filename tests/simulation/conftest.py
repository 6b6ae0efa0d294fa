from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from beadline.hardware import FrameStamp, Microscope
from beadline.simulation import kernels, microscope
from beadline.simulation.world_settings import WorldSettings


@pytest.fixture(autouse=True, scope="session")
def _compiled() -> None:
    kernels.compile_kernels()


class FakeClock:
    """A clock that only goes on when somebody sleeps."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s

    def sleep(self, duration_s: float) -> None:
        self.now_s += duration_s


class Bench:
    """A simulated microscope on a fake clock, and short ways to use it."""

    def __init__(self, **settings: Any) -> None:
        self.clock = FakeClock()
        self.microscope: Microscope = microscope(clock=self.clock, sleep=self.clock.sleep, **settings)
        self.camera: Any = self.microscope.grabber
        info = self.camera.open()
        self.pixels = np.zeros((info.height_px, info.width_px), np.uint8)

    def grab(self, timeout_s: float = 1.0) -> FrameStamp:
        stamp = self.camera.grab(self.pixels, timeout_s)
        assert stamp is not None
        return stamp

    def ids(self, count: int) -> list[int]:
        return [self.grab().id for _ in range(count)]

    def truth(self) -> dict[str, Any]:
        return self.microscope.actions["truth"]()

    def move(self, axis: str, target: float) -> None:
        """Move an axis and wait until it is there."""
        self.microscope.axes[axis].move(target)
        while self.microscope.axes[axis].state().moving:
            self.clock.sleep(0.01)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def bench() -> Callable[..., Bench]:
    """Make a small microscope that is quick to draw."""
    return lambda **settings: Bench(**{"width_px": 320, "height_px": 240, "tethers": 4, "references": 1, **settings})


@pytest.fixture
def settings() -> Callable[..., WorldSettings]:
    return lambda **plain: WorldSettings.from_plain(plain)
