"""Alerts are told once when they begin and once when they are over, whatever rules and sinks do."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beadline.acquisition import Board
from beadline.acquisition.camera_loop import FIELDS
from beadline.session.health_rules import NoFrames
from beadline.session.rules import Rules


class Told:
    def __init__(self):
        self.alerts = []

    def tell(self, alert):
        self.alerts.append(alert)


class Said:
    """A rule that says one sentence after the other."""

    name = "said"

    def __init__(self, sentences):
        self.sentences = list(sentences)

    def look(self):
        return self.sentences.pop(0)


@given(st.lists(st.sampled_from(["", "it is dark", "it is cold"]), max_size=20))
def test_each_alert_begins_once_and_is_over_once(sentences):
    sink = Told()
    rules = Rules([Said(sentences)], [sink], wall_clock=lambda: 7.0)
    lasting = ""
    for sentence in sentences:
        before = len(sink.alerts)
        rules.look()
        assert [each.sentence for each in rules.alerts] == [sentence] * bool(sentence)
        ended, began = bool(lasting and lasting != sentence), bool(sentence and lasting != sentence)
        assert [each.over for each in sink.alerts[before:]] == [True] * ended + [False] * began
        lasting = sentence
    begun = [each.sentence for each in sink.alerts if not each.over]
    over = [each.sentence for each in sink.alerts if each.over]
    assert begun == over + [lasting] * bool(lasting)


def test_rules_and_sinks_that_fail_stop_no_other(caplog):
    class Mute:
        def tell(self, alert):
            raise OSError("the line is dead")

    class Blind:
        name = "blind"

        def look(self):
            raise ValueError("no eyes")

    sink = Told()
    rules = Rules([Blind(), Said(["it is dark"])], [Mute(), sink], wall_clock=lambda: 7.0)
    rules.look()
    assert [each.sentence for each in sink.alerts] == ["blind cannot be told: no eyes", "it is dark"]
    assert caplog.text.count("an alert could not be told: the line is dead") == 2
    rules.rules.clear()
    rules.look()
    assert rules.alerts == []


@pytest.fixture
def camera():
    board = Board.create(FIELDS)
    yield SimpleNamespace(name="cam0", worker=SimpleNamespace(board=board), clock=SimpleNamespace(lock_step=False))
    board.close()


def test_a_camera_is_silent_after_2_s_or_three_of_its_frames(camera):
    now_s, board = [0.0], camera.worker.board
    rule = NoFrames(camera, lambda: now_s[0])

    def after(duration_s):
        now_s[0] += duration_s
        return rule.look()

    assert [after(0.0), after(100.0)] == ["", ""]
    board["running"] = 1
    assert [after(0.1), after(1.9)] == ["", ""]
    assert after(0.2) == "cam0 sends no frames for 2 s; check its cable and power"
    board["frames"], board["host_rate_hz"] = 1, 0.5
    assert [after(0.1), after(5.9)] == ["", ""]
    assert after(0.2) == "cam0 sends no frames for 6 s; check its cable and power"
    board["running"], board["failed"] = 0, 1
    assert after(0.1).startswith("cam0 has failed; look at")
    board["failed"], board["running"] = 0, 1
    camera.clock.lock_step = True
    assert after(100.0) == ""
