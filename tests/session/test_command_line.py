"""The command line on a folder with one run: what a person types and what they are told."""

import io
import json
import re
import subprocess
import sys

import pytest
from bluesky import plan_stubs as bps
from rich.console import Console

from beadline.callbacks import Journal
from beadline.catalogue import Catalogue
from beadline.cli import app, commands, console
from beadline.plans import root_cause
from made_runs import continuous


@pytest.fixture(scope="module")
def one_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    journal = Journal(folder)
    continuous(journal, folder, frames=10, pieces=1)
    journal.close()
    return folder


def beadline(*arguments):
    return app(list(arguments), standalone_mode=False)


@pytest.mark.parametrize("which", ["-1", "1"])
def test_the_newest_run_is_shown_by_a_number_from_the_end(one_run, capsys, which):
    beadline("show", which, "--data", str(one_run), "--json")
    shown = json.loads(capsys.readouterr().out)
    assert (shown["scan_id"], shown["rows"]) == (1, {"tracks.h5": 10})


def test_an_option_that_is_misspelt_is_named(one_run):
    with pytest.raises(Exception, match="--jsno"):
        beadline("show", "-1", "--jsno", "--data", str(one_run))


def test_a_run_that_is_not_there_is_told_in_a_sentence_without_quotes(one_run):
    with Catalogue(one_run) as catalogue, pytest.raises(KeyError) as missing:
        catalogue.describe("999")
    assert root_cause(missing.value) == f"There is no run 999 in {one_run}: it has 1 runs"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ([], r"The run was made with the profile \?: say which one to use, with --profile"),
        (["--profile", "simulated"], "Cannot resume run 1 .*: of what is left of a record nothing can be said"),
        (["--profile", "nowhere"], "There is no profile 'nowhere'"),
    ],
)
def test_a_run_that_cannot_be_resumed_is_told_before_a_session_is_opened(one_run, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        beadline("resume", "-1", "--data", str(one_run), *options)
    assert not (one_run / "status.json").exists()


def test_without_a_command_the_help_is_shown_and_nothing_else():
    command = [sys.executable, "-c", "from beadline.cli import main; main()"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert "Run a whole experiment on the simulated microscope" in told.stdout
    assert (told.stderr, told.returncode) == ("", 2)


def screen_after(written):
    """Return what stands on a terminal after text with the codes for one line up, and for clearing a line."""
    lines, row = [""], 0
    for code, text, newline in re.findall(r"\x1b\[(1A|2K)|((?:(?!\x1b\[(?:1A|2K))[^\n])+)|(\n)", written):
        row += {"1A": -1, "": 1 if newline else 0}.get(code, 0)
        lines += [""] * (row + 1 - len(lines))
        lines[row] = "" if code == "2K" else lines[row] + text
    return "\n".join(lines)


@pytest.mark.slow
def test_what_the_demo_says_stays_on_the_screen_above_the_live_view(session, monkeypatch):
    terminal = io.StringIO()
    out = Console(file=terminal, force_terminal=True, width=100, soft_wrap=True)
    for module in (commands, console):
        monkeypatch.setattr(module, "out", out)
    say = console.sayer(as_json=False)

    def experiment():
        yield from bps.sleep(0.6)
        say("the first phase is over")
        yield from bps.sleep(0.6)

    before = list(session.RE.context_managers)
    try:
        with commands._live(session, as_json=False):
            session.RE(experiment())
    finally:
        session.RE.context_managers[:] = before
    assert "frames/s" in terminal.getvalue()
    assert "experiment is waiting" in terminal.getvalue()
    assert "the first phase is over" in screen_after(terminal.getvalue())
    assert "frames/s" not in screen_after(terminal.getvalue())
