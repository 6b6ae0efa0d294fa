"""Copy this one for your own microscope, and replace the simulated parts one by one.

Each device is a line. What is not there yet stays simulated: a microscope with a real magnet stage and a
simulated camera is a good place to start. Name what makes your camera as `module:function`; the function
returns a `beadline.hardware.Microscope`, and runs in a process of its own.
"""

from typing import Any

from beadline.devices import (
    Beads,
    Camera,
    FlowCell,
    Lamp,
    MagnetHeight,
    Magnets,
    MagnetTurns,
    Motor,
    Recorder,
    Tracker,
    Workbench,
)
from beadline.physics import M270_PAIR


def microscope(workbench: Workbench) -> dict[str, Any]:
    """Return the devices by name: these names are what you type at the prompt."""
    camera = Camera(
        workbench,
        # 1. Your camera: a function in a module of yours, and the plain data it needs.
        "beadline.simulation:microscope",
        arguments={"tethers": 12, "references": 3, "seed": 7},
        frame_rate_hz=60.0,
        exposure_s=0.012,
        # 2. Your optics: a pixel in the sample [nm] (measure it with a stage micrometer), and how far the focal
        #    plane moves per objective travel: 1.0 for a water objective, about 0.88 for oil.
        pixel_size_nm=112.0,
        focal_factor=0.878,
    )
    # 3. How large a bead's rings are: MyOne 64 px, M270 96 to 128 px at about 110 nm/px.
    tracker = Tracker(camera, window_px=64)
    return {
        "camera": camera,
        "tracker": tracker,
        "beads": Beads(tracker, frames=10),
        "recorder": Recorder(camera, tracker),
        # 4. Your motors: anything that satisfies `beadline.hardware.Axis`, or any Bluesky positioner (an EPICS
        #    motor, a classic ophyd one) in its place.
        "focus": Motor(lambda: camera.axis("focus"), unit="um"),
        "magnets": Magnets(
            #    The magnets go nowhere near the sample before the plan `touch_off` has found the limit of the flow
            #    cell; while they are simulated, nothing can be hurt, and the limit is simply declared. Turns are kept
            #    in the data folder (`keep=True`) once the molecules outlive the session.
            height=MagnetHeight(
                lambda: camera.axis("magnet_height"), FlowCell(workbench, "simulated", declared_limit_mm=0.4)
            ),
            turns=MagnetTurns(lambda: camera.axis("magnet_turns"), workbench, keep=False),
            # 5. Your magnets: force [pN] against height [mm] on the monotone branch, as you calibrated it.
            law=M270_PAIR,
        ),
        "lamp": Lamp(lambda: camera.lamp("lamp")),
    }
