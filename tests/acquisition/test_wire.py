import multiprocessing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beadline.acquisition.wire import as_error, as_message, receive, send


class OddError(Exception):
    pass


def carried(value):
    here, there = multiprocessing.Pipe()
    try:
        send(here, {"value": value})
        return receive(there)["value"]
    finally:
        here.close()
        there.close()


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(), st.lists))
def test_plain_data_arrives_as_it_was(value):
    assert carried(value) == value


def test_arrays_arrive_as_lists_and_paths_as_text():
    assert carried(np.arange(3)) == [0, 1, 2]
    assert carried(np.float32(0.5)) == 0.5
    assert carried(Path("folder") / "file") == str(Path("folder") / "file")


def test_anything_else_is_refused():
    with pytest.raises(TypeError, match="Cannot send a set to a worker: plain data only"):
        carried({1, 2})


@pytest.mark.parametrize("kind", [ValueError, TypeError, RuntimeError, TimeoutError, FileNotFoundError, OSError])
def test_an_error_arrives_as_the_same_kind_with_the_name_of_the_worker(kind):
    error = as_error(as_message(kind("it is too late")), "camera")
    assert type(error) is kind
    assert str(error) == "camera: it is too late"


@pytest.mark.parametrize(
    ("error", "kind", "sentence"),
    [
        (ConnectionResetError("gone"), OSError, "camera: ConnectionResetError: gone"),
        (KeyError("x"), RuntimeError, "camera: KeyError: 'x'"),
        (OddError("odd"), RuntimeError, "camera: OddError: odd"),
        (ValueError(), ValueError, "camera: ValueError: "),
    ],
)
def test_an_error_of_another_kind_arrives_as_its_nearest_and_names_itself(error, kind, sentence):
    arrived = as_error(as_message(error), "camera")
    assert type(arrived) is kind
    assert str(arrived) == sentence
