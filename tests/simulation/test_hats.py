import numpy as np
import pytest

from beadline.physics import TwistedChain
from beadline.simulation.hats import HatTable

CHAIN = TwistedChain()


@pytest.fixture(scope="module")
def table():
    return HatTable(CHAIN)


@pytest.mark.parametrize("force_pn", [0.15, 0.31, 0.6, 0.77, 2.9, 30.0])
def test_the_table_is_the_formula(table, force_pn):
    turns = np.linspace(-120, 120, 97)
    rest = CHAIN.extension_nm(force_pn, 0.0)
    np.testing.assert_allclose(
        table.relative(force_pn, 2720.0, turns), CHAIN.extension_nm(force_pn, turns) / rest, atol=2e-3
    )
    np.testing.assert_allclose(
        table.torque_pn_nm(force_pn, 2720.0, turns), CHAIN.torque_pn_nm(force_pn, turns), rtol=5e-3, atol=1e-9
    )
    assert table.onsets(force_pn, 2720.0, -1.0) == pytest.approx(
        CHAIN.buckling_turns(force_pn, overwound=False), rel=1e-3
    )


def test_beyond_the_theory_its_ends_count(table):
    assert table.relative(0.01, 2720.0, 5.0) == table.relative(0.15, 2720.0, 5.0)
    assert table.relative(100.0, 2720.0, 5.0) == pytest.approx(table.relative(60.0, 2720.0, 5.0))
    assert table.relative(5.0, 2720.0, 1e4) == table.relative(5.0, 2720.0, 0.3 * 2720 / 3.57)
