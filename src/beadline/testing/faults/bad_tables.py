"""Row I3: look-up tables that are damaged, or belong to another microscope."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from beadline.tracking import (
    LookupTable,
    TrackerOptions,
    check_matches,
    load_lookup_tables,
    save_lookup_tables,
    table_radii,
)

from .outcome import Case, Outcome

OPTICS: dict[str, Any] = {"pixel_size_nm": 112.0, "focal_factor": 0.878, "objective": "100x 1.2 W"}
BOMB_ROWS = 60_000


def made_table(seed: int, planes: int = 12) -> LookupTable:
    """Return a good table of one bead."""
    options = TrackerOptions()
    profiles = np.random.default_rng(seed).normal(0, 0.1, (planes, table_radii(options.radius_px)))
    return LookupTable(3, np.linspace(0, 3000, planes), profiles, options, OPTICS, {"noise": 0.1})


class Damages:
    """Damages a file of look-up tables, each in another way."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self.kinds: dict[str, Callable[[Path], object]] = {
            "truncated": self._truncate,
            "a byte changed": self._change_a_byte,
            "NaN in a profile": lambda path: self._edit(path, "profiles", np.nan),
            "a profile changed": lambda path: self._edit(path, "profiles", 0.5),
            "heights not monotone": lambda path: self._edit(path, "z_nm", -1.0),
            "a part missing": self._drop_a_part,
            "an attribute wrong": self._spoil_an_attribute,
            "a bomb": self._bomb,
            "text": lambda path: path.write_text("not a table"),
            "empty": lambda path: path.write_bytes(b""),
        }

    def _truncate(self, path: Path) -> None:
        whole = path.read_bytes()
        path.write_bytes(whole[: int(self._random.integers(len(whole)))])

    def _change_a_byte(self, path: Path) -> None:
        whole = bytearray(path.read_bytes())
        whole[int(self._random.integers(len(whole)))] ^= int(self._random.integers(1, 256))
        path.write_bytes(whole)

    def _edit(self, path: Path, name: str, value: float) -> None:
        with h5py.File(path, "r+") as file:
            data = _bead(file)[name]
            place = tuple(int(self._random.integers(1, size)) for size in data.shape)
            data[place] = value

    def _drop_a_part(self, path: Path) -> None:
        with h5py.File(path, "r+") as file:
            group = _bead(file)
            parts = [*group, *(f"@{name}" for name in group.attrs if name not in ("radius_step_px", "options_hash"))]
            part = str(self._random.choice(parts))
            if part.startswith("@"):
                del group.attrs[part[1:]]
            else:
                del group[part]

    def _spoil_an_attribute(self, path: Path) -> None:
        with h5py.File(path, "r+") as file:
            name = str(self._random.choice(["sha256", "optics", "options", "quality", "bead_id"]))
            _bead(file).attrs[name] = str(self._random.choice(["{", "[]", "x", "{}"])) if name != "bead_id" else "three"

    def _bomb(self, path: Path) -> None:
        """A few kilobytes that unpack to many gigabytes."""
        with h5py.File(path, "r+") as file:
            group = _bead(file)
            for name in ("profiles", "unevenness"):
                del group[name]
                group.create_dataset(name, (BOMB_ROWS, BOMB_ROWS), "f4", compression="gzip", fillvalue=0.5)


def _bead(file: h5py.File) -> Any:
    return file["bead_3"]


def are_refused(seed: int, folder: Path, full: bool) -> Outcome:
    """Load damaged tables, and good ones on another microscope."""
    outcome, good = Outcome(), folder / "good.h5"
    table, options = made_table(seed), TrackerOptions()
    save_lookup_tables(good, [table], {"run": "1"})
    outcome.require(load_lookup_tables(good)[0].sha256 == table.sha256, "a good table is not what was saved")
    damages, refused = Damages(seed), 0
    kinds = list(damages.kinds.items())
    for number in range(300 if full else 60):
        kind, damage = kinds[number % len(kinds)]
        path = folder / f"table_{number}.h5"
        shutil.copyfile(good, path)
        damage(path)
        refused += _is_refused_or_unharmed(outcome, path, table, kind)
    for name, value in {"pixel_size_nm": 111.9, "focal_factor": 1.0, "objective": "60x"}.items():
        outcome.injected += 1
        try:
            check_matches(table, options, OPTICS | {name: value})
        except ValueError as error:
            outcome.require_named(str(error), "bead 3", name, str(value))
        else:
            outcome.failures.append(f"a table was taken although {name} is {value}")
    outcome.figures |= {"refused": refused, "unharmed": outcome.injected - 3 - refused}
    return outcome


def _is_refused_or_unharmed(outcome: Outcome, path: Path, table: LookupTable, kind: str) -> bool:
    """Tell whether it is refused; a byte that belongs to nothing may change."""
    outcome.injected += 1
    try:
        loaded = load_lookup_tables(path)
    except ValueError as error:
        outcome.require_named(str(error), path.name)
        return True
    except Exception as error:  # noqa: BLE001 - a reader of the message would not know which table is damaged
        outcome.failures.append(f"{kind}: {type(error).__name__} instead of a ValueError: {error}")
        return True
    whole = [each.sha256 for each in loaded] == [table.sha256]
    outcome.require(whole, f"{kind}: a damaged table is used")
    return False


CASES = (
    Case("I3", "look-up tables that are damaged or of another microscope", "refused with the reason", are_refused),
)
