"""Axes and lamps that hang on the camera's hardware or world, on its clock."""

from beadline.acquisition import RemoteAxis, RemoteLamp, Worker

from .instrument_clock import InstrumentClock


class CameraAxis(RemoteAxis):
    """An axis in the camera worker."""

    def __init__(self, worker: Worker, name: str, clock: InstrumentClock) -> None:
        super().__init__(worker, name)
        self.clock = clock


class CameraLamp(RemoteLamp):
    """A lamp in the camera worker."""

    def __init__(self, worker: Worker, name: str, clock: InstrumentClock) -> None:
        super().__init__(worker, name)
        self.clock = clock
