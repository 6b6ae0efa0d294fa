"""How the documentation is built; what can be read from the code is read from it."""

import ast
import itertools
import tomllib
from pathlib import Path

import beadline
from beadline.tracks import COLUMNS, INVALIDATING, Flag

ROOT = Path(__file__).parents[1]
PACKAGE = Path(beadline.__file__).parent
KINDS = ("added", "changed", "fixed")

project = "beadline"
author = "The beadline developers"
copyright = "the beadline developers, BSD-3-Clause"
release = version = beadline.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "changelog/*"]
html_theme = "furo"
html_title = "beadline"
myst_enable_extensions = ["colon_fence", "substitution"]
myst_heading_anchors = 3
default_role = "literal"
autoclass_content = "both"
autodoc_member_order = "bysource"
autodoc_typehints = "description"
napoleon_numpy_docstring = False


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Return a Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def columns() -> str:
    """Describe what is measured of one bead in one frame."""
    rows = [(f"`{column.name}`", column.unit or "–", column.meaning) for column in COLUMNS]
    return table(("column", "unit", "meaning"), rows)


def flags() -> str:
    """Describe what can be wrong with a track: the text below each flag in the code."""
    (body,) = [
        node.body
        for node in ast.parse((PACKAGE / "tracks.py").read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and node.name == Flag.__name__
    ]
    rows = []
    for statement, below in itertools.pairwise(body):
        match statement, below:
            case ast.Assign(targets=[ast.Name(id=name)]), ast.Expr(value=ast.Constant(value=str(meaning))):
                kept = "no" if Flag[name] & INVALIDATING else "yes"
                rows.append((f"`{name}`", str(Flag[name].value), meaning, kept))
    if len(rows) != len(Flag):
        raise ValueError(f"{len(Flag) - len(rows)} of {len(Flag)} flags of a track have no text below them")
    return table(("flag", "value", "meaning", "in averages"), rows)


def floors() -> str:
    """List the parts from the highest floor to the lowest, as the import contract has them, each with its rule."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    (layers,) = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
    rows = [
        (str(number), f"`{part}`", rule(part))
        for number, layer in zip(reversed(range(len(layers))), layers, strict=True)
        for part in layer.split(" | ")
    ]
    return table(("floor", "part", "its rule"), rows)


def rule(part: str) -> str:
    """Return the first sentence of a folder or module."""
    path = PACKAGE / part / "__init__.py"
    path = path if path.is_file() else PACKAGE / f"{part}.py"
    described = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(described.split("\n\n")[0].split())


def unreleased() -> str:
    """Collect the fragments of the changelog by kind."""
    parts = []
    for kind in KINDS:
        fragments = sorted((ROOT / "docs" / "changelog").glob(f"{kind}-*.md"))
        if fragments:
            texts = [fragment.read_text(encoding="utf-8").strip() for fragment in fragments]
            parts.append("\n".join([f"**{kind.capitalize()}**\n", *(f"- {text}" for text in texts)]))
    return "\n\n".join(parts) or "Nothing yet."


myst_substitutions = {"columns": columns(), "flags": flags(), "floors": floors(), "unreleased": unreleased()}
