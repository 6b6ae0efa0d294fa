"""Row X4: metadata that would steer a terminal, a browser or a spreadsheet, in what the command line shows."""

import json
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

from beadline.callbacks import Journal

from .outcome import Case, Outcome

PAYLOADS = (
    "\x1b[2J\x1b[H",
    "\x1b]0;owned\x07",
    "\x1b]52;c;cm0gLXJmIH4=\x07",
    "\x1bP+q544e\x1b\\",
    "\x9b31mred",
    "\x9d0;owned\x9c",
    "\x08" * 20 + "done",
    "failed\rdone  ",
    "line\nforged line",
    "\x00\x7f",
    "\u202egnp.exe",
    "\u2066hidden\u2069",
    "[red]red[/red]",
    "[/]",
    "[link=file:///etc/passwd]look[/link]",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "=cmd|' /C calc'!A0",
    "@SUM(1+9)*cmd|' /C calc'!A0",
    "{{7*7}}${7*7}#{7*7}",
    "$(reboot) `reboot` ; reboot",
    "%s%n%x",
    "$\\frac{",
)
FORBIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Kinds of characters that a terminal obeys rather than shows."""
COMMANDS = (["runs"], ["runs", "--json"], ["show", "-1"], ["recover"])
MAIN = "from beadline.cli import main; main()"


def is_shown(seed: int, folder: Path, full: bool) -> Outcome:
    """Have runs whose metadata are such texts, and look at what the command line prints of them."""
    outcome, data = Outcome(), folder / "data"
    _write_runs(data)
    for command in COMMANDS:
        outcome.injected += len(PAYLOADS)
        done = subprocess.run(
            [sys.executable, "-c", MAIN, *command, "--data", str(data)], capture_output=True, check=False, timeout=60
        )
        said = done.stdout.decode() + done.stderr.decode()
        what = " ".join(command)
        outcome.require(done.returncode == 0, f"{what} ended with exit code {done.returncode}: {said[-200:]}")
        obeyed = {f"{ord(each):#x}" for each in said if unicodedata.category(each) in FORBIDDEN} - {hex(ord("\n"))}
        outcome.require(not obeyed, f"{what} sends {sorted(obeyed)} to the terminal")
        if "--json" in command:
            shown = {run["plan_name"] for run in json.loads(said)}
            outcome.require(shown >= set(PAYLOADS), f"{what} has lost {set(PAYLOADS) - shown}")
        elif command == ["runs"]:
            lost = [each for each in PAYLOADS if each.isprintable() and said.count(each) < 2]
            outcome.require(not lost, f"{what} does not show {lost} as they are")
            outcome.require("\nforged line" not in said, f"{what} shows a forged line")
    return outcome


def _write_runs(data: Path) -> None:
    journal = Journal(data)
    for number, payload in enumerate(PAYLOADS, start=1):
        uid = f"{number:08d}-0000"
        start: dict[str, Any] = {"uid": uid, "time": 1.8e9, "scan_id": number, "plan_name": payload, "sample": payload}
        journal("start", start | {"operator": payload, "purpose": payload, payload: payload})
        stop = {"uid": f"{uid}-stop", "run_start": uid, "time": 1.8e9 + 1, "exit_status": "fail", "reason": payload}
        journal("stop", stop | {"num_events": {}})
    journal.close()


CASES = (
    Case(
        "X4",
        "scripts, escape sequences and markup in the metadata of runs",
        "the command line shows them and obeys none",
        is_shown,
        fast=False,
    ),
)
