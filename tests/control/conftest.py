"""A RunEngine with its control, without any instrument, and one with a small twin in lock-step."""

from functools import partial

import pytest
from bluesky import plan_stubs as bps

from beadline.plans import on_instrument_time
from beadline.session.steady_engine import SteadyEngine
from bench import BEADS, make_bench
from controlled import Gate, controlled


@pytest.fixture
def stand():
    made = controlled(SteadyEngine({}, context_managers=[]))
    yield made
    made.control.close("the test is over")


@pytest.fixture(scope="module")
def twin(tmp_path_factory):
    bench = make_bench(
        tmp_path_factory.mktemp("twin"),
        factory="beadline.simulation:microscope",
        axis="focus",
        unit="um",
        frame_rate_hz=200.0,
        clock="lock-step",
        engine=SteadyEngine({}, context_managers=[]),
        positions_px=[[40.0, 40.0], [80.0, 60.0]],
        tethers=1,
        references=1,
        seed=5,
    )
    made = controlled(bench.RE)
    bench.RE.preprocessors.append(partial(on_instrument_time, clock=bench.camera.clock))
    bench.RE(bps.abs_set(bench.tracker.beads, BEADS, wait=True))
    made.bench = bench
    yield made
    made.control.close("the test is over")
    bench.close()


@pytest.fixture
def gate():
    made = Gate()
    yield made
    made.opened.set()


collect_ignore = ["at_a_terminal.py"]
"""A program of its own, which the test beside it runs."""
