"""The simulated microscope, put together."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from beadline.hardware import Microscope

from .camera import SimulatedCamera
from .faults import Faults
from .lamp import SimulatedLamp
from .sample_files import read_sample
from .truth_file import TruthFile
from .world import World
from .world_settings import WorldSettings


def microscope(
    *,
    sample: str | None = None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    **settings: Any,
) -> Microscope:
    """Make a microscope out of nothing: a sample, its optics, a camera, axes and a lamp, in one world.

    Axes: `focus` [µm], `magnet_height` [mm], `magnet_turns` [turns], `stage_x` and `stage_y` [µm]. Lamp: `lamp`. Side
    recorder: `truth`. Actions: `truth()` is where everything is now; all others are faults, see `faults.Faults`.

    Args:
        sample: name or path of a sample, see `beadline.simulation.read_sample`; `settings` go before what it says.
        clock: the host's monotonic time [s].
        sleep: waits for a number of seconds of that time.
        settings: fields of `WorldSettings`, plain data.

    Raises:
        ValueError: a setting is unknown or out of range, or the beads do not fit.
        TypeError: a setting is of the wrong kind.
    """
    world = World(world_settings(sample=sample, **settings), clock)
    truth_file = TruthFile(world.sample, clock)
    camera = SimulatedCamera(world, truth_file, clock, sleep)
    lamp = SimulatedLamp(world.lamp)
    return Microscope(
        grabber=camera,
        axes=world.axes,
        lamps={"lamp": lamp},
        side_recorders={"truth": truth_file},
        actions={"truth": lambda: truth_now(world), **Faults(world, camera, lamp).actions},
    )


def world_settings(*, sample: str | None = None, **settings: Any) -> WorldSettings:
    """Return what `microscope` makes of a sample and the settings beside it: force law, pixel size and all the rest.

    Args:
        sample: as for `microscope`.
        settings: as for `microscope`.

    Raises:
        ValueError: a setting is unknown or out of range.
        TypeError: a setting is of the wrong kind.
    """
    described = {} if sample is None else read_sample(sample)
    molecules = {**described.get("molecules", {}), **settings.get("molecules", {})}
    return WorldSettings.from_plain({**described, **settings, "molecules": molecules})


def truth_now(world: World) -> dict[str, Any]:
    """Return the truth about every bead as lists, tethers first.

    Positions, turns, torques and states are those of the newest frame, the forces those of this moment;
    `extension_nm` is the height of the bottom of the bead above the surface, which is `z_nm` beside a recording, and
    `mean_extension_nm` its mean: what a microscope can measure. The molecule is longer where the bead rolls, or is
    attached off its lowest point. The mean is None for a reference and for a tether that is not stretched.
    States: 0 nothing, 1 its hairpin is open, 2 the surface holds its bead, 3 lost.
    """
    settings, sample, newest = world.settings, world.sample, world.newest
    stuck = settings.references
    forces = world.forces_now_pn()
    extensions = world.mean_extensions_nm()
    positions = sample.positions_px if newest is None else np.column_stack((newest.x_px, newest.y_px))
    return {
        "frame_id": None if newest is None else newest.id,
        "kind": ["tether"] * settings.tethers + ["reference"] * stuck,
        "class": [*sample.population.classes.tolist(), *["reference"] * stuck],
        "anchor_x_px": sample.positions_px[:, 0].tolist(),
        "anchor_y_px": sample.positions_px[:, 1].tolist(),
        "x_px": positions[:, 0].tolist(),
        "y_px": positions[:, 1].tolist(),
        "extension_nm": [None] * settings.beads if newest is None else newest.z_nm.tolist(),
        "defocus_nm": [None] * settings.beads if newest is None else newest.defocus_nm.tolist(),
        "mean_extension_nm": [None if np.isnan(each) else float(each) for each in extensions] + [None] * stuck,
        "contour_nm": sample.contours_nm.tolist() + [None] * stuck,
        "force_pn": forces.tolist(),
        "force_scale": sample.force_scales.tolist(),
        "turns": [None] * settings.beads if newest is None else newest.turns.tolist(),
        "torque_pn_nm": [None] * settings.beads if newest is None else newest.torque_pn_nm.tolist(),
        "state": [None] * settings.beads if newest is None else newest.state.tolist(),
        "events": [None] * settings.beads if newest is None else newest.events.tolist(),
    }
