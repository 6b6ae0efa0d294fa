"""When frames happen: a schedule that goes on whether or not anybody fetches them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FrameSchedule:
    """The frames of one start of a camera, numbered from 0.

    Attributes:
        begin_s: start of the exposure of frame 0, on the clock of the host [s].
        period_s: from one frame to the next [s].
        exposure_s: at most one period [s].
        buffer_frames: frames that wait to be fetched; the oldest is lost when one more comes.
        length: number of frames after which the camera is silent; None is endless.
    """

    begin_s: float
    period_s: float
    exposure_s: float
    buffer_frames: int
    length: int | None = None

    def end_s(self, number: int) -> float:
        """Return when the exposure of a frame ends [s]."""
        return self.begin_s + number * self.period_s + self.exposure_s

    def finished(self, now_s: float) -> int:
        """Return how many frames have been exposed by now."""
        count = max(0, int((now_s - self.begin_s - self.exposure_s) // self.period_s) + 1)
        return count if self.length is None else min(count, self.length)

    def oldest_kept(self, now_s: float) -> int:
        """Return the number of the oldest frame that is still, or will be, in the buffer."""
        return max(0, self.finished(now_s) - self.buffer_frames)

    def is_over(self, number: int) -> bool:
        """Whether a frame of this number never comes."""
        return self.length is not None and number >= self.length
