"""What every test has: a home of its own, no threads left behind, and laws that are tried the same way in CI."""

import gc
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

REAL_IMAGES = Path(__file__).parents[2] / "shared" / "data" / "real"
PATIENCE_S = 2.0
KEPT_BY_A_LOOP = ("asyncio_", "AnyIO worker thread")
"""Threads an event loop keeps for its next blocking call; bluesky's own loop lives as long as the process."""

SHARED = "tests/session/test_"
"""Modules that share one session, which takes long to start: one worker has them all."""
LONG = (SHARED, "tests/faults/test_deaths", "tests/tracking/test_frame", "tests/catalogue/test_ing", "tests/test_one_")
"""Where the tests take longest, in this order: they are begun first, so that no worker ends long after the others."""

settings.register_profile("ci", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("here", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "here")


def pytest_configure(config: pytest.Config) -> None:
    """Give this process, and those it starts, an empty home before anything looks for one.

    What is computed once and kept, such as the light of a bead, the processes of a run of the tests share.
    """
    folder = tempfile.TemporaryDirectory(prefix="beadline-tests-", ignore_cleanup_errors=True)
    config.add_cleanup(folder.cleanup)
    home = Path(folder.name)
    patch = pytest.MonkeyPatch()
    config.add_cleanup(patch.undo)
    patch.setenv("HOME", str(home))
    patch.setenv("USERPROFILE", str(home))
    patch.setenv("APPDATA", str(home / "AppData" / "Roaming"))
    patch.setenv("LOCALAPPDATA", str(home / "AppData" / "Local"))
    for kind in ("CONFIG", "DATA", "STATE"):
        patch.setenv(f"XDG_{kind}_HOME", str(home / kind.lower()))
    if not hasattr(config, "workerinput"):
        patch.setenv("XDG_CACHE_HOME", str(home / "cache"))
        patch.setenv("MPLCONFIGDIR", str(home / "matplotlib"))
    patch.setenv("TILED_PROFILES", str(home / "tiled-profiles"))
    patch.setenv("IPYTHONDIR", str(home / "ipython"))
    patch.setenv("MPLBACKEND", "Agg")
    patch.delenv("BEADLINE_DATA", raising=False)


def pytest_collection_finish() -> None:
    """Spare the garbage collector what all tests import: it would look through it again and again."""
    gc.collect()
    gc.freeze()


class LongestFirst(LoadScopeScheduling):
    """Gives each worker a module at a time, but those that share a session to one worker."""

    def _split_scope(self, nodeid: str) -> str:
        return SHARED if nodeid.startswith(SHARED) else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    config.option.loadscopereorder = False  # which would put the modules with many tests first
    return LongestFirst(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the modules first that take long, and each of a worker's modules in one piece."""
    items.sort(key=lambda item: next((rank for rank, start in enumerate(LONG) if item.nodeid.startswith(start)), 99))


@pytest.fixture(autouse=True)
def no_threads_left_behind() -> Iterator[None]:
    """Fail a test that leaves a thread which would keep the process alive."""
    before = set(threading.enumerate())
    yield
    started = [thread for thread in threading.enumerate() if thread not in before and not thread.daemon]
    own = [thread for thread in started if not thread.name.startswith(KEPT_BY_A_LOOP)]
    deadline_s = time.monotonic() + PATIENCE_S
    for thread in own:
        thread.join(max(0.0, deadline_s - time.monotonic()))
    left = [thread.name for thread in own if thread.is_alive()]
    if left:
        pytest.fail(f"the test left threads behind: {', '.join(left)}")


@pytest.fixture(scope="session")
def real_images() -> Path:
    """The folder of real microscope pictures, which is not part of this repository."""
    if not REAL_IMAGES.is_dir():
        reason = f"the real pictures are not there: they are looked for in {REAL_IMAGES}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return REAL_IMAGES
