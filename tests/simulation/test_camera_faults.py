"""Each fault of the camera, as the grabber's caller meets it."""

import json

import numpy as np
import pytest

from beadline.hardware import CameraSettings


@pytest.fixture
def running(bench):
    """Make a microscope whose camera exposes."""

    def make(**settings):
        b = bench(**settings)
        b.camera.start()
        return b

    return make


def do(bench, name, **arguments):
    """Call an action with data as they come over the wire."""
    return bench.microscope.actions[name](**json.loads(json.dumps(arguments)))


def test_a_stalled_camera_is_silent_and_then_sends_what_its_buffer_kept(running):
    b = running(frame_rate_hz=100, buffer_frames=10)
    b.ids(3)
    do(b, "stall_camera", duration_s=0.5)
    began_s = b.clock()
    assert b.camera.grab(b.pixels, 0.4) is None
    assert b.clock() == pytest.approx(began_s + 0.4)
    assert b.microscope.actions["faults"]() == {"camera": {"stalled": pytest.approx(0.1)}}
    # 53 frames have ended when it comes back, the last ten of them are kept
    assert b.ids(11) == list(range(43, 54))
    assert b.microscope.actions["faults"]() == {}


def test_a_camera_can_stall_until_it_is_mended(running):
    b = running()
    do(b, "stall_camera")
    assert b.camera.grab(b.pixels, 1000.0) is None
    do(b, "mend")
    assert b.grab().id > 0


def test_a_repeated_frame_comes_twice_with_its_id_and_its_pixels(running):
    b = running()
    b.ids(2)
    do(b, "repeat_next", count=2)
    assert b.ids(2) == [2, 2]
    first = b.pixels.copy()
    assert b.ids(3) == [3, 3, 4]
    assert (first != b.pixels).any()
    b = running()
    b.ids(2)
    do(b, "repeat_next")
    b.grab()
    np.testing.assert_array_equal(b.pixels, first)


def test_swapped_frames_come_in_the_wrong_order_each_with_its_own_picture_and_time(running):
    pictures = {}
    for swap in (False, True):
        b = running(seed=4)
        b.ids(1)
        if swap:
            do(b, "swap_next")
        stamps = []
        for _ in range(3):
            stamps.append(b.grab())
            pictures[swap, stamps[-1].id] = b.pixels.copy()
        times = {each.id: each.device_time_s for each in stamps}
        assert np.diff([times[each] for each in (1, 2, 3)]) == pytest.approx([0.01, 0.01])
        assert [each.id for each in stamps] == ([2, 1, 3] if swap else [1, 2, 3])
    for frame_id in (1, 2, 3):
        np.testing.assert_array_equal(pictures[True, frame_id], pictures[False, frame_id])


def test_the_first_of_two_swapped_frames_waits_however_short_the_patience(running):
    b = running()
    do(b, "swap_next")
    b.clock.sleep(0.01)
    assert b.camera.grab(b.pixels, 0.002) is None
    b.clock.sleep(0.01)
    assert b.ids(2) == [1, 0]


def test_a_stop_forgets_the_frames_that_were_held_back(running):
    b = running()
    do(b, "swap_next")
    b.clock.sleep(0.01)
    assert b.camera.grab(b.pixels, 0.001) is None
    b.camera.stop()
    b.camera.start()
    assert b.ids(2) == [1, 2]


def test_frames_of_another_shape_are_refused_and_named(running):
    b = running()
    b.ids(2)
    do(b, "misshape_frames")
    sentence = r"sent frame 2 with 120 x 320 px instead of 240 x 320 px \(rows x columns\): .* set it again"
    with pytest.raises(RuntimeError, match=sentence):
        b.grab()
    do(b, "mend")
    assert b.grab().id == 2


def test_a_disconnected_camera_answers_nothing_until_it_is_mended(running):
    b = running()
    b.ids(2)
    do(b, "disconnect_camera")
    calls = [b.grab, b.camera.open, lambda: b.camera.apply(CameraSettings(100, 0.01))]
    for call in calls:
        with pytest.raises(OSError, match="The simulated camera is disconnected: check its cable and power"):
            call()
    b.camera.stop()
    with pytest.raises(OSError, match="is disconnected"):
        b.camera.start()
    do(b, "mend")
    b.camera.start()
    assert b.grab().id == 2


def test_faults_can_be_planned_by_frame(running):
    plan = [
        {"at_frame": 6, "do": "repeat_next"},
        {"at_frame": 2, "do": "drop_frames", "ids": [3, 4]},
        {"at_frame": 8, "do": "disconnect_camera"},
    ]
    b = running(instrument={"faults": plan})
    assert b.ids(7) == [0, 1, 2, 5, 6, 6, 7]
    with pytest.raises(OSError, match="is disconnected"):
        b.grab()


def test_a_planned_fault_touches_no_frame_before_its_own(running):
    pictures = []
    for plan in ([], [{"at_frame": 3, "do": "fail_lamp"}]):
        b = running(seed=3, instrument={"faults": plan})
        b.ids(3)
        pictures.append(b.pixels.copy())
        b.clock.sleep(0.02)
        b.ids(4)
        assert (b.pixels.mean() < 1) == bool(plan)
    np.testing.assert_array_equal(*pictures)


@pytest.mark.parametrize(
    ("plan", "sentence"),
    [
        ([{"at_frame": 3, "do": "explode"}], "Cannot plan 'explode': the simulated microscope can drop_frames, "),
        ([{"do": "mend"}], "A planned fault says at_frame, do, and the arguments"),
        ([{"at_frame": -1, "do": "mend"}], "cannot have at_frame = -1: from 0"),
        ([{"at_frame": 4, "do": "lose_bead"}], "Cannot plan lose_bead at frame 4: missing a required argument: 'bead'"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_at_once(bench, plan, sentence):
    with pytest.raises(ValueError, match=sentence):
        bench(instrument={"faults": plan})


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [
        ("stall_camera", {"duration_s": 0}, "Cannot stall the camera for 0 s: it must be above 0 s, or None"),
        ("repeat_next", {"count": 0}, "Cannot repeat 0 frames: at least 1"),
        ("swap_next", {"count": -1}, "Cannot swap -1 frames: at least 1"),
        ("lose_bead", {"bead": 5}, "Cannot lose bead 5: the sample has beads 0 to 4, tethers first"),
        ("stall_axis", {"axis": "foo"}, "has no axis 'foo': it has focus, magnet_height, magnet_turns, stage_x"),
        ("lose_steps", {"axis": "focus", "share": 2}, "Cannot let focus lose 2 of its way: a share is from 0 to 1"),
        ("overshoot_axis", {"axis": "focus", "by": -1}, "Cannot let focus overshoot by -1 um: it must be at least 0"),
        ("axis_noise", {"axis": "focus", "rms": -1}, "Cannot read focus with an error of -1 um: it must be at least 0"),
    ],
)
def test_a_fault_that_cannot_be_is_refused(bench, name, arguments, sentence):
    b = bench()
    with pytest.raises(ValueError, match=sentence):
        do(b, name, **arguments)
    assert b.microscope.actions["faults"]() == {}
