"""The short form of the rows of the scoreboard that are quick: each fault is injected and survived."""

import logging

import pytest

from beadline.testing import fault_cases, run_case

FAST = [case for case in fault_cases() if case.fast]


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    """Bluesky logs each failure with its traceback, and here most runs are to fail."""
    monkeypatch.setattr(logging.getLogger("bluesky"), "disabled", True)


@pytest.mark.slow
@pytest.mark.parametrize("case", FAST, ids=lambda case: case.id)
def test_the_fault_is_survived(case, tmp_path):
    done = run_case(case, 1, tmp_path, full=False)
    assert done["failures"] == []
    assert (done["lost_frames"], done["lost_events"], done["doubled"], done["hardware_safe"]) == (0, 0, 0, True)
    assert done["survived"]
    assert done["injected"] > 0
