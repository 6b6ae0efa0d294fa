"""Waiting, asking, telling and repeating."""

import pytest

from beadline.plans import NotConfirmed, confirm, notify, time_lapse, timed_wait


def test_a_wait_says_how_long_still(twin):
    said, began_s = [], twin.clock.now()
    twin.RE(timed_wait(60.0, "the enzyme binds", report_every_s=20.0, say=said.append))
    assert twin.clock.now() - began_s == pytest.approx(60.0)
    assert said == [f"the enzyme binds: {left} s of 60 s to go" for left in (60, 40, 20)]


def answered(plan, *answers):
    """Drive a plan by hand, with what a person types."""
    questions = [next(plan)]
    for answer in answers:
        with pytest.raises(StopIteration):
            questions.append(plan.send(answer))
    return questions


def test_only_a_yes_lets_a_plan_go_on():
    (asked,) = answered(confirm("Are the magnets above the cell?"), "Yes ")
    assert (asked.command, asked.kwargs["prompt"]) == ("input", "Are the magnets above the cell? [y/n] ")
    for typed, told in (("n", "The answer was no"), ("", "neither yes nor no"), ("perhaps", "'perhaps', which is")):
        plan = confirm("Sure?")
        next(plan)
        with pytest.raises(NotConfirmed, match=told):
            plan.send(typed)


def test_nobody_is_asked_who_has_answered_beforehand(twin):
    twin.RE(confirm("Sure?", answer=True))
    with pytest.raises(NotConfirmed):
        twin.RE(confirm("Sure?", answer=False))
    with pytest.raises(ValueError, match="say what is to be confirmed"):
        twin.RE(confirm(" ", answer=True))


def test_a_time_lapse_repeats_and_returns_what_each_time_returned(twin):
    numbers, said, results, began_s = iter(range(9)), [], [], twin.clock.now()

    def one():
        yield from notify("now", said.append)
        return next(numbers)

    def lapse():
        results.extend((yield from time_lapse(one, times=3, every_s=30.0, say=lambda _: None)))

    twin.RE(lapse())
    assert results == [0, 1, 2]
    assert said == ["now"] * 3
    assert twin.clock.now() - began_s == pytest.approx(60.0)
    with pytest.raises(ValueError, match="times cannot be 0"):
        twin.RE(time_lapse(one, times=0, every_s=1.0))
