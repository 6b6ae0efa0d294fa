"""What happens to single tethers at random: hairpins, enzymes, the surface that catches, bonds that break.

Each kind of event of each tether has a clock that runs by its rate and rings when as much is expected as was drawn for
it, so events do not depend on how time is cut into frames. Forces change in steps: from frame to frame, and between
two frames in pieces in which the magnets move little.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from beadline.physics import BellRate

from .random_numbers import OF_SEED, exponential
from .sample import Sample

Floats = NDArray[np.float64]

INTACT, OPEN, CAUGHT, RUPTURED = range(4)
_KINDS = ("hairpin", "enzyme", "catch", "rupture")
NEAR_NM = 50.0
"""Below this height the surface catches beads that stick."""
_CATCH_PER_S = 1.0
_RELEASE_PER_S, _RELEASE_NM = 0.05, 0.8


@dataclass(frozen=True)
class Event:
    """Something that made a tether longer or shorter.

    Attributes:
        tether: which.
        before_end_s: how long before the end of the time that passed [s].
        longer_nm: by how much it is longer [nm].
    """

    tether: int
    before_end_s: float
    longer_nm: float


class Events:
    """States of the tethers, changed by events.

    Attributes:
        opened: whether the hairpin of each is open.
        caught: whether the surface holds the bead.
        ruptured: whether the bead is gone, by a rupture or otherwise.
        removed_turns: taken out of each molecule by enzymes.
        counts: events of each so far.
    """

    def __init__(self, sample: Sample, gone: NDArray[np.bool_]) -> None:
        """Begin with nothing open or caught.

        Args:
            sample: whose tethers they are.
            gone: which tethers are lost, shape (tethers,); is set by ruptures, and read at every look.
        """
        settings = sample.settings
        count, molecules, kelvin = settings.tethers, settings.molecules, settings.temperature_k
        self.opened, self.caught, self.ruptured = np.zeros(count, bool), np.zeros(count, bool), gone
        self.removed_turns, self.counts = np.zeros(count), np.zeros(count, np.int64)
        self._sample = sample
        self._hairpin = molecules.make_hairpin(kelvin)
        self._enzyme, self._rupture = (molecules.make_rate(name, kelvin) for name in ("enzyme", "rupture"))
        self._step_turns = float((molecules.enzyme or {}).get("turns", 2.0))
        self._release = BellRate(_RELEASE_PER_S, _RELEASE_NM, temperature_k=kelvin)
        self._seed = settings.seed
        self._drawn = np.zeros((len(_KINDS), count), np.int64)
        self._waiting = np.array([[self._draw(kind, i) for i in range(count)] for kind in range(len(_KINDS))])

    @property
    def states(self) -> NDArray[np.int64]:
        """0 nothing, 1 its hairpin is open, 2 the surface holds its bead, 3 lost; the greatest that holds."""
        return np.maximum.reduce([OPEN * self.opened, CAUGHT * self.caught, RUPTURED * self.ruptured])

    @property
    def longer_nm(self) -> Floats:
        """How much longer open hairpins make each tether [nm]."""
        return self.opened * (0.0 if self._hairpin is None else self._hairpin.opening_nm)

    @property
    def free(self) -> NDArray[np.bool_]:
        """Which beads are tethered and held by nothing else."""
        return ~(self.caught | self.ruptured)

    def pass_time(self, elapsed_s: float, forces: Floats, magnet_turns: float, near: Floats) -> list[Event]:
        """Let time pass and return what made tethers longer or shorter.

        Args:
            elapsed_s: how much [s].
            forces: net force on each tether in that time [pN].
            magnet_turns: of the magnets in that time.
            near: share of that time that the bottom of each bead was below `NEAR_NM`.
        """
        happened: list[Event] = []
        if self._hairpin is not None:
            up, down = self._hairpin.opening.per_s(forces), self._hairpin.closing.per_s(forces)
            flips = self._ring("hairpin", elapsed_s, lambda: np.where(self.opened, down, up) * self.free, self._flip)
            for i, left_s in flips:
                # at the time it is reported the flip has been made
                longer_nm = self._hairpin.opening_nm * (1 if self.opened[i] else -1)
                happened.append(Event(i, left_s, longer_nm))
        if self._enzyme is not None:
            happened += self._relax(self._enzyme, elapsed_s, forces, magnet_turns)
        sticky = self._sample.population.sticky
        if sticky.any():
            catch, release = near * _CATCH_PER_S, self._release.per_s(forces)
            here = sticky & ~self.ruptured
            list(self._ring("catch", elapsed_s, lambda: np.where(self.caught, release, catch) * here, self._hold))
        if self._rupture is not None:
            rupture = self._rupture.per_s(forces)
            list(self._ring("rupture", elapsed_s, lambda: rupture * ~self.ruptured, self._break))
        return happened

    def _relax(self, enzyme: BellRate, elapsed_s: float, forces: Floats, magnet_turns: float) -> list[Event]:
        """Let enzymes take turns out of molecules with plectonemes."""
        rate, sample = enzyme.per_s(forces), self._sample

        def rates() -> Floats:
            turns = magnet_turns - self.removed_turns
            return rate * (sample.responses.buckled(forces, turns) & self.free)

        def step(tether: int) -> None:
            turns = magnet_turns - self.removed_turns[tether]
            self.removed_turns[tether] += np.sign(turns) * self._step_turns

        def lengths() -> Floats:
            return sample.response(forces, magnet_turns - self.removed_turns, self.longer_nm).extensions_nm

        if not rates().any():
            return []
        happened, before = list[Event](), lengths()
        for tether, left_s in self._ring("enzyme", elapsed_s, rates, step):
            after = lengths()
            happened.append(Event(tether, left_s, float(after[tether] - before[tether])))
            before = after
        return happened

    def _ring(
        self, name: str, elapsed_s: float, rates: Callable[[], Floats], change: Callable[[int], None]
    ) -> Iterator[tuple[int, float]]:
        """Run the clocks of a kind; yield tether and time before the end of each event after it has happened."""
        kind = _KINDS.index(name)
        waiting, now = self._waiting[kind], rates()
        due = now * elapsed_s >= waiting
        waiting[~due] -= (now * elapsed_s)[~due]
        for i in np.flatnonzero(due).tolist():
            left_s, rate = elapsed_s, float(now[i])
            while rate * left_s >= waiting[i]:
                left_s -= waiting[i] / rate
                waiting[i] = self._draw(kind, i)
                change(i)
                self.counts[i] += 1
                yield i, left_s
                rate = float(rates()[i])
            waiting[i] -= rate * left_s

    def _flip(self, tether: int) -> None:
        self.opened[tether] = not self.opened[tether]

    def _hold(self, tether: int) -> None:
        self.caught[tether] = not self.caught[tether]

    def _break(self, tether: int) -> None:
        self.ruptured[tether], self.caught[tether] = True, False

    def _draw(self, kind: int, tether: int) -> float:
        """Draw how much is to be expected until the next event."""
        number = int(self._drawn[kind, tether])
        self._drawn[kind, tether] += 1
        return exponential(self._seed, OF_SEED["events"].start + kind, tether, number)
