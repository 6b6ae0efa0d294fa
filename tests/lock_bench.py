"""A bench on the simulated microscope in lock-step: stuck beads with tables, and a lock of focus and stage."""

from functools import partial
from pathlib import Path
from typing import Any

from bluesky import plan_stubs as bps
from ophyd_async.core import init_devices

from beadline.devices import Bead, BeadLock, Magnets, Motor
from beadline.physics import M270_PAIR
from beadline.plans import make_lookup_table, on_instrument_time
from bench import Bench, make_bench

PLACES = [[48.0, 48.0], [128.0, 48.0], [208.0, 48.0]]


def make_lock_bench(folder: Path, *, beads: int = 3, **settings: Any) -> Bench:
    """Build it; it has a `lock`, `stage_x` and `magnets` besides, and its `height` is the focus."""
    made = make_bench(
        folder,
        factory="beadline.simulation:microscope",
        axis="focus",
        unit="um",
        clock="lock-step",
        **{
            "frame_rate_hz": 100.0,
            "drift_nm_per_s": [0.0, 0.0, 0.0],
            "drift_walk_nm_per_root_s": 0.0,
            "focal_factor": 1.0,
            "pixel_size_nm": 112.0,
            "seed": 4,
            "width_px": 96 + 80 * (beads - 1),
            "height_px": 96,
            "positions_px": PLACES[:beads],
            "tethers": 0,
            "references": beads,
            **settings,
        },
    )
    made.RE.preprocessors.append(partial(on_instrument_time, clock=made.camera.clock))
    with init_devices():
        stage_x = Motor(lambda: made.camera.axis("stage_x"), unit="um")
        stage_y = Motor(lambda: made.camera.axis("stage_y"), unit="um")
        magnets = Magnets(
            height=Motor(lambda: made.camera.axis("magnet_height"), unit="mm"),
            turns=Motor(lambda: made.camera.axis("magnet_turns"), unit="turns"),
            law=M270_PAIR,
        )
    with init_devices():
        bead_lock = BeadLock(made.tracker, made.height, (stage_x, stage_y))
    made.lock, made.stage_x, made.magnets = bead_lock, stage_x, magnets
    chosen = [Bead(n, x, y, role="reference") for n, (x, y) in enumerate(PLACES[:beads])]
    made.RE(bps.abs_set(made.tracker.beads, chosen, wait=True))
    made.RE(make_lookup_table(made.camera, made.tracker, made.recorder, made.height, planes=24, frames=2))
    assert made.tracker.table_builder.refused == {}
    return made


def look(bench: Bench, bead: int, places: list[float]) -> Any:
    """Note, in a plan, how high a bead truly is above the focal plane [nm]."""
    (told,) = yield from bps.wait_for([lambda: bench.camera.action("truth")])
    places.append(told.result()["defocus_nm"][bead])
