"""One session on a small simulated microscope, shared by the tests of this folder: a session takes long to start."""

import json
import time
from contextlib import contextmanager

import pytest

from beadline.plans import find_beads, make_lookup_table, set_force
from beadline.session import Session, load_profile, microscope_session
from runs_when_opened import OpenedCatalogue, WhenOpened, ingestion_of

WORLD = {"width_px": 400, "height_px": 300, "tethers": 5, "references": 1, "seed": 3, "truth": True}


@pytest.fixture(scope="package")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="package")
def session(data):
    """The session, its beads found and calibrated; patient with the catalogue, as a busy machine may need.

    Its runs come into the catalogue when a test opens them there, or asks for that with `at_once`.
    """
    said = []
    patience = pytest.MonkeyPatch()
    patience.setattr(microscope_session, "CATALOGUE_PATIENCE_S", 60.0)
    patience.setattr(microscope_session, "Ingestion", WhenOpened)
    patience.setattr(microscope_session, "Catalogue", OpenedCatalogue)
    with Session(load_profile("simulated"), data, say=said.append, arguments=WORLD) as opened:
        opened.records.ingestion = ingestion_of(opened)
        opened.said = said
        opened.RE(set_force(opened.magnets.force, 8.0))
        opened.RE(find_beads(opened.camera, opened.tracker))
        opened.RE(make_lookup_table(opened.camera, opened.tracker, opened.recorder, opened.focus, planes=14, frames=3))
        yield opened
        closing_s = time.time()  # noqa: TID251 - what the file is labelled with
    assert json.loads((data / "status.json").read_text())["written_s"] >= closing_s, "it does not say how it ended"
    patience.undo()


@pytest.fixture(scope="package")
def at_once(session):
    """Return what has the ingester follow the session's runs as they are recorded, as every other session does."""

    @contextmanager
    def following():
        ingestion_of(session).at_once = True
        yield
        ingestion_of(session).at_once = False

    return following
