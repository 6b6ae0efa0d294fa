"""Ctrl-C, SIGTERM and SIGHUP, with real processes on a terminal: what moves is stopped, and every run has its end."""

import json
import os
import re
import signal
import sys
import time
from pathlib import Path

import pexpect
import pytest

PROGRAM = Path(__file__).with_name("at_a_terminal.py")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="there are no such terminals")]
REACTION_S = 0.3


@pytest.fixture
def program(tmp_path):
    """Return a function that starts the program; afterwards it is gone."""
    begun = []

    def start(*arguments):
        environment = {**os.environ, "TERM": "dumb"}
        command = [str(PROGRAM), arguments[0], str(tmp_path), *arguments[1:]]
        child = pexpect.spawn(sys.executable, command, env=environment, encoding="utf-8", timeout=60)
        begun.append(child)
        return child

    yield start
    for child in begun:
        child.close(force=True)


def stop_documents(folder):
    lines = [path.read_text().splitlines()[-1] for path in sorted(folder.rglob("documents.jsonl"))]
    return [json.loads(line) for line in lines]


def reasons(folder):
    return sorted((stop[1]["exit_status"], stop[1]["reason"]) for stop in stop_documents(folder) if stop[0] == "stop")


def press(child, answer):
    """Press Ctrl-C and return how long the answer took [s]."""
    began_s = time.monotonic()
    child.sendintr()
    child.expect(re.escape(answer))
    return time.monotonic() - began_s


def test_ctrl_c_in_a_script_stops_what_moves_or_says_where_it_pauses_and_twice_aborts(program, tmp_path):
    child = program("script", "moving", "waiting", "sleeping", "tidying")
    child.expect("begun")
    assert press(child, "[Ctrl-C: what moves is stopped, the plan is paused") < REACTION_S
    child.expect(r"\[moving: paused, paused, axis still at ([0-9.]+)]")
    assert float(child.match[1]) < 50
    child.expect("begun")
    assert press(child, "[Ctrl-C: pauses at the next checkpoint") < REACTION_S
    child.expect_exact("[waiting: paused, paused, axis still")
    child.expect("begun")
    assert press(child, "[Ctrl-C: pauses at the next checkpoint; again aborts") < REACTION_S
    assert press(child, "[Ctrl-C: aborts; what moves is stopped") < REACTION_S
    child.expect_exact("[sleeping: idle, cancelled, axis still")
    child.expect("begun")
    for _ in range(10):
        child.sendintr()
        time.sleep(0.02)
    child.expect_exact("[tidied]")
    child.expect_exact("[tidying: idle, cancelled, axis still")
    child.expect_exact("[over]")
    assert reasons(tmp_path) == [
        ("abort", "Ctrl-C twice"), ("abort", "Ctrl-C twice"), ("abort", "seen that it pauses"),
        ("abort", "seen that it pauses"),
    ]  # fmt: skip


def test_ctrl_c_stops_the_axes_of_a_plan_that_does_not_answer(program):
    child = program("script", "blocking")
    child.expect("begun")
    assert press(child, "the plan does not answer, it computes or blocks: all axes are stopped") < REACTION_S
    child.sendintr()
    child.expect(r"\[blocking: idle, (failed|cancelled), axis still at ([0-9.]+)]")
    assert float(child.match[2]) < 1.0


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("where", ["script", "thread"])
def test_a_program_that_is_asked_to_end_aborts_its_plan_in_order(program, tmp_path, name, where):
    child = program(where, "waiting")
    child.expect("begun")
    child.kill(getattr(signal, name))
    child.expect(pexpect.EOF, timeout=10)
    child.close()
    assert (child.exitstatus, child.signalstatus) != (0, None)
    assert reasons(tmp_path) == [("abort", f"ended by {name}")]


def test_ctrl_c_in_ipython_gives_the_prompt_back(tmp_path):
    environment = {**os.environ, "TERM": "dumb", "IPYTHONDIR": str(tmp_path / "ipython")}
    command = ["-m", "IPython", "--no-banner", "-i", str(PROGRAM), "--", "prompt", str(tmp_path)]
    child = pexpect.spawn(sys.executable, command, env=environment, encoding="utf-8", timeout=60)
    try:
        child.expect_exact("[over]")
        child.sendline("engine(in_run(moving(), {'plan_name': 'moving'}))")
        child.expect_exact("[begun]")
        assert press(child, "[Ctrl-C: what moves is stopped, the plan is paused") < REACTION_S
        child.expect("RunEngineInterrupted")
        child.sendline("print('now', engine.state)")
        child.expect("now paused")
        child.sendline("engine.abort('seen that it pauses')")
        child.expect(r"\('[0-9a-f-]{36}',\)")
        child.sendline("engine(in_run(sleeping(), {'plan_name': 'sleeping'}))")
        child.expect_exact("[begun]")
        press(child, "[Ctrl-C: pauses at the next checkpoint; again aborts")
        press(child, "[Ctrl-C: aborts; what moves is stopped")
        child.expect("RunEngineInterrupted")
        child.sendline("exit")
        child.expect(pexpect.EOF)
    finally:
        child.close(force=True)
    assert reasons(tmp_path) == [("abort", "Ctrl-C twice"), ("abort", "seen that it pauses")]
