"""Row I1: profiles that cannot be, made from a good one by mutation."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from beadline.acquisition import Supervisor
from beadline.devices import Workbench
from beadline.session import ProfileError, load_profile, shipped_profiles

from .outcome import Case, Outcome

STRANGE = (
    "\t",
    "    \t",
    "}",
    "((",
    "*",
    "&anchor",
    "!!python/object/apply:os.system",
    "\x00",
    "nonsense = 1",
    "é",
    '"""',
)
WRONG = ("'text'", "-1", "None", "[]", "{}", "1e400", "print", "lambda: 1", "microscope", "...")


class Mutations:
    """Makes a bad profile of a good one."""

    def __init__(self, text: str, seed: int) -> None:
        self._text = text
        self._random = np.random.default_rng(seed)
        self._kinds: tuple[Callable[[list[str]], str], ...] = (
            self._drop,
            self._double,
            self._strange,
            self._wrong_type,
            self._unknown_key,
            self._indent,
            self._cut,
        )

    def one(self, number: int) -> str:
        """Return a mutated text; the kinds follow one another."""
        return self._kinds[number % len(self._kinds)](self._text.splitlines())

    def _place(self, count: int) -> int:
        return int(self._random.integers(count))

    def _drop(self, lines: list[str]) -> str:
        del lines[self._place(len(lines))]
        return "\n".join(lines)

    def _double(self, lines: list[str]) -> str:
        place = self._place(len(lines))
        return "\n".join([*lines[:place], lines[place], *lines[place:]])

    def _strange(self, lines: list[str]) -> str:
        place = self._place(len(self._text))
        return self._text[:place] + str(self._random.choice(STRANGE)) + self._text[place:]

    def _wrong_type(self, lines: list[str]) -> str:
        named = [number for number, line in enumerate(lines) if "=" in line and line.endswith(",")]
        place = int(self._random.choice(named))
        lines[place] = f"{lines[place].split('=')[0]}={self._random.choice(WRONG)},"
        return "\n".join(lines)

    def _unknown_key(self, lines: list[str]) -> str:
        opening = [number for number, line in enumerate(lines) if line.endswith("(")]
        place = int(self._random.choice(opening))
        return "\n".join([*lines[: place + 1], "nonsense=1,", *lines[place + 1 :]])

    def _indent(self, lines: list[str]) -> str:
        place = self._place(len(lines))
        return "\n".join([*lines[:place], f"\t{lines[place]}", *lines[place + 1 :]])

    def _cut(self, lines: list[str]) -> str:
        return self._text[: self._place(len(self._text))]


def are_refused(seed: int, folder: Path, full: bool) -> Outcome:
    """Read mutated profiles and build their microscopes; nothing is connected."""
    outcome = Outcome()
    text = shipped_profiles()["simulated"].read_text(encoding="utf-8")
    mutations = Mutations(text, seed)
    folder.mkdir(parents=True, exist_ok=True)
    texts = [mutations.one(number) for number in range(500 if full else 70)]
    texts += ["#" * 10_000_000, "(" * 5000, "microscope = 3", "def microscope(): pass", "raise SystemExit(3)", ""]
    texts += ["def microscope(workbench):\n    return 1 / 0", "def microscope(workbench):\n    raise SystemExit"]
    told = 0
    for number, mutated in enumerate(texts):
        path = folder / f"lab_{number}.py"
        path.write_text(mutated, encoding="utf-8", newline="\n")
        outcome.injected += 1
        said = _refusal(outcome, path)
        told += bool(said)
        if said:
            outcome.require_named(said, path.name)
            outcome.require("Traceback" not in said, f"a traceback is shown: {said}")
    outcome.require(told > len(texts) / 3, f"only {told} of {len(texts)} mutated profiles were refused")
    outcome.figures |= {"refused": told, "still_valid": len(texts) - told}
    return outcome


def _refusal(outcome: Outcome, path: Path) -> str:
    supervisor = Supervisor(transport="thread")
    try:
        load_profile(path).devices(Workbench(supervisor))
    except ProfileError as error:
        return str(error)
    except BaseException as error:  # noqa: BLE001 - whatever else comes out is what must not
        outcome.failures.append(f"{path.name}: {type(error).__name__} instead of a ProfileError: {error}")
    finally:
        outcome.require(not supervisor.workers, f"{path.name}: a worker was started")
        supervisor.stop()
    return ""


CASES = (
    Case("I1", "mutated profiles: dropped, doubled, wrong, strange lines", "refused with file and reason", are_refused),
)
