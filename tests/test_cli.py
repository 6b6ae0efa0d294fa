import sys

import pytest
import typer

from beadline.cli import commands


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
