"""Row X5: what listens, who may read, and where a secret shows."""

import ipaddress
import re
import stat
from pathlib import Path

import psutil

from .bench import Bench
from .outcome import Case, Outcome

SECRET = re.compile(r"(?i)\b(authkey|token|api[_-]?key|secret|password)\b\W{0,3}[0-9a-f]{16,}")
"""A word for a secret, followed by something that looks like one."""
TRAP = "authkey=0123456789abcdef0123456789abcdef"
"""What has to be found, or this row finds nothing."""


def are_shut(seed: int, folder: Path, full: bool) -> Outcome:
    """List sockets, command lines, environments, logs and permissions of a session with workers in processes."""
    outcome, data = Outcome(1), folder / "data"
    outcome.require(SECRET.search(TRAP), "a secret is not recognised as one")
    with Bench(data, seed, transport="process") as bench:
        error = bench.record(20)
        outcome.require(not error, f"the recording failed: {error}")
        processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
        sockets = [socket for each in processes for socket in each.net_connections() if socket.status == "LISTEN"]
        for socket in sockets:
            if not ipaddress.ip_address(socket.laddr.ip).is_loopback:
                outcome.failures.append(f"{socket.laddr.ip}:{socket.laddr.port} can be reached from elsewhere")
        for process in processes:
            said = " ".join([*process.cmdline(), *(f"{name}={value}" for name, value in process.environ().items())])
            if process.pid != psutil.Process().pid and (found := SECRET.search(said)):
                outcome.failures.append(f"process {process.pid} shows a secret: {found[0][:20]}...")
        outcome.figures |= {"processes": len(processes), "listening": len(sockets)}
        bench.judge(outcome)
        bench.next_run_works(outcome)
    files = [each for each in data.rglob("*") if not each.is_symlink()]
    for path in files:
        others = stat.S_IMODE(path.stat().st_mode) & 0o077
        outcome.require(not others, f"others may use {path.relative_to(data)}: mode {others:o}")
        if path.suffix in (".txt", ".jsonl", ".json", ".log"):
            outcome.require(not SECRET.search(path.read_text(errors="replace")), f"a secret is in {path.name}")
    outcome.figures["files"] = len(files)
    outcome.injected = 1
    return outcome


CASES = (
    Case(
        "X5",
        "sockets, permissions, command lines, logs",
        "loopback only, files for their owner, no secret",
        are_shut,
        fast=False,
    ),
)
