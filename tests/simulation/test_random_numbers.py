import numpy as np
from scipy import stats

from beadline.simulation.random_numbers import mixed, normals


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
