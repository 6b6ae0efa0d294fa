"""The force follows the latest valid calibration, from one plan to the next, and every run says which."""

import numpy as np
import pytest
from bluesky import plan_stubs as bps
from bluesky.run_engine import call_in_bluesky_event_loop

from beadline.analysis import calibrate_magnets
from beadline.catalogue import Catalogue
from beadline.devices import HeightLimit, by_the_profile
from beadline.documents import RESULT_NAME
from beadline.plans import in_run, set_force
from beadline.session import save_calibration, save_finding
from beadline.session.calibrations import Calibrations

pytestmark = pytest.mark.slow
HEIGHTS = np.linspace(1.0, 8.0, 12)


@pytest.fixture
def magnets(session):
    """Say which beads and which flow cell are in, and leave everything as it was."""
    cell = session.magnets.height.flow_cell
    before = cell.present
    session.RE.md["bead"] = "M270"
    session.RE(bps.abs_set(cell, HeightLimit("B7", 0.4, "Ada", "2026-11-22T00:00:00+00:00"), wait=True))
    session.said.clear()
    yield session.magnets
    del session.RE.md["bead"]
    session.calibrations.use("latest")
    session.RE(bps.mv(cell.id, before))
    session.calibrations.choose()


def found(session, scale):
    """Return a calibration by which all forces are those of the profile times a factor."""
    return calibrate_magnets(HEIGHTS, scale * session.magnets.force.profile_law.force_pn(HEIGHTS), 0.02)


def a_run(session, **md):
    """Make a run in which nothing happens, and return its uid."""
    return session.run(in_run(bps.null(), {"plan_name": "measure", **md}))


def saved(session, scale):
    return save_calibration(session, found(session, scale), [a_run(session)])


def law_told(session, uid):
    return session.records.documents(uid)[0][1]["force_law"]["magnets-force"]


def height_at(session, force_pn):
    session.RE(set_force(session.magnets.force, force_pn))
    return session.magnets.height.axis.state().position


def test_a_saved_calibration_is_followed_from_the_next_plan_on_and_each_run_says_so(session, magnets):
    by_profile = height_at(session, 4.0)
    before = a_run(session)
    assert law_told(session, before)["from"] == "profile"
    uid = save_calibration(session, found(session, 1.25), [before], options={"beads": [1, 4]}, md={"operator": "Ada"})
    start = session.records.documents(uid)[0][1]
    assert (start["plan_name"], start["derived_from"], start["operator"]) == ("save_result", [before], "Ada")
    assert start["result"]["sha256"] == session.records.result(uid).sha256
    assert start["result"]["flow_cell"] == "B7"
    events = [document["data"] for kind, document in session.records.documents(uid) if kind == "event"]
    (event,) = [each for each in events if "result-path" in each]
    assert event["result-path"] == str(session.records.folder(uid) / RESULT_NAME)
    assert session.records.runs(1)[0].plan_name == "save_result"
    assert session.records.result(uid).versions["beadline"]

    height_mm = height_at(session, 5.0)
    assert height_mm == pytest.approx(by_profile, abs=0.01)  # all forces are by a quarter greater than the profile says
    reading = call_in_bluesky_event_loop(magnets.force.read())["magnets-force"]["value"]
    assert reading == pytest.approx(5.0, rel=0.01)
    told = law_told(session, a_run(session))
    assert (told["from"], told["run"], told["flow_cell"], told["bead_type"]) == ("calibration", uid, "B7", "M270")
    assert told["sha256"] == start["result"]["sha256"]
    assert session.said[-1].startswith(f"magnets-force follows the calibration of run {start['scan_id']} ({uid[:8]})")


def test_what_a_plan_would_do_says_by_which_law_and_what_was_not_measured(session, magnets):
    uid = saved(session, 1.1)
    text = str(session.plan_summary(set_force(magnets.force, 4.0)))
    assert f"magnets-force follows the calibration of run {session.records.runs(1)[0].scan_id} ({uid[:8]})" in text
    assert "extrapolated" not in text
    text = str(session.plan_summary(set_force(magnets.force, 0.1)))
    assert "; 0.1 pN is extrapolated: the calibration was measured from 0.299 to 57.7 pN" in text
    session.calibrations.use("profile")
    text = str(session.plan_summary(set_force(magnets.force, 4.0)))
    assert "magnets-force follows the law of the profile: as asked for" in text


def test_a_run_that_is_named_is_followed_until_somebody_says_otherwise(session, magnets):
    older, newer = saved(session, 1.2), saved(session, 1.4)
    assert law_told(session, a_run(session))["run"] == newer
    session.calibrations.use(older)
    assert law_told(session, a_run(session))["run"] == older
    saved(session, 1.3)
    assert law_told(session, a_run(session))["run"] == older
    session.calibrations.use("profile")
    assert law_told(session, a_run(session)) == {"from": "profile", "why": "as asked for", "magnets": "magnets"}
    session.calibrations.use("latest", oldest_days=1e-7)
    assert "days old, and 1e-07 are allowed: measure it anew" in law_told(session, a_run(session))["why"]
    with pytest.raises(ValueError, match="oldest_days cannot be 0 days"):
        session.calibrations.use(oldest_days=0)


def test_the_law_does_not_change_within_a_plan(session, magnets):
    saved(session, 1.5)
    laws = []

    def plan():
        laws.append((yield from law()))
        yield from in_run(measure(), {})
        laws.append((yield from law()))

    def law():
        yield from bps.null()
        return magnets.force.in_force

    def measure():
        laws.append((yield from law()))
        session.RE.md["bead"] = "MyOne"
        laws.append((yield from law()))

    session.RE(plan())
    assert len({id(each) for each in laws}) == 1
    assert laws[0].source["from"] == "calibration"
    assert law_told(session, a_run(session))["from"] == "profile"


def test_a_flow_cell_that_is_changed_within_a_plan_lets_no_force_be_set_by_the_law_of_the_other(session, magnets):
    saved(session, 1.2)

    def plan():
        yield from set_force(magnets.force, 4.0)
        yield from bps.mv(magnets.height.flow_cell.id, "C3")
        yield from set_force(magnets.force, 3.0)

    with pytest.raises(ValueError, match="meanwhile flow cell C3 is in; end this plan"):
        session.RE(plan())
    told = law_told(session, a_run(session))
    assert told["from"] == "profile"
    assert "is of flow cell B7, not of C3" in told["why"]
    session.RE(set_force(magnets.force, 3.0))


def test_one_that_was_named_and_does_not_hold_any_more_sets_no_force(session, magnets):
    uid = saved(session, 1.2)
    session.calibrations.use(uid)
    session.RE.md["bead"] = {"name": "MyOne"}
    with pytest.raises(ValueError, match=r"is of beads M270, not of MyOne: .*; say use_calibration\('latest'\)"):
        session.RE(set_force(magnets.force, 4.0))
    session.RE(bps.mv(magnets.height, 5.0))
    with pytest.raises(ValueError, match=r"Cannot use that calibration: .* is of beads M270, not of MyOne"):
        session.calibrations.use(uid)


def test_one_that_is_damaged_is_not_followed(session, magnets):
    older, uid = saved(session, 1.2), saved(session, 1.4)
    path = session.records.folder(uid) / RESULT_NAME
    path.write_bytes(path.read_bytes().replace(b'"magnets": "magnets"', b'"magnets": "Magnets "'))
    told = law_told(session, a_run(session))
    assert told["run"] == older
    assert "its content does not match its SHA-256" in told["passed_over"][0]
    with pytest.raises(ValueError, match="does not match its SHA-256"):
        session.calibrations.use(uid)


def test_one_of_which_nobody_says_the_beads_is_not_saved(session, magnets):
    del session.RE.md["bead"]
    run = a_run(session)
    before = len(session.records)
    with pytest.raises(ValueError, match="its runs do not say bead_type, without which"):
        save_calibration(session, found(session, 1.0), [run])
    assert len(session.records) == before
    uid = save_calibration(session, found(session, 1.0), [run], bead_type="M270")
    assert session.records.calibration(uid).result.bead_type == "M270"
    session.RE.md["bead"] = "M270"


def test_any_finding_is_kept_and_read_back(session):
    run = a_run(session)
    uid = save_finding(session, "chain_fit", {"persistence_nm": 49.5}, [run], {"stretch_pn": 1000.0})
    result = session.records.result(uid)
    assert (result.kind, result.content, result.derived_from) == ("chain_fit", {"persistence_nm": 49.5}, (run,))
    with pytest.raises(ValueError, match="it is not plain data"):
        save_finding(session, "chain_fit", {"persistence_nm": float("nan")}, [run])


def test_a_session_finds_on_its_start_what_others_have_saved(session, magnets):
    uid = saved(session, 1.3)
    force = magnets.force
    for metadata, sentence in (({}, "nobody has said which beads are in"), ({"bead": "M270"}, f"({uid[:8]})")):
        said = []
        force.follow(by_the_profile(force.profile_law))
        Calibrations(lambda: session.records, [magnets], lambda told=metadata: told, said.append)
        assert sentence in said[0]
        assert force.in_force.sentence in said[0]
        assert force.in_force.source["from"] == ("calibration" if metadata else "profile")


def test_without_any_calibration_nothing_is_said_and_the_law_is_that_of_the_profile(session, magnets, tmp_path):
    said = []
    with Catalogue(tmp_path) as empty:
        Calibrations(lambda: empty, [magnets], lambda: {"bead": "M270"}, said.append)
    assert said == []
    assert magnets.force.law is magnets.force.profile_law
    assert magnets.force.in_force.source["why"] == "no calibration was saved"
