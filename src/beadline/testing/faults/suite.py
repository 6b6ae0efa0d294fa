"""Runs the cases, each in a process of its own, and tells what became of them."""

import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from .outcome import Case
from .scoreboard import fault_cases, row_order, rows_without_a_case

VERSIONS = ("beadline", "bluesky", "ophyd-async", "event-model", "tiled", "bluesky-tiled-plugins", "h5py", "numpy")
SHORT_DEADLINE_S = 300.0
SAID_AT_MOST = 400


def run_faults(
    only: Sequence[str] = (), *, full: bool = False, seed: int = 1, say: Callable[[str], Any] = lambda _: None
) -> dict[str, Any]:
    """Inject faults, and tell whether they were survived.

    Args:
        only: ids of rows, such as "D1"; by default all there are.
        full: all of each case; by default its short form.
        seed: of everything that is random in a case.
        say: told each result in one line.

    Returns:
        `cases` with `id, test, promise, seed, survived, injected, lost_frames, lost_events, doubled, hardware_safe,
        failures, figures, seconds` each; `not_run` with `id, test, reason`; `headline`, `date`, `full`, `versions`
        and `machine`.

    Raises:
        ValueError: there is no row of that id.
    """
    cases = _chosen(only)
    missing = {} if only else rows_without_a_case()
    done, not_run = [], [{"id": row, "test": "", "reason": why} for row, why in missing.items()]
    with tempfile.TemporaryDirectory(prefix="beadline-faults-", ignore_cleanup_errors=True) as folder:
        for case in cases:
            result = _in_its_own_process(case, seed, Path(folder, case.id), full=full)
            if "not_run" in result:
                not_run.append({"id": case.id, "test": case.injected, "reason": result["not_run"]})
                say(f"{case.id:3} not run   {case.injected}: {result['not_run']}")
                continue
            done.append(result)
            word = "survived" if result["survived"] else "FAILED"
            say(f"{case.id:3} {word:9} {result['seconds']:6.1f} s  {case.injected}")
            for failure in result["failures"]:
                say(f"              {failure}")
    report = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "full": full,
        "seed": seed,
        "versions": {"python": platform.python_version(), **{name: version(name) for name in VERSIONS}},
        "machine": _machine(),
        "cases": done,
        "not_run": sorted(not_run, key=lambda each: row_order(each["id"])),
    }
    return {"headline": faults_headline(report), **report}


def faults_headline(report: dict[str, Any]) -> str:
    """Say in one line how many faults were injected and survived, and what was lost."""
    cases = report["cases"]
    injected = sum(case["injected"] for case in cases)
    survived = sum(case["injected"] for case in cases if case["survived"])
    frames, events = (sum(case[name] for case in cases) for name in ("lost_frames", "lost_events"))
    lost = f"{frames + events} acknowledged frames or events lost"
    rows = f"{sum(case['survived'] for case in cases)} of {len(cases)} rows passed, {len(report['not_run'])} not run"
    return f"{injected} faults injected, {survived} survived, {lost} ({rows})"


def _chosen(only: Sequence[str]) -> list[Case]:
    cases = {case.id: case for case in fault_cases()}
    if wrong := [each for each in only if each.upper() not in cases]:
        raise ValueError(f"There is no row {', '.join(wrong)}: the rows are {', '.join(cases)}")
    return [cases[each.upper()] for each in only] or list(cases.values())


def _in_its_own_process(case: Case, seed: int, folder: Path, *, full: bool) -> dict[str, Any]:
    command = [sys.executable, "-m", "beadline.testing.faults.one_case", case.id, "--seed", str(seed)]
    command += ["--folder", str(folder), *(["--full"] if full else [])]
    deadline_s = case.deadline_s if full else SHORT_DEADLINE_S
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            said, complained = process.communicate(timeout=deadline_s)
        except subprocess.TimeoutExpired:
            _end(process)
            return _not_survived(case, seed, f"it did not end within {deadline_s:.0f} s", deadline_s)
    lines = said.splitlines()
    if process.returncode == 0 and lines:
        return json.loads(lines[-1])
    why = f"its process ended with exit code {process.returncode}: {complained[-SAID_AT_MOST:]}"
    return _not_survived(case, seed, why, 0.0)


def _end(process: subprocess.Popen[str]) -> None:
    """Kill a process and all that it has started."""
    family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    for each in family:
        if each.is_running():
            each.kill()
    process.communicate()


def _not_survived(case: Case, seed: int, why: str, seconds: float) -> dict[str, Any]:
    return {
        "id": case.id,
        "test": case.injected,
        "promise": case.promise,
        "seed": seed,
        "survived": False,
        "injected": 1,
        "lost_frames": 0,
        "lost_events": 0,
        "doubled": 0,
        "hardware_safe": False,
        "failures": [why],
        "figures": {},
        "seconds": seconds,
    }


def _machine() -> dict[str, Any]:
    return {
        "system": platform.platform(),
        "cores": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
    }
