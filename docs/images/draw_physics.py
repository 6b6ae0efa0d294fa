"""Draws the pictures of "Physics of the twin": `python docs/images/draw_physics.py`."""

from pathlib import Path

import numpy as np

from beadline.physics import MOLECULES, TwistedChain, TwoTethers, dsdna_in_salt, wlc_extension_nm

HERE = Path(__file__).parent
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#666666")


def draw_force_extension() -> None:
    """Draw extension per base of each molecule against the force."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - only when a picture is drawn

    figure = Figure(figsize=(7, 4.2), layout="constrained")
    axes = figure.subplots()
    for colour, molecule in zip(COLOURS, MOLECULES.values(), strict=False):
        forces = np.geomspace(max(molecule.low_pn, 0.01), molecule.high_pn, 300)
        axes.plot(molecule.extension_nm(forces, 1), forces, color=colour, label=molecule.name)
        axes.axvline(molecule.rise_nm, color=colour, linewidth=0.8, linestyle=":")
    axes.set(yscale="log", xlim=(0, 0.6), ylim=(0.01, 100))
    axes.set(xlabel="extension per base pair or base [nm]", ylabel="force [pN]")
    axes.legend(frameon=False, loc="upper left")
    figure.savefig(HERE / "force-extension.png", dpi=110)


def draw_hats() -> None:
    """Draw extension and torque against the turns, and what salt and a second tether do to them."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - as above

    figure = Figure(figsize=(10, 6.4), layout="constrained")
    (hats, salts), (torques, pairs) = figure.subplots(2, 2, sharex=True)
    turns, chain = np.linspace(-40, 40, 801), TwistedChain()
    for colour, force_pn in zip(COLOURS, (0.3, 0.5, 0.7, 1.0, 3.0), strict=True):
        hats.plot(turns, chain.extension_nm(force_pn, turns), color=colour, label=f"{force_pn:g} pN")
        torques.plot(turns, chain.torque_pn_nm(force_pn, turns), color=colour)
    for colour, salt_mm in zip(COLOURS, (10.0, 50.0, 300.0), strict=False):
        salts.plot(turns, dsdna_in_salt(8000, salt_mm).extension_nm(0.5, turns), color=colour, label=f"{salt_mm:g} mM")
    for colour, force_pn in zip(COLOURS, (0.3, 1.0, 3.0), strict=False):
        length_nm = float(wlc_extension_nm(force_pn / 2, 2720.0, stretch_pn=1000.0))
        pair = TwoTethers(length_nm, separation_nm=800.0, radius_nm=5.0)
        pairs.plot(turns, pair.extension_nm(force_pn, turns), color=colour, label=f"{force_pn:g} pN")
    hats.set(title="8 kb of DNA", ylabel="extension [nm]", ylim=(0, 2700))
    salts.set(title="the same at 0.5 pN, by monovalent salt", ylabel="extension [nm]", ylim=(0, 2700))
    torques.set(xlabel="turns", ylabel="torque [pN nm]")
    pairs.set(title="two tethers 0.8 µm apart", xlabel="turns", ylabel="extension [nm]", ylim=(0, 2700))
    for axes in (hats, salts, pairs):
        axes.legend(frameon=False, loc="lower center", fontsize=8)
    figure.savefig(HERE / "hat-curves.png", dpi=110)


if __name__ == "__main__":
    draw_force_extension()
    draw_hats()
