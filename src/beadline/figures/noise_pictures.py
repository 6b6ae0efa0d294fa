"""The noise of stuck beads: how their positions get better with the time over which they are averaged."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from beadline.analysis import NoiseFloor

from .canvas import COLOURS, GREY, new_figure, with_error

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def noise_figure(
    floors: Mapping[str, NoiseFloor],
    beads: Mapping[str, tuple[int, ...]],
    *,
    title: str = "",
    notes: Sequence[str] = (),
) -> "Figure":
    """Draw the Allan deviation of stuck beads, in each direction; the line is what white noise would do.

    Args:
        floors: by direction, such as "z".
        beads: ids of the stuck beads, by direction.
        title: above all.
        notes: below all: what was left out.

    Raises:
        ValueError: there is no direction.
    """
    if not floors:
        raise ValueError(f"Noise cannot be drawn: no direction was measured; {'; '.join(notes)}".rstrip("; "))
    told = [*notes] + [f"{name}: {doubt}" for name, floor in floors.items() for doubt in floor.warnings]
    figure = new_figure(3.6 * len(floors) + 0.6, 3.8, title, told)
    panels = figure.subplots(1, len(floors), sharey=True, squeeze=False)[0]
    for axes, (name, floor) in zip(panels, floors.items(), strict=True):
        _draw(axes, floor, beads[name])
        axes.set_title(f"{name}: shared by all {floor.shared_nm:.2g} nm", fontsize=9, loc="left")
        axes.set_xlabel("averaged over [s]")
    panels[0].set_ylabel("Allan deviation about the others [nm]")
    return figure


def _draw(axes: Any, floor: NoiseFloor, beads: tuple[int, ...]) -> None:
    for place, bead in enumerate(beads):
        colour = COLOURS[place % len(COLOURS)]
        noise = with_error(float(floor.noise_nm[place]), float(floor.noise_error_nm[place]), "nm")
        axes.loglog(
            floor.averaging_s, floor.allan_deviation_nm[:, place], "o-", color=colour, markersize=3.5,
            label=f"bead {bead}: {noise}",
        )  # fmt: skip
    mean = float(np.sqrt(np.mean(floor.allan_deviation_nm[0] ** 2)))
    white = mean * np.sqrt(floor.averaging_s[0] / floor.averaging_s)
    axes.loglog(floor.averaging_s, white, color=GREY, linewidth=1.0, linestyle="--", label="white noise")
    axes.legend(frameon=False, fontsize=8)
