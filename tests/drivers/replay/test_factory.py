import numpy as np
import pytest

from beadline.drivers.replay import microscope
from beadline.hardware import CameraInfo, CameraSettings, FrameStamp, Microscope
from drivers.replay.fakes import numbered


class CountingGrabber:
    """Delivers frames of the numbers 0, 1, 2 … at once, or stays silent."""

    def __init__(self, silent):
        self.silent = silent
        self.number = 0

    def open(self):
        return CameraInfo("counting", "", 8, 6, 12, 1000.0)

    def apply(self, settings):
        return settings

    def start(self):
        pass

    def grab(self, into, timeout_s):
        if self.silent:
            return None
        into[...] = self.number
        self.number += 1
        return FrameStamp(self.number, 0.0, 0.0)

    def stop(self):
        pass

    def close(self):
        pass


def counting(*, silent=False):
    return Microscope(CountingGrabber(silent))


def no_microscope():
    return "something else"


def prerendered(**changes):
    return {"factory": f"{__name__}:counting", "frames": 3, **changes}


@pytest.fixture
def stack_path(tmp_path):
    np.save(tmp_path / "stack.npy", numbered(4))
    return str(tmp_path / "stack.npy")


def frames_of(made, count):
    """Return the first frames, at the greatest rate."""
    info = made.grabber.open()
    made.grabber.apply(CameraSettings(1000.0, 0.0005))
    made.grabber.start()
    frames = np.zeros((count, info.height_px, info.width_px), info.dtype)
    for frame in frames:
        assert made.grabber.grab(frame, 2.0) is not None
    made.grabber.close()
    return frames


@pytest.mark.parametrize("preload", [None, True, False])
def test_frames_are_the_same_from_memory_and_from_the_file(stack_path, preload):
    frames = frames_of(microscope(source=stack_path, preload=preload), 6)
    assert np.array_equal(frames, numbered(4)[[0, 1, 2, 3, 0, 1]])


def test_the_camera_says_what_it_plays(stack_path):
    info = microscope(source=stack_path, max_frame_rate_hz=900.0).grabber.open()
    assert info.model == f"replay of {stack_path}"
    assert (info.width_px, info.height_px, info.bit_depth, info.max_frame_rate_hz) == (8, 6, 16, 900.0)


def test_nothing_hangs_on_a_replay_but_a_camera(stack_path):
    made = microscope(source=stack_path)
    assert not (made.axes)
    assert not (made.lamps)
    assert not (made.side_recorders)
    assert not (made.actions)


def test_nothing_is_looked_at_before_the_camera_is_opened():
    grabber = microscope(source="nowhere").grabber
    with pytest.raises(ValueError, match="there is no file or folder nowhere"):
        grabber.open()


def test_the_bits_of_a_pixel_can_be_told(stack_path):
    assert microscope(source=stack_path, bit_depth=12).grabber.open().bit_depth == 12
    with pytest.raises(ValueError, match=r"with 8 bit: its pixels are uint16, 9 to 16 bit are allowed"):
        microscope(source=stack_path, bit_depth=8).grabber.open()


def test_pictures_beyond_the_memory_allowed_are_read_from_the_file(stack_path):
    frames = frames_of(microscope(source=stack_path, memory_limit_mb=0.0001), 5)
    assert np.array_equal(frames[4], numbered(1)[0])


def test_a_preload_beyond_the_memory_allowed_is_refused(stack_path):
    made = microscope(source=stack_path, memory_limit_mb=0.0001, preload=True)
    with pytest.raises(
        ValueError, match=r"stack\.npy in memory: they take 0.000384 MB, the limit is 0.0001 MB; .*memory_limit_mb"
    ):
        made.grabber.open()


@pytest.mark.parametrize("arguments", [{}, {"source": "x.npy", "prerender": prerendered()}])
def test_there_is_one_source_or_one_prerender(arguments):
    with pytest.raises(ValueError, match="name either a source or a prerender, and not both"):
        microscope(**arguments)


def test_options_of_a_source_do_not_go_with_a_prerender():
    with pytest.raises(ValueError, match="channel, bit_depth and preload belong to a source"):
        microscope(prerender=prerendered(), channel="red")


def test_frames_of_another_microscope_are_taken_in_advance_and_replayed():
    made = microscope(prerender=prerendered(arguments={"silent": False}))
    assert list(frames_of(made, 5)[:, 0, 0]) == [0, 1, 2, 0, 1]
    assert made.grabber.open().bit_depth == 12


def test_a_prerender_may_have_more_bits_than_its_microscope():
    made = microscope(prerender=prerendered(bit_depth=15))
    assert list(frames_of(made, 3)[:, 0, 0]) == [0, 8, 16]
    assert made.grabber.open().bit_depth == 15
    with pytest.raises(ValueError, match=r"with 11 bit: its camera has 12"):
        microscope(prerender=prerendered(bit_depth=11)).grabber.open()


def test_a_prerender_beyond_the_memory_allowed_is_refused():
    made = microscope(prerender=prerendered(), memory_limit_mb=0.0001)
    with pytest.raises(ValueError, match=r"3 frames of .*:counting in memory"):
        made.grabber.open()


def test_a_prerender_of_a_silent_camera_gives_up():
    made = microscope(prerender=prerendered(arguments={"silent": True}))
    with pytest.raises(TimeoutError, match=r"its camera was silent for 5 s"):
        made.grabber.open()


def test_a_prerender_of_something_else_is_refused():
    made = microscope(prerender=prerendered(factory=f"{__name__}:no_microscope"))
    with pytest.raises(TypeError, match=r"it returned 'something else', not a Microscope"):
        made.grabber.open()


@pytest.mark.parametrize("factory", ["beadline.nowhere:microscope", "beadline.drivers.replay:nothing", "beadline", ""])
def test_a_prerender_by_a_name_that_is_nothing_is_refused(factory):
    made = microscope(prerender=prerendered(factory=factory))
    with pytest.raises(ValueError, match=r"Cannot prerender from .*; write module:function"):
        made.grabber.open()


@pytest.mark.parametrize(
    ("plain", "message"),
    [
        ({"frames": 3}, "it needs factory and frames, and may have arguments, frame_rate_hz and bit_depth"),
        (prerendered(rate=3), "it needs factory and frames, and may have arguments, frame_rate_hz and bit_depth"),
        (prerendered(frames=0), "Cannot prerender 0 frames: ask for at least 1"),
        (prerendered(frame_rate_hz=0.0), "Cannot prerender at 0 frames/s: the rate must be above 0"),
    ],
)
def test_a_prerender_that_makes_no_sense_is_refused(plain, message):
    with pytest.raises(ValueError, match=message):
        microscope(prerender=plain)
