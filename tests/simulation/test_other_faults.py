"""Faults of axes, lamp and beads: what is read back, and what really is."""

import numpy as np
import pytest

from beadline.hardware import AxisState

HEIGHT = "magnet_height"


def height(bench):
    return bench.microscope.axes[HEIGHT]


def force_pn(bench):
    return bench.truth()["force_pn"][0]


def do(bench, name, **arguments):
    return bench.microscope.actions[name](**arguments)


def test_a_stalled_axis_stands_in_mid_move_and_takes_commands_without_moving(bench):
    b = bench()
    height(b).move(1.0)
    b.clock.sleep(1.0)
    do(b, "stall_axis", axis=HEIGHT)
    stood = height(b).state()
    assert 1 < stood.position < 20
    assert not stood.moving
    height(b).move(5.0)
    b.clock.sleep(10)
    assert height(b).state() == stood
    assert do(b, "faults") == {HEIGHT: {"stuck": True}}
    do(b, "mend")
    b.move(HEIGHT, 5.0)
    assert height(b).state() == AxisState(5.0, moving=False)


@pytest.mark.parametrize("target", [3.0, 19.0])
def test_an_overshooting_axis_runs_beyond_its_target_and_comes_back(bench, target):
    b = bench()
    b.move(HEIGHT, 10.0)
    do(b, "overshoot_axis", axis=HEIGHT, by=0.5)
    height(b).move(target)
    places = []
    while height(b).state().moving:
        places.append(height(b).state().position)
        b.clock.sleep(0.001)
    farthest = min(places) if target < 10 else max(places)
    assert farthest == pytest.approx(target + (-0.5 if target < 10 else 0.5), abs=1e-3)
    assert height(b).state().position == target


def test_magnets_that_overshoot_pull_as_hard_as_where_they_really_are(bench):
    b = bench()
    b.move(HEIGHT, 3.0)
    before_pn = force_pn(b)
    do(b, "overshoot_axis", axis=HEIGHT, by=0.5)
    height(b).move(2.5)
    strongest_pn = before_pn
    while height(b).state().moving:
        strongest_pn = max(strongest_pn, force_pn(b))
        b.clock.sleep(0.001)
    assert strongest_pn > 1.25 * force_pn(b) > 1.25 * before_pn


def test_a_motor_that_loses_steps_says_it_has_arrived_and_has_not(bench):
    b = bench()
    do(b, "lose_steps", axis=HEIGHT, share=0.1)
    b.move(HEIGHT, 10.0)
    assert height(b).state() == AxisState(10.0, moving=False)
    b.camera.start()
    b.grab()
    assert b.camera._world.newest.magnet_height_mm == pytest.approx(11.0)
    do(b, "mend")
    b.move(HEIGHT, 5.0)
    b.camera.stop()
    b.camera.start()
    b.grab()
    # what was lost stays lost
    assert b.camera._world.newest.magnet_height_mm == pytest.approx(6.0)


def test_lost_steps_never_push_the_magnets_beyond_their_end_stop(bench):
    b = bench()
    do(b, "lose_steps", axis=HEIGHT, share=0.5)
    b.move(HEIGHT, 1.0)
    do(b, "mend")
    b.move(HEIGHT, 20.0)
    highest_pn = force_pn(bench())
    assert force_pn(b) == pytest.approx(highest_pn)


def test_an_axis_without_an_answer_raises_and_stands_still(bench):
    b = bench()
    height(b).move(1.0)
    b.clock.sleep(0.5)
    before_pn = force_pn(b)
    do(b, "break_axis", axis=HEIGHT)
    sentence = "magnet_height does not answer: its controller is silent; check its cable and power"
    for call in (height(b).open, height(b).state, lambda: height(b).move(2.0)):
        with pytest.raises(OSError, match=sentence):
            call()
    height(b).stop()
    b.clock.sleep(5)
    assert force_pn(b) == before_pn
    do(b, "mend")
    assert not height(b).state().moving


def test_a_noisy_sensor_is_wrong_and_the_magnets_are_where_they_were(bench):
    b = bench()
    before_pn = force_pn(b)
    do(b, "axis_noise", axis=HEIGHT, rms=0.05)
    read = []
    for _ in range(400):
        b.clock.sleep(0.01)
        read.append(height(b).state().position)
    # the spread of 400 numbers is known to 3.5 %
    assert np.std(read) == pytest.approx(0.05, rel=0.15)
    assert np.mean(read) == pytest.approx(20, abs=4 * 0.05 / 20)
    assert force_pn(b) == before_pn
    do(b, "mend")
    assert height(b).state().position == 20


def test_a_lamp_that_fails_is_dark_and_says_it_is_bright(bench):
    b = bench()
    lamp = b.microscope.lamps["lamp"]
    do(b, "fail_lamp")
    lamp.set_level_percent(80)
    b.camera.start()
    b.clock.sleep(0.02)
    b.grab()
    b.grab()
    assert lamp.level_percent() == 80
    assert b.pixels.max() <= 2
    assert do(b, "faults") == {"lamp": {"failed": True}}
    do(b, "mend")
    b.clock.sleep(0.02)
    b.ids(4)
    assert b.pixels.mean() == pytest.approx(160, rel=0.1)


def test_a_lost_bead_flies_to_the_magnets_and_out_of_the_picture(bench):
    b = bench(tethers=2, references=0, positions_px=[[100, 120], [220, 120]])
    b.move(HEIGHT, 3.3)
    b.camera.start()
    b.ids(2)

    def contrast(x):
        return b.pixels[100:141, x - 20 : x + 21].astype(float).std()

    whole = contrast(100), contrast(220)
    do(b, "lose_bead", bead=0)
    b.grab()
    # 8 pN over the drag of a bead of 1.4 µm: 0.34 mm/s, so 3.4 µm in one frame of 10 ms
    risen_nm = b.truth()["extension_nm"][0] - b.truth()["extension_nm"][1]
    assert 2000 < risen_nm < 5000
    b.ids(20)
    assert contrast(100) < 0.2 * whole[0]
    assert contrast(220) == pytest.approx(whole[1], rel=0.3)
    assert do(b, "faults") == {"lost_beads": [0]}


def test_a_bead_that_is_lost_with_the_magnets_up_dances_on_the_floor(bench):
    b = bench(bead="M270", tethers=2, references=30, width_px=640, height_px=480, force_scatter=0.0)
    for bead in range(32):
        do(b, "lose_bead", bead=bead)
    b.camera.start()
    b.clock.sleep(100.0)
    heights_nm = []
    for _ in range(30):
        b.clock.sleep(0.2)
        b.grab()
        heights_nm.append(b.truth()["extension_nm"])
    # the barometric law: kT over the weight, for an exponential distribution of 960 heights known to 3 %
    weight_pn = -b.truth()["force_pn"][0]
    assert np.mean(heights_nm) == pytest.approx(4.1164 / weight_pn, rel=0.1)
    assert np.std(heights_nm) == pytest.approx(4.1164 / weight_pn, rel=0.2)
    assert set(b.truth()["state"]) == {3}
