"""Samples described in YAML: those that come along, by name, and your own, by path.

A description is one mapping. `molecule` (a name in `beadline.physics.MOLECULES`) and `bases` give the contour,
`salt_mm` (monovalent, 10 to 300 mM) and the molecule the persistence length and, by a rule of thumb, the twist of
plectonemes, see `beadline.physics.dsdna_plectoneme_twist_nm`; `description` is for people. All other keys are fields
of `WorldSettings` and `TetherSettings`. What is given to the microscope beside the sample goes before it.
"""

from collections.abc import Mapping
from dataclasses import fields
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from beadline.physics import DSDNA, MOLECULES, dsdna_persistence_nm, dsdna_plectoneme_twist_nm

from .tether_settings import TetherSettings
from .world_settings import WorldSettings

_SUFFIX = ".yaml"


def sample_names() -> list[str]:
    """Return the names of the samples that come along."""
    found = [each.name for each in (files("beadline.simulation") / "samples").iterdir()]
    return sorted(name.removesuffix(_SUFFIX) for name in found if name.endswith(_SUFFIX))


def read_sample(sample: str) -> dict[str, Any]:
    """Return the fields of `WorldSettings` that describe a sample, plain data.

    Args:
        sample: a name out of `sample_names()`, or the path of a file that ends in .yaml.

    Raises:
        ValueError: there is no such sample, or the file is not a description of one.
    """
    place = (
        Path(sample) if sample.endswith(_SUFFIX) else files("beadline.simulation") / "samples" / f"{sample}{_SUFFIX}"
    )
    if not place.is_file():
        raise ValueError(
            f"There is no simulated sample {sample!r}: take {', '.join(sample_names())}, "
            f"or the path of a file that ends in {_SUFFIX}"
        )
    try:
        described = yaml.safe_load(place.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ValueError(f"The sample {sample} cannot be read: {error}") from error
    if not isinstance(described, dict):
        raise ValueError(f"The sample {sample} must be a mapping of names to values, got {described!r}")
    return _settings(sample, described)


def _settings(sample: str, described: Mapping[str, Any]) -> dict[str, Any]:
    own = {"description", "molecule", "bases", "salt_mm"}
    of_world = {each.name for each in fields(WorldSettings)} - {"molecules"}
    of_tethers = {each.name for each in fields(TetherSettings)}
    if unknown := sorted(map(str, set(described) - own - of_world - of_tethers)):
        allowed = ", ".join(sorted(own | of_world | of_tethers))
        raise ValueError(f"The sample {sample} has no {', '.join(unknown)}: it may have {allowed}")
    chain, tethers = _molecule(sample, described)
    tethers |= {name: each for name, each in described.items() if name in of_tethers}
    world = chain | {name: each for name, each in described.items() if name in of_world}
    return world | {"molecules": tethers} if tethers else world


def _molecule(sample: str, described: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a kind of molecule, its length and the salt make of world and tethers."""
    if "molecule" not in described:
        if given := sorted({"bases", "salt_mm"} & set(described)):
            raise ValueError(f"The sample {sample} has {', '.join(given)} but no molecule: add molecule: dsDNA")
        return {}, {}
    name = described["molecule"]
    worms = [each for each, molecule in MOLECULES.items() if molecule.chain == "worm-like"]
    if name not in worms:
        raise ValueError(f"The sample {sample} cannot have molecules of {name!r}: take {', '.join(worms)}")
    if "bases" not in described:
        raise ValueError(f"The sample {sample} has molecules of {name} without a length: add bases [base pairs]")
    molecule = MOLECULES[name]
    chain = {"contour_nm": float(molecule.contour_nm(described["bases"])), "persistence_nm": molecule.persistence_nm}
    tethers: dict[str, Any] = {"stretch_pn": molecule.stretch_pn}
    if "salt_mm" in described:
        if molecule is not DSDNA:
            raise ValueError(f"What salt does to {name} is not known: leave out salt_mm in the sample {sample}")
        chain["persistence_nm"] = float(dsdna_persistence_nm(described["salt_mm"]))
        tethers["plectoneme_twist_nm"] = float(dsdna_plectoneme_twist_nm(described["salt_mm"]))
    return chain, tethers
