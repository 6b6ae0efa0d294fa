"""Compiling the loops before they are needed: numba is loaded here and not before."""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any, Literal

_compiling = threading.Lock()


def warm_up(what: Literal["centres", "tables"] = "tables") -> float:
    """Compile loops, or load them from the cache; return how long it took [s].

    Args:
        what: "centres" is all that beads without look-up tables need, and finding them; "tables" is everything.
    """
    start = perf_counter()
    for tables in (False, True)[: 1 if what == "centres" else 2]:
        # one after the other, so that who needs the first does not wait for the second
        with _compiling:
            _compile(tables=tables)
    return perf_counter() - start


def _compile(*, tables: bool) -> None:
    # numba takes a second to load, which most users of a name do not need
    from numba.core import entrypoints  # noqa: PLC0415

    from . import kernels  # noqa: PLC0415

    # what other packages add to numba takes half a second more and is not needed for these loops
    before = getattr(entrypoints, "_already_initialized", False)
    entrypoints._already_initialized = True  # noqa: SLF001
    try:
        measure: Any = kernels.measure  # what numba makes of a function has more to it
        with _alone_on_this_machine(Path(measure.stats.cache_path)):
            kernels.compile_loops(tables=tables)
    finally:
        entrypoints._already_initialized = before  # noqa: SLF001


@contextmanager
def _alone_on_this_machine(cache: Path) -> Iterator[None]:
    """Wait for another process that compiles the same, as what it makes is then in the cache."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        file = (cache / "compiling").open("a")
    except OSError:  # the cache cannot be written: everyone compiles for themselves
        yield
        return
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
