"""What a script says on a terminal while it waits for a plan."""

import io
import threading
from itertools import count

import pytest

from beadline.session import progress_line
from beadline.session.progress_line import wait_and_tell


class Terminal(io.StringIO):
    """Keeps what is written; may be a file instead."""

    def __init__(self, *, is_terminal=True):
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self):
        return self._is_terminal


@pytest.fixture(autouse=True)
def often(monkeypatch):
    monkeypatch.setattr(progress_line, "EVERY_S", 0.01)


def telling(event, lines, after):
    """Return what says how it goes, and ends the wait after so many times."""
    numbers = count(1)

    def sentence():
        number = next(numbers)
        if number == after:
            event.set()
        return lines[number % len(lines)]

    return sentence


def test_the_line_is_renewed_in_its_place_and_gone_at_the_end():
    event, terminal = threading.Event(), Terminal()
    assert wait_and_tell(event, None, telling(event, ["a longer line", "short"], 4), terminal)
    assert terminal.getvalue() == ("short\ra longer line\rshort        \ra longer line\r             \r")


def test_a_line_is_no_longer_than_the_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    event, terminal = threading.Event(), Terminal()
    wait_and_tell(event, None, telling(event, ["x" * 50], 1), terminal)
    assert terminal.getvalue().split("\r")[0] == "x" * 19


@pytest.mark.parametrize("timeout_s", [0.05, 0.0])
def test_a_wait_that_is_too_short_is_told_and_leaves_no_line(timeout_s):
    terminal = Terminal()
    assert not wait_and_tell(threading.Event(), timeout_s, lambda: "it goes on", terminal)
    assert terminal.getvalue().rpartition("it goes on\r")[2].strip() == ""


def test_into_a_file_and_on_other_threads_nothing_is_said():
    file, terminal, answers = Terminal(is_terminal=False), Terminal(), []
    assert not wait_and_tell(threading.Event(), 0.05, lambda: "it goes on", file)
    other = threading.Thread(
        target=lambda: answers.append(wait_and_tell(threading.Event(), 0.05, lambda: "it goes on", terminal))
    )
    other.start()
    other.join()
    assert (file.getvalue(), terminal.getvalue(), answers) == ("", "", [False])
