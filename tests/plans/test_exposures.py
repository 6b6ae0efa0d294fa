"""The exposure is set by the picture, on the twin in lock-step, whose background is known: 120 at 9 ms and 60 %."""

import numpy as np
import pytest
from bluesky import plan_stubs as bps
from bluesky.run_engine import call_in_bluesky_event_loop
from bluesky.utils import RequestAbort

from beadline.acquisition import frame_brightness
from beadline.plans import TooDark, auto_exposure, plan_summary, record


def exposure_s(twin):
    return call_in_bluesky_event_loop(twin.camera.exposure_s.get_value())


def level(twin):
    return call_in_bluesky_event_loop(twin.lamp.level_percent.get_value())


@pytest.fixture
def lit(twin):
    """The twin; its light is afterwards as it was."""
    before = exposure_s(twin), level(twin)
    twin.RE(record(twin.camera, [twin.tracker], frames=1))  # the first frames say which exposure makes 120
    twin.documents.clear()
    yield twin
    twin.RE(bps.mv(twin.lamp.level_percent, before[1]))
    twin.RE(bps.mv(twin.camera.exposure_s, before[0]))


@pytest.mark.parametrize(("from_s", "percent"), [(0.0002, 60.0), (0.0095, 100.0), (0.006, 30.0)])
def test_the_background_comes_to_the_middle_by_the_exposure_alone(lit, from_s, percent):
    lit.RE(bps.mv(lit.camera.exposure_s, from_s, lit.lamp.level_percent, percent))
    lit.documents.clear()
    said = []
    if percent == 30.0:  # 60 at 9 ms: no exposure of this frame rate is long enough
        with pytest.raises(TooDark, match=r"Too dark: the background is at \d+ of 255 ADU at an exposure of 9\.5 ms"):
            lit.RE(auto_exposure(lit.camera, lit.tracker, say=said.append))
        assert exposure_s(lit) == from_s
        assert lit.stop_document()["exit_status"] == "fail"
        return
    lit.RE(auto_exposure(lit.camera, lit.tracker, say=said.append))
    looks = lit.data("brightness")
    assert 1 < len(looks) <= 6
    assert looks[0]["camera-exposure_s"] == pytest.approx(from_s)
    last = looks[-1]
    assert 100 <= last["tracker-brightness-background_adu"] <= 160
    assert last["tracker-brightness-saturated"] <= 1e-5
    assert last["camera-exposure_s"] == exposure_s(lit)
    expected = 120 * exposure_s(lit) / 0.009 * percent / 60
    assert last["tracker-brightness-background_adu"] == pytest.approx(expected, rel=0.1)
    assert level(lit) == percent
    assert said[0] in lit.stop_document()["reason"]


@pytest.mark.parametrize("percent", [5.0, 30.0])
def test_the_lamp_helps_where_the_exposure_ends(lit, percent):
    lit.RE(bps.mv(lit.lamp.level_percent, percent))
    lit.RE(auto_exposure(lit.camera, lit.tracker, lit.lamp))
    assert 100 <= lit.data("brightness")[-1]["tracker-brightness-background_adu"] <= 160
    assert exposure_s(lit) == pytest.approx(0.0095, rel=0.2)  # less where overlapping rings are saturated
    assert level(lit) > 45


def test_what_is_right_stays(lit):
    before = exposure_s(lit)
    lit.RE(auto_exposure(lit.camera, lit.tracker, saturated=1.0))
    assert len(lit.data("brightness")) == 1
    assert exposure_s(lit) == before


def test_too_bright_is_refused_and_the_light_is_as_before(lit):
    lit.RE(bps.mv(lit.lamp.level_percent, 100.0))
    with pytest.raises(TooDark, match="which is the least there is; make the lamp dimmer"):
        lit.RE(auto_exposure(lit.camera, lit.tracker, shortest_s=0.0094))
    assert exposure_s(lit) == pytest.approx(0.009)


@pytest.mark.parametrize("place", [3, 9, 15])
def test_an_abort_leaves_the_light_as_it_was(lit, place):
    lit.RE(bps.mv(lit.camera.exposure_s, 0.0003))
    lit.documents.clear()

    def aborted():
        plan = auto_exposure(lit.camera, lit.tracker, lit.lamp)
        answer, count = None, 0
        while True:
            try:
                message = plan.throw(RequestAbort()) if count == place + 8 else plan.send(answer)
            except StopIteration:
                return
            count += 1
            answer = yield message

    lit.RE(aborted())
    assert lit.stop_document()["exit_status"] == "abort"
    assert exposure_s(lit) == 0.0003


def test_a_lamp_that_is_off_is_named(lit):
    lit.RE(bps.mv(lit.lamp.level_percent, 0.0))
    with pytest.raises(TooDark, match=r"lamp is off; switch it on with RE\(bps\.mv\(lamp\.level_percent, 60\)\)"):
        lit.RE(auto_exposure(lit.camera, lit.tracker, lit.lamp))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"shortest_s": 0.0}, "shortest_s cannot be 0 s: it is above 0 s"),
        ({"longest_s": 0.02}, r"longest_s cannot be 0\.02 s: above shortest_s, 0\.0001 s, and at most a frame period"),
        ({"most_looks": 1}, "most_looks cannot be 1: it is at least 2"),
    ],
)
def test_what_cannot_be_is_refused(lit, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        lit.RE(auto_exposure(lit.camera, lit.tracker, **options))
    assert lit.documents == []


def test_it_can_be_foreseen(lit):
    foreseen = plan_summary(auto_exposure(lit.camera, lit.tracker, lit.lamp))
    assert (foreseen.plans, foreseen.events) == (["auto_exposure"], {"brightness": 1})


def test_a_histogram_says_what_is_looked_for():
    frame = np.full((100, 200), 1000, np.uint16)
    frame[:50, 100:] = 1500
    frame[90:, :10] = 4095
    frame[0, 0] = 3
    seen = frame_brightness(frame, 4095.0)
    assert (seen["background_adu"], seen["brightest_adu"], seen["low_adu"]) == (1000, 4095, 1000)
    assert seen["saturated"] == pytest.approx(100 / 20000)
    assert seen["unevenness"] == pytest.approx(500 / 1125)
