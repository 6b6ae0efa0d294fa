"""The force axis follows one law, and refuses to set forces by one that does not hold."""

from types import SimpleNamespace

import pytest

from beadline.devices import Force, LawInForce
from beadline.physics import M270_PAIR, MYONE_PAIR

OTHER = LawInForce(MYONE_PAIR, "the calibration of run 7", {"from": "calibration"}, "B7", (0.5, 5.0))


class Height:
    """A height axis that is only asked."""

    name = "height"

    def __init__(self, flow_cell):
        self.flow_cell = SimpleNamespace(present=flow_cell)

    def read(self):
        return {"height": {"value": 3.0}}


async def test_it_reads_by_the_law_it_follows():
    force = Force(Height("B7"), M270_PAIR, name="force")
    assert (await force.read())["force"]["value"] == M270_PAIR.force_pn(3.0)
    force.follow(OTHER)
    assert (await force.read())["force"]["value"] == MYONE_PAIR.force_pn(3.0)
    assert (await force.read_configuration())["force-law"]["value"] == MYONE_PAIR.as_json()
    assert force.profile_law is M270_PAIR
    await force.check_value(1.0)


async def test_no_force_is_set_by_the_calibration_of_another_flow_cell_or_one_that_does_not_hold():
    force = Force(Height("C3"), M270_PAIR, name="force")
    await force.check_value(1.0)
    force.follow(OTHER)
    with pytest.raises(ValueError, match="it follows the calibration of run 7, and meanwhile flow cell C3 is in"):
        await force.check_value(1.0)
    force.follow(LawInForce(MYONE_PAIR, "", {}, objection="it is of beads MyOne"))
    with pytest.raises(ValueError, match="Cannot set force: it is of beads MyOne"):
        await force.check_value(1.0)


@pytest.mark.parametrize(("force_pn", "said"), [(0.5, False), (5.0, False), (0.49, True), (5.01, True)])
def test_a_force_that_was_not_measured_is_said_to_be_extrapolated(force_pn, said):
    assert ("extrapolated: the calibration was measured from 0.5 to 5 pN" in OTHER.remark(force_pn)) == said
