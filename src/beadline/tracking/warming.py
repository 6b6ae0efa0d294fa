"""Compiling the loops before they are needed: numba is loaded here and not before."""

import threading
from time import perf_counter
from typing import Literal

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
        kernels.compile_loops(tables=tables)
    finally:
        entrypoints._already_initialized = before  # noqa: SLF001
