"""Stands and supervisors for the tests of the workers."""

import os
from pathlib import Path

import pytest

from acquisition.stand import Stand
from beadline.acquisition import Supervisor


@pytest.fixture
def stand():
    made = Stand()
    yield made
    made.loop.close()


@pytest.fixture
def supervisor(monkeypatch):
    """A supervisor of processes; what they said is in `lines`."""
    tests = Path(__file__).parents[1]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tests), os.environ.get("PYTHONPATH", "")]))
    lines = []
    made = Supervisor(log=lines.append)
    made.lines = lines
    yield made
    made.stop()
