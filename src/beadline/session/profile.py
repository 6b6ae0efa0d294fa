"""Profiles: short Python files that say what a microscope is made of."""

import hashlib
import runpy
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from ophyd_async.core import Device

import beadline
from beadline.devices import Workbench


class ProfileError(ValueError):
    """A profile that cannot be used, and why."""


@dataclass(frozen=True)
class Profile:
    """A profile that was found and read.

    Attributes:
        path: the file.
        sha256: of its text, recorded in every run.
        build: makes the devices on a workbench, by name.
    """

    path: Path
    sha256: str
    build: Callable[..., dict[str, Any]]

    def devices(self, workbench: Workbench, **arguments: Any) -> dict[str, Any]:
        """Make the devices of the microscope, named and not yet connected.

        Raises:
            ProfileError: the profile refuses the arguments, or makes something that is no device.
        """
        try:
            made = self.build(workbench, **arguments)
        except (Exception, SystemExit) as error:
            where = _place(self.path, error)
            raise ProfileError(f"Cannot build the microscope of {where}: {_said(error)}") from error
        if not isinstance(made, dict) or not made:
            raise ProfileError(f"{self.path}: microscope() returns a dictionary of devices by name, got {made!r}")
        for name, device in made.items():
            if not name.isidentifier():
                raise ProfileError(f"{self.path}: {name!r} cannot be the name of a device: use letters, digits and _")
            if isinstance(device, Device) and not device.name:
                device.set_name(name)
        return made


def shipped_profiles() -> dict[str, Path]:
    """Return the profiles that come with beadline, by name."""
    package = Path(beadline.__file__).parent
    for folder in (package / "profiles", package.parents[1] / "profiles"):
        if folder.is_dir():
            return {path.stem: path for path in sorted(folder.glob("*.py"))}
    return {}


def load_profile(name_or_path: str | Path) -> Profile:
    """Read a profile: the name of one that comes with beadline, or the path of a file.

    A profile is code and runs as such; it is only ever loaded because a person named it.

    Raises:
        ProfileError: there is none, or it defines no `microscope`.
    """
    shipped = shipped_profiles()
    path = shipped.get(str(name_or_path), Path(name_or_path))
    if not path.is_file():
        raise ProfileError(
            f"There is no profile {str(name_or_path)!r}: give the path of a file, or one of {', '.join(shipped)}"
        )
    path = path.resolve()
    try:
        names = runpy.run_path(str(path), run_name="beadline_profile")
    except (Exception, SystemExit) as error:
        raise ProfileError(f"Cannot read the profile {_place(path, error)}: {_said(error)}") from error
    build = names.get("microscope")
    if not callable(build):
        raise ProfileError(f"The profile {path} defines no function microscope(workbench) that returns the devices")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return Profile(path, sha256, cast("Callable[..., dict[str, Any]]", build))


def _place(path: Path, error: BaseException) -> str:
    """Return the profile and, if it is known, the line that an error comes from."""
    if isinstance(error, SyntaxError) and error.lineno:
        return f"{path}:{error.lineno}"
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == str(path)]
    return f"{path}:{lines[-1]}" if lines else str(path)


def _said(error: BaseException) -> str:
    """Return what an error says, on one line."""
    said = error.msg if isinstance(error, SyntaxError) else " ".join(str(error).split())
    return f"{type(error).__name__}: {said}"
