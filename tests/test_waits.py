"""Whoever waits for the instrument waits on its clock, which may be faster or slower than the host's."""

import ast
from pathlib import Path

import beadline

PACKAGE = Path(beadline.__file__).parent
REPOSITORY = Path(__file__).parent.parent
MODULES = {"time", "asyncio", "bps", "plan_stubs"}

ANOTHER_PROCESS = "polls what another process writes"
ITS_CLOCK = "is the instrument's clock"
REPLACEABLE = "the default of an argument by which the instrument's clock comes in"
ALLOWED = {
    "beadline/plans/frames.py: wait_s": "the one stub, which a session turns into a wait on the instrument's clock",
    "beadline/devices/instrument_clock.py: HostClock.sleep": ITS_CLOCK,
    "beadline/devices/instrument_clock.py: HostClock.poll": ITS_CLOCK,
    "beadline/devices/instrument_clock.py: LockStepClock._let_time_pass": ANOTHER_PROCESS,
    "beadline/devices/instrument_clock.py: LockStepClock._pass_to_next_event": ANOTHER_PROCESS,
    "beadline/devices/instrument_clock.py: LockStepClock._quiet": "lets the others on the event loop go on, 0 s",
    "beadline/devices/camera_clock.py: CameraClock._wait_for_frames": ANOTHER_PROCESS,
    "beadline/devices/live_signal.py: LiveBackend._poll": ANOTHER_PROCESS,
    "beadline/devices/worker_life.py: wait_for_return": ANOTHER_PROCESS,
    "beadline/devices/patience.py: at_most": ANOTHER_PROCESS,
    "beadline/devices/patience.py: while_it_goes_on": ANOTHER_PROCESS,
    "beadline/session/steady_engine.py: SteadyEngine._begin": "a pause that goes on has no event that tells its end",
    "beadline/session/termination.py: OrderlyEnd._work": "the last seconds of a session that was told to end",
    "beadline/acquisition/instrument_time.py: RealTime.rest": ITS_CLOCK,
    "beadline/acquisition/worker.py: _wait_for_parent": "a safety deadline: a worker without a parent leaves",
    "beadline/acquisition/worker.py: set_group_niceness": "Linux refuses for a tenth of a second of the host's",
    "beadline/acquisition/consumer.py: Consumer.step": ANOTHER_PROCESS,
    "beadline/callbacks/live_block.py: LiveBlock.watch": "shows something to people",
    "beadline/catalogue/ingester.py: IngesterLoop.step": ANOTHER_PROCESS,
    "beadline/catalogue/ingester.py: IngesterLoop._open": ANOTHER_PROCESS,
    "beadline/catalogue/ingester_handle.py: Ingestion.wait_for": ANOTHER_PROCESS,
    "beadline/catalogue/ingester_handle.py: Ingestion.wait_until_open": ANOTHER_PROCESS,
    "beadline/drivers/replay/grabber.py: ReplayGrabber.__init__": REPLACEABLE,
    "beadline/simulation/factory.py: microscope": REPLACEABLE,
    "examples/03_classic_ophyd.py: ClassicStage._follow": "a thread of a positioner that knows no clock but the host's",
}
"""Where something may wait on the host's clock, and why."""


OUTSIDE = [PACKAGE / "testing" / "faults", PACKAGE / "session" / "control_bench", PACKAGE / "session" / "soak_bench"]
"""A session is killed, misled, cancelled and watched there from outside, where there is no clock but the host's."""


def waits(tree: ast.AST, within: str = "") -> list[str]:
    """Return the function around each mention of a sleep on the host's clock, and each message that makes one."""
    found = []
    for node in ast.iter_child_nodes(tree):
        named = isinstance(node, ast.Attribute) and node.attr == "sleep" and getattr(node.value, "id", "") in MODULES
        called = isinstance(node, ast.Call) and any(
            isinstance(each, ast.Constant) and each.value == "sleep" for each in node.args
        )
        imported = isinstance(node, ast.ImportFrom) and any(each.name == "sleep" for each in node.names)
        if named or called or imported:
            found.append(within)
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found += waits(node, f"{within}.{node.name}".removeprefix("."))
        else:
            found += waits(node, within)
    return found


def test_a_sleep_is_found_however_it_is_written():
    for text in (
        "def f():\n    yield from bps.sleep(1)",
        "def f():\n    yield Msg('sleep', None, 1)",
        "async def f():\n    await asyncio.sleep(1)",
        "def f(sleep=time.sleep):\n    pass",
        "def f():\n    from time import sleep",
    ):
        assert waits(ast.parse(text)) == ["f"], text
    assert waits(ast.parse("class A:\n    def g(self):\n        time.sleep(1)")) == ["A.g"]
    assert waits(ast.parse("clock.sleep(1)\nself.sleep(2)")) == []


def test_nothing_waits_on_the_hosts_clock_but_for_a_reason():
    places = set()
    for folder in (PACKAGE, REPOSITORY / "examples", REPOSITORY / "profiles"):
        for path in sorted(each for each in folder.rglob("*.py") if not {*OUTSIDE} & {*each.parents}):
            name = path.relative_to(folder.parent).as_posix()
            places |= {f"{name}: {place}" for place in waits(ast.parse(path.read_text(encoding="utf-8")))}
    assert places - set(ALLOWED) == set()
    assert set(ALLOWED) - places == set(), "these do not wait any more: take them off the list"
