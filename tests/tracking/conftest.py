"""Images of rings for the tests: a chirped pattern integrated over each pixel, of no kin with any simulation."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Picture

from beadline.tracking import LookupTable, TrackerOptions, build_lookup_tables, warm_up

Image = NDArray[np.float64]
WINDOW_PX = 64
PLANES_NM = np.arange(-2000.0, 4001.0, 100.0)
OPTICS = {"pixel_size_nm": 112.0, "focal_factor": 0.878, "objective": "100x oil"}


def _intensity(r_px: Image, z_nm: float) -> Image:
    """Relative intensity of a make-believe bead: a dark disc inside rings that open as it goes up."""
    u = 4.0 + z_nm / 1000.0
    return (
        0.45
        * np.exp(-((r_px / (3 + 1.9 * u)) ** 2))
        * np.cos(r_px**2 / (3.2 * u) - 0.9 * u)
        / (1 + (r_px / (6 + u)) ** 4)
    )


def _add_bead(image: Image, x_px: float, y_px: float, z_nm: float, background: float, reach: int = 48) -> None:
    left, top = max(0, int(x_px) - reach), max(0, int(y_px) - reach)
    part = image[top : int(y_px) + reach, left : int(x_px) + reach]
    rows, columns = np.indices(part.shape, dtype=float)
    offsets = (np.arange(4) + 0.5) / 4 - 0.5
    for dy in offsets:
        for dx in offsets:
            r = np.hypot(columns + left + dx - x_px, rows + top + dy - y_px)
            part += background / 16 * _intensity(r, z_nm)


@pytest.fixture(scope="session", autouse=True)
def _compiled() -> None:
    warm_up()


@pytest.fixture(scope="session")
def field_image() -> Callable[..., Image]:
    """Draw the expected image of beads given as x [px], y [px], z [nm]."""

    def draw(shape: tuple[int, int], beads: list[tuple[float, float, float]], background: float = 120.0) -> Image:
        image = np.full(shape, float(background))
        for x_px, y_px, z_nm in beads:
            _add_bead(image, x_px, y_px, z_nm, background)
        return image

    return draw


@pytest.fixture(scope="session")
def window_image(field_image: Callable[..., Image]) -> Callable[..., Image]:
    """Draw the expected image of one bead in its window; the middle of the window is at 31.5 px."""

    def draw(x_px: float = 31.5, y_px: float = 31.5, z_nm: float = 500.0, background: float = 120.0) -> Image:
        return field_image((WINDOW_PX, WINDOW_PX), [(x_px, y_px, z_nm)], background)

    return draw


def photograph(image: Image, rng: np.random.Generator, electrons_per_adu: float = 40.0) -> NDArray[np.uint8]:
    """Add shot and read noise and round as an 8-bit camera does."""
    shot = rng.poisson(image * electrons_per_adu) / electrons_per_adu
    return np.clip(np.rint(shot + rng.normal(0, 0.3, image.shape)), 0, 255).astype(np.uint8)


def round_off(image: Image) -> NDArray[np.uint8]:
    """Round a noise-free image as an 8-bit camera does."""
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def camera() -> Callable[..., NDArray[np.uint8]]:
    return photograph


@pytest.fixture(scope="session")
def rounded() -> Callable[..., NDArray[np.uint8]]:
    return round_off


@pytest.fixture(scope="session")
def sweep(window_image: Callable[..., Image]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Record windows of one bead at each of `PLANES_NM`: stack and plane of each frame."""
    rng = np.random.default_rng(7)
    images = [window_image(31.3, 32.1, z_nm) for z_nm in PLANES_NM]
    stack = np.array([photograph(image, rng) for image in images for _ in range(5)])
    return stack[:, None], np.repeat(np.arange(len(PLANES_NM)), 5)


@pytest.fixture(scope="session")
def table(sweep: tuple[NDArray[np.uint8], NDArray[np.int64]]) -> LookupTable:
    stack, plane_index = sweep
    built = build_lookup_tables(stack, plane_index, PLANES_NM, TrackerOptions(), OPTICS, [7])
    assert not built.refused
    return built.tables[0]


@pytest.fixture(scope="session")
def planes_nm() -> NDArray[np.float64]:
    return PLANES_NM


@pytest.fixture(scope="session")
def optics() -> dict[str, object]:
    return OPTICS


@pytest.fixture(scope="session")
def real_frame() -> NDArray[np.uint8]:
    """Load the recorded field of beads, which is no part of this repository."""
    path = Path(__file__).parents[3] / "shared/data/real/field_of_beads.jpg"
    if not path.exists() and "CI" not in os.environ:
        pytest.skip(f"the recorded frame {path.name} is not beside the repository")
    return np.asarray(Picture.open(path).convert("L"))
