"""Replay: a recording, or a single picture, plays the part of the camera."""

from typing import Any

from beadline.devices import Beads, Camera, Recorder, Tracker, Workbench


def microscope(
    workbench: Workbench,
    *,
    source: str = "",
    frame_rate_hz: float = 50.0,
    pixel_size_nm: float | None = None,
    window_px: int = 64,
    **options: Any,
) -> dict[str, Any]:
    """Return the devices by name.

    Args:
        workbench: given by the session.
        source: a picture, a folder of pictures, a TIFF, a NumPy stack, or `file.h5::/dataset`.
        frame_rate_hz: how fast it is played [Hz].
        pixel_size_nm: size of a pixel in the sample [nm]; None when it is not known: positions stay in pixels.
        window_px: side of the window of a bead [px].
        options: further keyword data for `beadline.drivers.replay`.

    Raises:
        ValueError: no source given.
    """
    if not source:
        raise ValueError("The replay profile needs a source: what to play, for example --set source=pictures/")
    camera = Camera(
        workbench,
        "beadline.drivers.replay:microscope",
        frame_rate_hz=frame_rate_hz,
        pixel_size_nm=pixel_size_nm,
        arguments={"source": source, **options},
    )
    tracker = Tracker(camera, window_px=window_px)
    return {
        "camera": camera,
        "tracker": tracker,
        "beads": Beads(tracker),
        "recorder": Recorder(camera, tracker),
    }
