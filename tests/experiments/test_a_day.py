"""The example of a whole day, short, on two molecules of 8 kb of DNA: its report has the numbers of the twin."""

import re
import runpy
import sys
from pathlib import Path

import pytest

from beadline.catalogue import Catalogue
from beadline.figures import calibration_of

SCRIPT = Path(__file__).parents[2] / "examples" / "a_day.py"
PICTURES = {"screening", "field", "tables", "noise", "calibration", "hats", "force-extension", "motion"}


@pytest.mark.slow
def test_a_day_ends_with_a_report_whose_numbers_are_right(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["a_day.py", str(tmp_path), "--quick"])
    runpy.run_path(str(SCRIPT), run_name="__main__")
    report = (tmp_path / "a-day" / "report.md").read_text(encoding="utf-8")
    assert {path.stem for path in (tmp_path / "a-day").glob("*.png")} == PICTURES
    molecules = re.findall(r"\| \d+ \| (\w+) \| [^|]* \| (\d+) ± (\d+) nm \|", report)
    assert [name for name, *_ in molecules] == ["coilable", "coilable"]
    for _, contour_nm, error_nm in molecules:
        # contours differ by 0.5 % from molecule to molecule
        assert abs(int(contour_nm) - 2720) < 4 * (int(error_nm) + 14)
    forces = re.findall(r"\| ([\d.]+) mm \| ([\d.]+) ± ([\d.]+) pN \|", report)
    assert len(forces) == 5
    used = re.findall(
        r"^- forces of the ([\w-]+(?: curve)?) were set by the calibration of run \d+ \(`([0-9a-f-]{36})`",
        report,
        re.MULTILINE,
    )
    (saved,) = re.findall(r"^- calibration, saved: `([0-9a-f-]{36})`$", report, re.MULTILINE)
    assert used == [("hat curve", saved), ("force-extension", saved)]
    assert len(re.findall(r"^- [\w, -]+: `[0-9a-f-]{36}`$", report, re.MULTILINE)) == 11
    (measured,) = re.findall(r"^- calibration: `([0-9a-f-]{36})`$", report, re.MULTILINE)
    with Catalogue(tmp_path) as catalogue:
        kept, found = catalogue.calibration(saved), calibration_of(catalogue, measured)
    assert kept.result.derived_from[0] == measured
    # the same but for what the attachment hides, some per cent of the extension
    assert found.law.force_pn(4.5) == pytest.approx(kept.found.law.force_pn(4.5), rel=0.15)
