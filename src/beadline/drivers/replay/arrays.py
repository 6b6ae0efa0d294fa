"""Stacks kept as an array: NumPy files and HDF5 datasets."""

from pathlib import Path
from tokenize import TokenError
from typing import Any

import h5py
import numpy as np

from .grey import check_pixels
from .stack import HDF5_DAMAGE, ArrayStack

COLOUR_SAMPLES = (3, 4)


def open_numpy(path: Path) -> ArrayStack:
    """Open a NumPy file without reading it all.

    Raises:
        ValueError: it is no NumPy file, or holds no stack of grey pictures.
    """
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError, SyntaxError, TokenError) as error:
        raise ValueError(f"Cannot replay {path}: it is not a NumPy file of numbers ({error})") from error
    if array.ndim == 2:
        array = array[np.newaxis]
    _check_stack(str(path), array.shape, array.dtype)
    return ArrayStack(str(path), array)


def open_hdf5(path: Path, dataset: str = "") -> ArrayStack:
    """Open a dataset of pictures, also while it is being written.

    Args:
        path: the file.
        dataset: its name; empty for the only one that can be a stack of pictures.

    Raises:
        ValueError: it is no HDF5 file, the dataset is not there, or there is none, or not one only, to choose.
    """
    try:
        file = h5py.File(path, "r", swmr=True)
    except HDF5_DAMAGE as error:
        raise _unreadable(path, error) from error
    try:
        chosen = dataset or _only_stack(path, file)
        name = f"{path}::/{chosen.lstrip('/')}"
        found = file.get(chosen)
        if not isinstance(found, h5py.Dataset):
            raise ValueError(f"Cannot replay {name}: the file has no such dataset, it has {_listed(_stacks(file))}")
        _check_stack(name, found.shape, found.dtype)
        return ArrayStack(name, found, file)
    except HDF5_DAMAGE as error:
        file.close()
        raise _unreadable(path, error) from error
    except BaseException:
        file.close()
        raise


def _only_stack(path: Path, file: h5py.File) -> str:
    stacks = _stacks(file)
    if not stacks:
        raise ValueError(f"Cannot replay {path}: it has no dataset of 3 dimensions and 8 or 16 bit pixels")
    if len(stacks) > 1:
        raise ValueError(
            f"Cannot replay {path}: choose one of its datasets {_listed(stacks)}, as in {path}::{stacks[0]}"
        )
    return stacks[0]


def _stacks(file: h5py.File) -> list[str]:
    stacks: list[str] = []

    def collect(name: str, part: Any) -> None:
        if isinstance(part, h5py.Dataset) and part.ndim == 3 and part.dtype.kind == "u" and part.dtype.itemsize <= 2:
            stacks.append(f"/{name}")

    file.visititems(collect)
    return stacks


def _check_stack(name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    if len(shape) != 3:
        raise ValueError(f"Cannot replay {name}: its shape is {shape}, only (frames, rows, columns) is allowed")
    if shape[2] in COLOUR_SAMPLES:
        raise ValueError(
            f"Cannot replay {name}: its shape is {shape}, which looks like a colour picture; "
            "only (frames, rows, columns) in grey is allowed"
        )
    check_pixels(name, dtype)


def _unreadable(path: Path, error: BaseException) -> ValueError:
    return ValueError(f"Cannot replay {path}: it is not an HDF5 file that can be read ({error})")


def _listed(names: list[str]) -> str:
    return ", ".join(names) or "none of 3 dimensions and 8 or 16 bit pixels"
