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
    with _compiling:
        from . import kernels  # noqa: PLC0415 - numba takes a second to load, which most users of a name do not need

        kernels.compile_stages(tables=what == "tables")
    return perf_counter() - start
