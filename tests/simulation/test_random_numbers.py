from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from beadline.simulation import kernels
from beadline.simulation.lost_beads import LostBeads
from beadline.simulation.random_numbers import DRAWS_PER_TETHER, OF_FRAME, OF_SEED, mixed, normals
from beadline.simulation.world_settings import WorldSettings


def test_the_bits_are_those_of_splitmix64():
    # the first numbers of a generator that is seeded with 1234567, as published with it
    expected = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    assert [int(mixed(1234567, n)) for n in (1, 2, 3)] == expected


def test_random_numbers_are_normal():
    assert stats.kstest(normals(1, 20_000), "norm").pvalue > 0.001


def test_random_numbers_of_neighbouring_keys_have_nothing_in_common():
    first, second = normals(1, 20_000), normals(2, 20_000)
    assert abs(np.corrcoef(first, second)[0, 1]) < 4 / np.sqrt(20_000)
    assert abs(np.corrcoef(first[1:], first[:-1])[0, 1]) < 4 / np.sqrt(20_000)


@pytest.mark.parametrize("table", [OF_SEED, OF_FRAME])
def test_no_random_number_is_drawn_by_two(table):
    streams = sorted(table.values(), key=lambda each: each.start)
    assert all(each.stop <= after.start for each, after in pairwise(streams))
    assert streams[-1].stop < 2**64


def test_the_compiled_loops_keep_to_the_counters_of_the_tethers():
    assert 2 * int(kernels._DRAWS_PER_BEAD) == DRAWS_PER_TETHER
    assert OF_FRAME["tethers"].stop >= 10_000 * DRAWS_PER_TETHER


def test_a_lost_bead_rises_no_more_for_having_gone_aside():
    # with one number for both, the lowest point and so the end depended on the angle that the step aside was drawn with
    settings = WorldSettings.from_plain({"tethers": 0, "references": 4000, "width_px": 8192, "height_px": 8192})
    lost, places = LostBeads(settings), np.zeros((4000, 3))
    lost.gone[:] = True
    lost.drift(np.uint64(1), places, np.zeros(4000), 1.0)
    assert abs(np.corrcoef(np.abs(places[:, 0]), places[:, 2])[0, 1]) < 4 / np.sqrt(4000)
