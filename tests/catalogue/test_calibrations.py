"""Which calibration holds: laws about the choice, on runs that were saved without a microscope."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import event_model
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beadline.analysis import calibrate_magnets, calibration_content
from beadline.callbacks import Journal
from beadline.catalogue import Catalogue, Present, latest_valid
from beadline.documents import FORCE_CALIBRATION, RESULT_NAME, Result, run_folder, write_result
from beadline.physics import M270_PAIR

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HERE = Present("B7", "M270", "magnets")
HEIGHTS = np.linspace(1.0, 8.0, 12)


def calibration(scale=1.0):
    return calibrate_magnets(HEIGHTS, scale * M270_PAIR.force_pn(HEIGHTS), 0.02)


CONTENT = calibration_content(calibration())


def result(*, days_ago=1.0, analysed_days_ago=0.5, kind=FORCE_CALIBRATION, content=CONTENT, **said):
    measured, made = ((NOW - timedelta(days=each)).isoformat() for each in (days_ago, analysed_days_ago))
    known = {"flow_cell": "B7", "bead_type": "M270", "magnets": "magnets"}
    return Result(kind, content, ("parent",), measured, made, {}, **{**known, **said})


class Laboratory:
    """A data folder in which results are saved as their plan does it."""

    def __init__(self, data):
        self.data, self.catalogue, self.runs = data, Catalogue(data), 0

    def save(self, found, *, announced=None, exit_status="success", **parent):
        """Keep a result in a run and return the run's uid; without a result, only the run."""
        journal = Journal(self.data)
        self.runs += 1
        md = {} if found is None else {"plan_name": "save_result", "result": (announced or found).as_metadata()}
        bundle = event_model.compose_run(metadata={"scan_id": self.runs, **md, **parent}, time=NOW.timestamp())
        journal("start", bundle.start_doc)
        if found is not None:
            write_result(run_folder(self.data, bundle.start_doc) / RESULT_NAME, found)
        journal("stop", bundle.compose_stop(exit_status=exit_status))
        journal.close()
        return bundle.start_doc["uid"]

    def latest(self, present=HERE, **options):
        return latest_valid(self.catalogue.results(), present, now=NOW, **options)


@pytest.fixture
def laboratory(tmp_path):
    made = Laboratory(tmp_path)
    yield made
    made.catalogue.close()


def test_without_a_calibration_it_says_so(laboratory):
    assert laboratory.latest().refused == ("no calibration was saved",)
    laboratory.save(result(kind="chain_fit", content={}))
    assert laboratory.latest().refused == ("no calibration was saved",)


def test_the_object_comes_back_as_it_was_found(laboratory):
    uid = laboratory.save(result())
    found = laboratory.catalogue.calibration(uid)
    assert found.found.law == calibration().law
    assert laboratory.catalogue.result(-1).derived_from == ("parent",)
    (line,) = laboratory.catalogue.runs()
    assert (line.uid, line.plan_name, line.state) == (uid, "save_result", "done")
    where = f"the calibration of run 1 ({uid[:8]}): M270 in flow cell B7, measured 2026-11-21 12:00 UTC"
    assert found.sentence().startswith(f"{where}, 0.272 to 52.4 pN, ±")


def test_the_latest_is_the_one_measured_last_and_of_two_analyses_the_later(laboratory):
    laboratory.save(result(days_ago=2, analysed_days_ago=1.5))
    newest = laboratory.save(result(days_ago=1, analysed_days_ago=0.9))
    laboratory.save(result(days_ago=2, analysed_days_ago=0.1))
    assert laboratory.latest().calibration.kept.uid == newest
    again = laboratory.save(result(days_ago=1, analysed_days_ago=0.5))
    assert laboratory.latest().calibration.kept.uid == again


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            {"flow_cell": "A1"},
            "the calibration of run 1 (@) is of flow cell A1, not of B7: measure the force with these",
        ),
        ({"bead_type": "MyOne"}, "is of beads MyOne, not of M270: measure the force with these (force_calibration)"),
        ({"bead_type": ""}, "is of beads (not said), not of M270"),
        ({"magnets": "ring"}, "is of magnets ring, not of magnets"),
        ({"days_ago": 31}, "measured 2026-10-22 12:00, is 31 days old, and 30 are allowed: measure it anew"),
    ],
    ids=["flow cell", "beads", "unsaid beads", "magnets", "age"],
)
def test_what_does_not_hold_here_is_refused_with_which_and_why_and_what_to_do(laboratory, said, sentence):
    uid = laboratory.save(result(**said))
    choice = laboratory.latest()
    assert choice.calibration is None
    assert sentence.replace("@", uid[:8]) in choice.refused[0]
    holds = laboratory.save(result(days_ago=2))
    assert laboratory.latest().calibration.kept.uid == holds


def test_one_from_before_the_flow_cell_was_changed_is_stale_also_if_it_is_analysed_afterwards(laboratory):
    changed = replace(HERE, changed_at=(NOW - timedelta(hours=20)).isoformat())
    laboratory.save(result(days_ago=1, analysed_days_ago=0.1))
    choice = laboratory.latest(changed)
    assert choice.calibration is None
    assert "is from before the flow cell was changed (2026-11-21T16:00:00+00:00): measure it anew" in choice.refused[0]
    assert "or say use_calibration(1)" in choice.refused[0]
    later = laboratory.save(result(days_ago=0.8))
    assert laboratory.latest(changed).calibration.kept.uid == later


@pytest.mark.parametrize("unsaid", ["bead_type", "flow_cell"])
def test_nothing_is_chosen_as_long_as_nobody_has_said_what_is_in(laboratory, unsaid):
    laboratory.save(result())
    choice = laboratory.latest(replace(HERE, **{unsaid: ""}))
    assert choice.calibration is None
    assert choice.refused[0].startswith("nobody has said which")
    assert laboratory.latest().calibration is not None


def damage(path):
    text = path.read_bytes()
    path.write_bytes(text.replace(b'"low_mm": 1.0', b'"low_mm": 1.1', 1))
    assert path.read_bytes() != text


def test_a_damaged_one_is_passed_over_and_that_is_said(laboratory):
    good = laboratory.save(result(days_ago=2))
    bad = laboratory.save(result(days_ago=1))
    damage(laboratory.catalogue.folder(bad) / RESULT_NAME)
    choice = laboratory.latest()
    assert choice.calibration.kept.uid == good
    assert "its content does not match its SHA-256" in choice.refused[0]
    assert "analyse its runs again and save that, or take the file from a backup" in choice.refused[0]
    with pytest.raises(ValueError, match="does not match its SHA-256"):
        laboratory.catalogue.calibration(bad)
    assert [bool(each.problem) for each in laboratory.catalogue.results()] == [True, False]


def test_a_result_that_its_run_did_not_announce_is_refused(laboratory):
    one, other = laboratory.save(result()), laboratory.save(result(content=calibration_content(calibration(1.1))))
    shutil.copy(laboratory.catalogue.folder(one) / RESULT_NAME, laboratory.catalogue.folder(other) / RESULT_NAME)
    with pytest.raises(ValueError, match=r"it is not the result that run 2 \(.*\) announced, their SHA-256 differ"):
        laboratory.catalogue.result(other)


def test_a_result_of_a_run_that_failed_is_refused(laboratory):
    laboratory.save(result(), exit_status="fail")
    with pytest.raises(ValueError, match="has not ended well"):
        laboratory.catalogue.result(1)


def test_a_run_without_result_or_with_another_one_is_no_calibration(laboratory):
    laboratory.save(None)
    laboratory.save(result(kind="chain_fit", content={"persistence_nm": 50.0}))
    with pytest.raises(FileNotFoundError, match=r"Run 1 \(.*\) keeps no result"):
        laboratory.catalogue.calibration(1)
    with pytest.raises(ValueError, match=r"The result of run 2 \(.*\) is no calibration of magnets but a chain_fit"):
        laboratory.catalogue.calibration(2)
    assert [each.kind for each in laboratory.catalogue.results("chain_fit")] == ["chain_fit"]
    assert laboratory.catalogue.results(FORCE_CALIBRATION) == []


def test_a_result_says_what_its_runs_say(laboratory):
    magnets = {"magnets-force": {"from": "profile", "magnets": "cubes"}}
    for bead in ("M270", {"name": "M270", "radius_nm": 1400.0}, "MyOne", None):
        laboratory.save(None, force_law=magnets, **({"bead": bead} if bead else {}))
    derived = laboratory.catalogue.derived("chain_fit", {}, [1, 2, 4], flow_cell="B7")
    assert (derived.bead_type, derived.magnets, derived.flow_cell) == ("M270", "cubes", "B7")
    assert derived.derived_from == tuple(laboratory.catalogue.documents(each)[0][1]["uid"] for each in (1, 2, 4))
    assert derived.measured == NOW
    with pytest.raises(
        ValueError, match=r"do not agree about bead_type \(run 2: M270, run 3: MyOne\): .* say bead_type="
    ):
        laboratory.catalogue.derived("chain_fit", {}, [2, 3])
    assert laboratory.catalogue.derived("chain_fit", {}, [2, 3], bead_type="both").bead_type == "both"
    with pytest.raises(ValueError, match="comes from no run"):
        laboratory.catalogue.derived("chain_fit", {}, [])


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Calibrations of all sorts, measured 1 to 40 days ago."""
    made = Laboratory(tmp_path_factory.mktemp("many"))
    random = np.random.default_rng(1)
    for _ in range(25):
        days_ago = float(random.uniform(1, 40))
        cell, bead = random.choice(["A1", "B7"]), random.choice(["M270", "MyOne"])
        uid = made.save(result(days_ago=days_ago, analysed_days_ago=0.5, flow_cell=str(cell), bead_type=str(bead)))
        if random.random() < 0.2:
            damage(made.catalogue.folder(uid) / RESULT_NAME)
    yield made.catalogue.results()
    made.catalogue.close()


@given(
    cell=st.sampled_from(["A1", "B7", "C9"]),
    bead=st.sampled_from(["M270", "MyOne"]),
    oldest_days=st.floats(0.5, 50),
    changed_days_ago=st.none() | st.floats(0, 50),
)
def test_law_what_is_chosen_holds_and_nothing_later_that_holds_was_passed_over(
    many, cell, bead, oldest_days, changed_days_ago
):
    kept = many
    changed = "" if changed_days_ago is None else (NOW - timedelta(days=changed_days_ago)).isoformat()
    choice = latest_valid(reversed(kept), Present(cell, bead, "magnets", changed), oldest_days, NOW)
    days = oldest_days if changed_days_ago is None else min(oldest_days, changed_days_ago)
    earliest = NOW - timedelta(days=days)
    holds = [
        each
        for each in kept
        if each.result and (each.result.flow_cell, each.result.bead_type) == (cell, bead) and each.measured >= earliest
    ]
    if holds:
        assert choice.calibration.kept == max(holds, key=lambda each: each.measured)
    else:
        assert choice.calibration is None
        assert choice.refused
