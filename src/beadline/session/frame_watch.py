"""How many frames of the present run there are, from what the workers publish: asking costs them nothing."""

from typing import Any

from bluesky import Msg

from beadline.devices import Camera, Recorder, RingDetector, Tracker
from beadline.status import FrameProgress


class FrameWatch:
    """Counts the frames of the camera and of the consumers that a run has prepared.

    Attributes:
        recording: whether frames are being asked for.
    """

    def __init__(self) -> None:
        """Begin with a run that has prepared nothing: what the last one left on the boards is not counted."""
        self.recording = False
        self._camera: Camera | None = None
        self._prepared: dict[RingDetector | Camera, Any] = {}
        self._origin_s: float | None = None
        self._paused_at_s: float | None = None
        self._paused_s = 0.0
        self._lag_s: float | None = None

    def answered(self, message: Msg, answer: Any) -> None:
        """Be told a message that the RunEngine has carried out, with its status."""
        device, command = message.obj, message.command
        if command == "prepare" and isinstance(device, Camera | RingDetector):
            self._prepared[device] = answer
            if isinstance(device, Camera):
                self._camera, self._origin_s = device, None
        elif isinstance(device, Camera) and command in ("kickoff", "trigger"):
            self.recording = True
            if command == "kickoff":
                self._origin_s, self._paused_s = device.clock.now(), 0.0
        elif command == "read" and isinstance(device, RingDetector):
            self.recording = False
        elif isinstance(device, RingDetector) and command == "complete":
            self.lag_s()
            self.recording, self._origin_s = False, None

    def paused(self) -> None:
        """Be told that the plan has been paused."""
        if self._camera is not None:
            self._paused_at_s = self._camera.clock.now()

    def resumed(self) -> None:
        """Be told that it goes on."""
        if self._camera is not None and self._paused_at_s is not None:
            self._paused_s += self._camera.clock.now() - self._paused_at_s
        self._paused_at_s = None

    def progress(self, asked: int | None) -> FrameProgress:
        """Return the counts.

        Args:
            asked: how many frames there will be, if that is known.
        """
        takers = [each for each in self._ready() if isinstance(each, RingDetector)]
        produced, delivered = self._produced()
        return FrameProgress(
            asked=asked,
            produced=produced,
            recorded=_rows(takers, Recorder),
            tracked=_rows(takers, Tracker),
            missed=produced - delivered + max((int(each.worker.board["missed"]) for each in takers), default=0),
        )

    def _ready(self) -> list[RingDetector | Camera]:
        """Return what is prepared: before, its board shows the run before."""
        return [device for device, status in self._prepared.items() if status is not None and status.done]

    def _produced(self) -> tuple[int, int]:
        return self._camera.books.so_far if self._camera in self._ready() and self._camera is not None else (0, 0)

    def queues(self) -> dict[str, int]:
        """Return how many frames wait for each consumer."""
        if self._camera is None:
            return {}
        written = int(self._camera.worker.board["ring_written"])
        takers = [each for each in self._ready() if isinstance(each, RingDetector)]
        return {each.name: max(0, written - int(each.worker.board["settled_seq"])) for each in takers}

    def rate_hz(self) -> float | None:
        """Return at which rate frames come [Hz]; None without a camera."""
        return None if self._camera is None else 1 / self._camera.flyable_logic.frame_period_s()

    def lag_s(self) -> float | None:
        """Return by how much the newest frame is later than the rate says [s]; None if there is no gap-free recording.

        When the recording is over, what it was at its end.
        """
        produced, _ = self._produced()
        if self._camera is None or self._origin_s is None or not produced or self._paused_at_s is not None:
            return self._lag_s
        board = self._camera.worker.board
        if not board["window_done"]:
            since_s = float(board["last_frame_s"]) - self._origin_s - self._paused_s
            self._lag_s = since_s - produced * self._camera.flyable_logic.frame_period_s()
        return self._lag_s


def _rows(takers: list[RingDetector], kind: type[RingDetector]) -> int | None:
    rows = [int(each.worker.board["written"]) for each in takers if isinstance(each, kind)]
    return max(rows, default=None)
