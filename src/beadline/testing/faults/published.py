"""The table of results for the documentation, made from what the suite returns and never edited."""

from collections.abc import Mapping
from typing import Any

_HEAD = "| row | injected | promised | faults | result | lost frames | lost events | hardware safe | measured | s |"


def faults_as_markdown(report: Mapping[str, Any]) -> str:
    """Return the headline and the table of all rows; those that failed or were not run are there, too.

    Args:
        report: of `run_faults`.
    """
    versions = ", ".join(f"{name} {number}" for name, number in report["versions"].items())
    machine = report["machine"]
    form = "full" if report["full"] else "short"
    lines = [
        f"**{report['headline']}**",
        "",
        f"{report['date']}, {form} form, seed {report['seed']}; {versions}; "
        f"{machine['system']}, {machine['cores']} cores, {machine['memory_gb']} GB.",
        "",
        _HEAD,
        "|" + " --- |" * _HEAD.count(" | ") + " --- |",
        *(_row(case) for case in report["cases"]),
        "",
    ]
    failed = [case for case in report["cases"] if not case["survived"]]
    if failed:
        lines += ["Failed:", "", *(f"- {case['id']}: {_cell('; '.join(_sentences(case)))}" for case in failed), ""]
    if report["not_run"]:
        lines += ["Not run:", "", *(_not_run(each) for each in report["not_run"]), ""]
    return "\n".join(lines)


def _sentences(case: Mapping[str, Any]) -> list[str]:
    """Return what was wrong, without the lines of a traceback, which begin with blanks."""
    return [failure for failure in case["failures"] if not failure.startswith(" ")]


def _row(case: Mapping[str, Any]) -> str:
    figures = ", ".join(f"{name} {value}" for name, value in case["figures"].items())
    cells = [
        case["id"],
        case["test"],
        case["promise"],
        case["injected"],
        "survived" if case["survived"] else "**failed**",
        case["lost_frames"],
        case["lost_events"],
        "yes" if case["hardware_safe"] else "**no**",
        figures,
        f"{case['seconds']:.0f}",
    ]
    return "| " + " | ".join(_cell(str(cell)) for cell in cells) + " |"


def _not_run(row: Mapping[str, Any]) -> str:
    what = f" ({row['test']})" if row["test"] else ""
    return f"- {row['id']}{what}: {_cell(row['reason'])}"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())
