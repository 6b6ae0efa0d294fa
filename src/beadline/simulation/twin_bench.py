"""The bench of the simulated microscope: how fast it moves its tethers and draws its pictures."""

import hashlib
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .pictures import Renderer
from .ring_table import ring_table
from .world import Exposure, World
from .world_settings import WorldSettings

ROUNDS = 7
FRAME_S, EXPOSURE_S = 0.01, 0.009
HIGH_FORCE_MM, LOW_FORCE_MM = 2.0, 12.0
DISTURBED = {
    "light": {"asymmetry": 1.0, "unevenness": 0.2, "dust": 30, "glass_dirt": 50},
    "instrument": {"lamp_flicker": 0.002},
}


class _Time:
    """A clock that is set."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def bench_twin(
    *,
    size_px: tuple[int, int] = (1024, 1024),
    beads: int = 100,
    frames: int = 40,
    seed: int = 1,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Measure the simulated microscope on one core, in CPU time.

    Args:
        size_px: width and height of the sensor [px].
        beads: number of beads, one in ten of them stuck.
        frames: in each of the rounds.
        seed: of the world.
        say: told what happens.

    Returns:
        `table_s`: to compute the rings of one kind of bead that are then kept [s]. `drawing`: `clean` and `disturbed`,
        in which all that disturbs pictures is switched on, with `ms_per_frame` (median, and `range` of the rounds) and
        `frames_per_s`. `motion`: `stretched` and `wandering` (near the wall, without force) with `us_per_tether` and
        frame. `digest`: SHA-256 of the frames of either drawing, the same for the same arguments and the same machine.

    Raises:
        ValueError: a number is out of range, or the beads do not fit.
    """
    if frames < 1 or beads < 1:
        raise ValueError(f"Cannot bench {frames} frames of {beads} beads: take at least one of each")
    say("compute the rings of a bead")
    result: dict[str, Any] = {"size_px": list(size_px), "beads": beads, "frames": frames, "seed": seed}
    result["table_s"] = _table_s(_settings(size_px, beads, seed))
    digest = hashlib.sha256()
    result["drawing"], result["motion"] = {}, {}
    for name, disturbances in (("clean", {}), ("disturbed", DISTURBED)):
        say(f"draw {name} frames of {size_px[0]} x {size_px[1]} px with {beads} beads")
        settings = _settings(size_px, beads, seed, **disturbances)
        result["drawing"][name] = _drawing(settings, frames, digest.update)
    for name, height_mm in (("stretched", HIGH_FORCE_MM), ("wandering", LOW_FORCE_MM)):
        say(f"move {name} tethers")
        result["motion"][name] = _motion(_settings(size_px, beads, seed), height_mm, frames)
    result["digest"] = digest.hexdigest()
    return result


def _settings(size_px: tuple[int, int], beads: int, seed: int, **further: Any) -> WorldSettings:
    references = beads // 10
    size = {"width_px": size_px[0], "height_px": size_px[1]}
    plain = {**size, "tethers": beads - references, "references": references, "seed": seed, **further}
    return WorldSettings.from_plain(plain)


def _table_s(settings: WorldSettings) -> float:
    with tempfile.TemporaryDirectory(prefix="beadline-bench-") as folder:
        before = time.process_time()
        ring_table.__wrapped__(settings.bead_optics(settings.kind), settings.patch_px, Path(folder))
        return round(time.process_time() - before, 3)


def _world_at(settings: WorldSettings, height_mm: float) -> tuple[World, float]:
    """Return a world with the magnets in place, and the time [s]."""
    clock = _Time()
    world = World(settings, clock)
    magnets = world.axes["magnet_height"]
    magnets.move(height_mm)
    while magnets.state().moving:
        clock.now_s += 0.1
    return world, clock.now_s


def _exposures(world: World, began_s: float, frames: int) -> list[Exposure]:
    return [world.expose(each, began_s + each * FRAME_S, EXPOSURE_S) for each in range(frames)]


def _drawing(settings: WorldSettings, frames: int, tell: Callable[[bytes], None]) -> dict[str, Any]:
    world, began_s = _world_at(settings, HIGH_FORCE_MM)
    renderer, exposures = Renderer(settings), _exposures(world, began_s, frames)
    into = np.zeros((settings.height_px, settings.width_px), np.uint8)
    for exposure in exposures:
        renderer.draw(into, exposure, world.noise_key(exposure.id), (0, 0), 1.0)
        tell(into.tobytes())

    def draw() -> None:
        for exposure in exposures:
            renderer.draw(into, exposure, world.noise_key(exposure.id), (0, 0), 1.0)

    each_ms = 1000 * _rounds_s(draw) / frames
    median_ms = float(np.median(each_ms))
    spread = [round(float(each_ms.min()), 3), round(float(each_ms.max()), 3)]
    return {"ms_per_frame": round(median_ms, 3), "range": spread, "frames_per_s": round(1000 / median_ms, 1)}


def _motion(settings: WorldSettings, height_mm: float, frames: int) -> dict[str, float]:
    world, now_s = _world_at(settings, height_mm)
    _exposures(world, now_s, 1)
    began = [now_s]

    def move() -> None:
        began[0] += frames * FRAME_S
        _exposures(world, began[0], frames)

    return {"us_per_tether": round(1e6 * float(np.median(_rounds_s(move))) / frames / settings.tethers, 3)}


def _rounds_s(work: Callable[[], None]) -> NDArray[np.float64]:
    """Return the CPU time of each of some rounds [s]."""
    found = []
    for _ in range(ROUNDS):
        before = time.process_time()
        work()
        found.append(time.process_time() - before)
    return np.array(found)
