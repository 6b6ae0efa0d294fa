"""The force rises and falls at the rate that was asked for, by the read-back and by the truth of the twin."""

import threading

import numpy as np
import pytest
from bluesky import plan_stubs as bps
from bluesky.run_engine import call_in_bluesky_event_loop
from bluesky.utils import RunEngineInterrupted

from beadline.plans import force_ramp, root_cause


def ramp(twin, *args, **options):
    return force_ramp(twin.camera, [twin.tracker], twin.magnets.force, *args, **options)


def rate_between(events, first, last):
    """Return the slope of the force against the frames within a part of a ramp [pN/s]."""
    frames = np.array([event["moment-frame"] for event in events])
    forces = np.array([event["magnets-force"] for event in events])
    part = (frames >= first) & (frames <= last)
    return np.polyfit(frames[part] / 100.0, forces[part], 1)[0]


def test_the_rate_is_realised_from_1_to_20_pn(twin, frame_ids):
    twin.RE(ramp(twin, 1.0, 20.0, 3.0, hold_s=0.2, back=False))
    (found,) = twin.data("ramps")
    assert found["ramp_found-realised_rate_pn_per_s"] == pytest.approx(3.0, rel=0.03)
    assert found["ramp_found-greatest_deviation_pn"] < 0.4
    assert found["ramp_found-interrupted"] == 0
    events = twin.data("magnets")
    first, last = found["ramp-first_frame"], found["ramp-last_frame"]
    assert last - first == pytest.approx(633, abs=20)
    for part in np.array_split(np.arange(first, last + 1), 3):
        assert rate_between(events, part[0], part[-1]) == pytest.approx(3.0, rel=0.03)
    ids = frame_ids()
    assert ids[0] < first < last <= ids[-1]
    # every frame of a ramp lies between two moments of reading back
    frames = [event["moment-frame"] for event in events]
    assert np.all(np.diff(frames) > 0)
    assert frames[0] <= first
    assert last <= frames[-1] + 1


def test_the_force_on_the_bead_is_what_the_read_back_says_at_each_moment(twin):
    seen = []

    def look(name, document):
        if name == "event" and "moment-frame" in document["data"]:
            truth = twin.camera.worker.prompt("action", name="truth", arguments={})
            seen.append((document["data"]["magnets-force"], truth["force_pn"][0], truth["force_scale"][0]))

    token = twin.RE.subscribe(look)
    try:
        twin.RE(ramp(twin, 8.0, 4.0, 5.0, hold_s=0.0, back=False))
    finally:
        twin.RE.unsubscribe(token)
    (found,) = twin.data("ramps")
    assert found["ramp_found-realised_rate_pn_per_s"] == pytest.approx(-5.0, rel=0.03)
    read, true, scale = np.array(seen).T
    assert np.ptp(read * scale - true) < 0.02  # the weight: time has not passed between reading and the document
    assert len(read) >= 8


def test_a_pause_of_a_ramp_makes_no_jump_and_does_not_change_its_rate(twin):
    paused = []

    def pause_once(name, document):
        if name == "event" and document["seq_num"] == 5 and not paused:
            paused.append(True)
            threading.Thread(target=twin.RE.request_pause, args=(False,)).start()

    token = twin.RE.subscribe(pause_once)
    try:
        with pytest.raises(RunEngineInterrupted):
            twin.RE(ramp(twin, 4.0, 12.0, 5.0, hold_s=0.0, back=False))
        twin.clock.plan_goes_on = False
        call_in_bluesky_event_loop(twin.clock.sleep_of_plan(3.0))  # the person who paused
        twin.RE.resume()
    finally:
        twin.RE.unsubscribe(token)
    forces = np.array([event["magnets-force"] for event in twin.data("magnets")])
    frames = np.array([event["moment-frame"] for event in twin.data("magnets")])
    assert np.diff(frames).max() > 250
    assert np.abs(np.diff(forces)).max() < 5.0 * 0.05 * 4
    assert forces[-1] == pytest.approx(12.0, rel=0.002)
    (found,) = twin.data("ramps")
    assert found["ramp_found-interrupted"] == 1
    assert found["ramp_found-realised_rate_pn_per_s"] == pytest.approx(5.0, rel=0.05)
    assert found["ramp_found-greatest_deviation_pn"] < 0.4


REFUSED = {
    (1.0, 20.0, 0.0): "rate_pn_per_s cannot be 0 pN/s: it is above 0 pN/s",
    (1.0, 1.0, 1.0): "a ramp ends at another force than it begins at",
    (1.0, 400.0, 1.0): "The magnets cannot make 400 pN",
    (0.05, 1.0, 5.0): "it can do 5 mm/s",
}


@pytest.mark.parametrize(("arguments", "sentence"), REFUSED.items(), ids=str)
def test_a_ramp_that_cannot_be_is_refused_before_anything_moves(twin, arguments, sentence):
    with pytest.raises(Exception, match=r".") as failure:
        twin.RE(ramp(twin, *arguments))
    assert sentence in root_cause(failure.value)
    assert twin.documents == []
    twin.RE(bps.null())
    assert call_in_bluesky_event_loop(twin.magnets.height.readback.get_value()) == pytest.approx(3.0, abs=0.001)
