"""Plans wait through one stub, which the clock of a microscope can stretch or shorten."""

import ast
from pathlib import Path

import beadline.plans

PLANS = Path(beadline.plans.__file__).parent


def sleeps(tree: ast.AST) -> int:
    """Return how often something named `sleep` is called, or a message of that name is made."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    named = [getattr(call.func, "attr", getattr(call.func, "id", "")) == "sleep" for call in calls]
    made = [any(isinstance(each, ast.Constant) and each.value == "sleep" for each in call.args) for call in calls]
    return sum(named) + sum(made)


def test_a_sleep_is_found_however_it_is_written():
    assert sleeps(ast.parse("yield from bps.sleep(1)")) == sleeps(ast.parse("Msg('sleep', None, 1)")) == 1


def test_only_the_one_stub_of_the_plans_sleeps():
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in PLANS.rglob("*.py")]
    made = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    stubs = [node for node in made if node.name == "wait_s"]
    assert len(stubs) == 1
    assert sum(map(sleeps, trees)) == sleeps(stubs[0]) == 1
