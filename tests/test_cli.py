import json
import sys

import pytest
import typer

from beadline.callbacks import Journal
from beadline.catalogue import DataLock
from beadline.cli import commands
from made_runs import MadeRun


@pytest.fixture
def command(monkeypatch):
    """Run a function as the one command of the command line and return its exit code."""

    def run(function):
        app = typer.Typer()
        app.command()(function)
        monkeypatch.setattr(commands, "app", app)
        monkeypatch.setattr(sys, "argv", ["beadline"])
        try:
            commands.main()
        except SystemExit as leaving:
            return leaving.code
        return 0

    return run


def fails():
    raise typer.Exit(1)


def is_interrupted():
    raise KeyboardInterrupt


def is_misused():
    raise ValueError("Cannot fly to -3 m: take 0 m or more")


def test_exit_codes_tell_what_happened(command, capsys):
    assert command(lambda: None) == 0
    assert command(fails) == 1
    assert capsys.readouterr().err == ""
    assert command(is_interrupted) == 130
    assert "Interrupted." in capsys.readouterr().err
    assert command(is_misused) == 2
    assert "beadline: Cannot fly to -3 m: take 0 m or more" in capsys.readouterr().err


def ask(monkeypatch, capsys, *words):
    monkeypatch.setattr(sys, "argv", ["beadline", *words])
    try:
        commands.main()
    except SystemExit as leaving:
        return leaving.code, capsys.readouterr()
    return 0, capsys.readouterr()


def test_runs_without_an_end_are_recovered_on_demand(monkeypatch, capsys, tmp_path):
    journal = Journal(tmp_path)
    run = MadeRun(journal, tmp_path, scan_id=7)
    run.describe()
    run.record(20)
    run.close_files()
    journal.close()
    lock = DataLock(tmp_path)
    lock.acquire()
    code, said = ask(monkeypatch, capsys, "recover", "--data", str(tmp_path))
    assert code == 2
    assert "holds it; end that session" in said.err
    lock.release()
    code, said = ask(monkeypatch, capsys, "recover", "--data", str(tmp_path), "--json")
    assert code == 0
    (recovered,) = json.loads(said.out)
    assert (recovered["uid"], recovered["rows"]) == (run.uid, {"tracks.h5": 20})
    code, said = ask(monkeypatch, capsys, "recover", "--data", str(tmp_path))
    assert said.out.strip() == f"All runs in {tmp_path} have an end"


def test_what_a_run_is_called_is_shown_and_not_obeyed(monkeypatch, capsys, tmp_path):
    names = ["\x1b]0;owned\x07", "[red]red[/]", "[/]", "\u202egnp.exe"]
    journal = Journal(tmp_path)
    for number, name in enumerate(names, start=1):
        start = {"uid": f"{number:08d}", "time": 1.8e9, "scan_id": number, "plan_name": name}
        journal("start", start)
        stop = {
            "uid": "end",
            "run_start": start["uid"],
            "time": 1.8e9,
            "exit_status": "fail",
            "reason": f"{name}\n9: x",
        }
        journal("stop", stop)
    journal.close()
    code, said = ask(monkeypatch, capsys, "runs", "--data", str(tmp_path))
    assert code == 0
    assert said.out.isascii()
    assert "\x1b" not in said.out
    for name in names[1:3]:
        assert said.out.count(name) >= 2
    assert r"\x1b]0;owned\x07" in said.out
    assert "\n9: x" not in said.out
