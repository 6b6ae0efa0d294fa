"""Row X6: what the source may not contain, found in its syntax trees."""

import ast
from collections.abc import Iterator
from pathlib import Path

import beadline

from .outcome import Case, Outcome

MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal", "joblib"}
CALLS = {"eval", "exec", "compile", "__import__"}
KEYWORDS = {"shell", "allow_pickle"}
BAD_SOURCE = """
import pickle
from dill import loads
eval("1")
yaml.load(text)
np.load(path, allow_pickle=True)
subprocess.run("ls", shell=True)
os.system("ls")
"""
"""What has to be found, or this row finds nothing."""


def findings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Return line and name of everything in a module that could run what comes from elsewhere."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, each.name) for each in node.names if each.name.split(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in MODULES:
            yield node.lineno, str(node.module)
        elif isinstance(node, ast.Call):
            yield from ((node.lineno, each) for each in _bad_calls(node))


def _bad_calls(call: ast.Call) -> Iterator[str]:
    name = ast.unparse(call.func)
    if name in CALLS or name in ("os.system", "os.popen", "yaml.load", "yaml.unsafe_load", "yaml.full_load"):
        yield name
    for keyword in call.keywords:
        if keyword.arg in KEYWORDS and not (isinstance(keyword.value, ast.Constant) and keyword.value.value is False):
            yield f"{name}({keyword.arg}={ast.unparse(keyword.value)})"


def is_clean(seed: int, folder: Path, full: bool) -> Outcome:
    """Look through all modules, and through one that breaks every rule."""
    outcome = Outcome()
    found = [name for _, name in findings(ast.parse(BAD_SOURCE))]
    outcome.require(len(found) == 7, f"of 7 bad lines these were found: {found}")
    package = Path(beadline.__file__).parent
    modules = sorted(package.rglob("*.py"))
    for path in modules:
        for line, name in findings(ast.parse(path.read_text(encoding="utf-8"))):
            outcome.failures.append(f"{path.relative_to(package)}:{line} uses {name}")
    outcome.injected = 1
    outcome.figures |= {"modules": len(modules), "findings": len(outcome.failures)}
    return outcome


CASES = (Case("X6", "pickle, eval, yaml.load, shell=True, allow_pickle in the source", "none", is_clean),)
