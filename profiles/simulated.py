"""The simulated microscope: beads on 8 kb DNA and a few stuck ones, magnets and focus, all make-believe."""

from typing import Any, Literal

from beadline.devices import (
    BeadLock,
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
from beadline.simulation import world_settings

LOWEST_MM = 0.4
"""How near the magnets may come to the simulated flow cell [mm]."""


def microscope(
    workbench: Workbench,
    *,
    frame_rate_hz: float = 100.0,
    tethers: int | None = None,
    references: int | None = None,
    seed: int | None = None,
    truth: bool = False,
    clock: Literal["real", "lock-step"] = "real",
    **world: Any,
) -> dict[str, Any]:
    """Return the devices by name.

    Args:
        workbench: given by the session.
        frame_rate_hz: frames per second [Hz].
        tethers: number of tethered beads; 20, if no sample says otherwise.
        references: number of stuck beads; 3, if no sample says otherwise.
        seed: the same seed makes the same microscope.
        truth: write truth.h5 beside each recording.
        clock: "lock-step" lets time pass only while a plan waits for it, as fast as the machine can.
        world: further keyword data for `beadline.simulation.microscope`, such as `sample`.
    """
    chosen = {"tethers": tethers, "references": references, "seed": seed}
    given = {name: value for name, value in chosen.items() if value is not None}
    settings = world_settings(**given, **world)
    camera = Camera(
        workbench,
        "beadline.simulation:microscope",
        frame_rate_hz=frame_rate_hz,
        pixel_size_nm=settings.pixel_size_nm,
        focal_factor=settings.focal_factor,
        side_recorders=["truth"] if truth else [],
        clock=clock,
        arguments={**given, **world},
    )
    tracker = Tracker(camera, window_px=64)
    focus = Motor(lambda: camera.axis("focus"), unit="um")
    stage = (Motor(lambda: camera.axis("stage_x"), unit="um"), Motor(lambda: camera.axis("stage_y"), unit="um"))
    return {
        "camera": camera,
        "tracker": tracker,
        "beads": Beads(tracker),
        "recorder": Recorder(camera, tracker),
        "focus": focus,
        "stage_x": stage[0],
        "stage_y": stage[1],
        "bead_lock": BeadLock(tracker, focus, stage),
        "magnets": Magnets(
            height=MagnetHeight(
                lambda: camera.axis("magnet_height"),
                FlowCell(workbench, "simulated", declared_limit_mm=LOWEST_MM),
            ),
            # The sample is new with every session, and its molecules have no turns yet.
            turns=MagnetTurns(lambda: camera.axis("magnet_turns"), workbench, keep=False),
            law=settings.law,
        ),
        "lamp": Lamp(lambda: camera.lamp("lamp")),
    }
