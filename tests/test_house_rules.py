"""Rules of the house that hold for every module, found by walking the package."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import beadline

PACKAGE = Path(beadline.__file__).parent
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "profiles" not in path.parts)
FRONT_DOORS = [path for path in MODULES if path.name == "__init__.py" and path.parent != PACKAGE]
LONGEST_MODULE_LINES = 350
NAMES_THAT_SWALLOW = {"utils", "util", "helpers", "common", "misc", "base", "core", "manager", "handler"}
HEAVY = ("bluesky", "h5py", "matplotlib", "numba", "ophyd_async", "scipy", "tiled", "xarray")


def named(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def loaded_by(statement: str, looked_for: tuple[str, ...] = HEAVY) -> set[str]:
    """Return which of the modules looked for a statement loads in a fresh interpreter."""
    code = f"{statement}; import sys; print(*[name for name in {looked_for} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_module_and_what_it_shows_are_described(path):
    tree = tree_of(path)
    shown = [
        node
        for node in tree.body
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_")
    ]
    undescribed = [getattr(node, "name", "the module") for node in [tree, *shown] if not ast.get_docstring(node)]
    assert not undescribed, f"{named(path)}: no docstring on {', '.join(undescribed)}"


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_module_is_short_enough_to_be_read_at_once(path):
    if path.name == "kernels.py":
        return  # a cached binary does not notice a change in another file, so compiled loops stay together
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST_MODULE_LINES


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_module_is_named_for_what_it_holds(path):
    assert not NAMES_THAT_SWALLOW & {path.stem, path.parent.name}


@pytest.mark.parametrize("path", FRONT_DOORS, ids=named)
def test_a_folder_says_its_rule_and_what_it_shows(path):
    tree = tree_of(path)
    targets = [
        target
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
    ]
    assert any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets)


FOLDERS_OF_CODE = sorted({path.parent for path in PACKAGE.rglob("*.py")})


@pytest.mark.parametrize("path", FOLDERS_OF_CODE, ids=named)
def test_every_folder_of_code_is_a_package(path):
    if path.name != "profiles":
        assert (path / "__init__.py").is_file()


def test_the_ground_floor_and_the_list_of_drivers_load_nothing_heavy():
    parts = "beadline, beadline.tracks, beadline.hardware, beadline.status, beadline.drivers"
    assert loaded_by(f"import {parts}") == set()


def test_a_session_loads_optics_and_drawing_only_when_they_are_used():
    optics = "beadline.simulation.optics"
    assert loaded_by("import beadline.session, beadline.figures", (optics, "matplotlib")) == set()
    assert loaded_by("from beadline.session import bench_tracking", (optics,)) == {optics}
