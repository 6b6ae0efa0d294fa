"""What documents each plan emits, kept as JSON: a change that was not meant fails here.

Renew them after one that was: RENEW_SNAPSHOTS=1 pytest tests/plans/test_snapshots.py
"""

import json
import os
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from bluesky import plan_stubs as bps
from event_model import DocumentNames, schema_validators

from beadline.plans import find_beads, make_lookup_table, on_instrument_time, record, step_record
from bench import make_bench

SNAPSHOTS = Path(__file__).parent / "snapshots"
OF_THE_MOMENT = {"uid", "time", "scan_id", "versions"}
WORLD = {"width_px": 240, "height_px": 128, "tethers": 1, "references": 1, "seed": 3}
PLANS = {
    "find_beads": lambda bench: find_beads(bench.camera, bench.tracker, references=[1]),
    "make_lookup_table": lambda bench: make_lookup_table(
        bench.camera, bench.tracker, bench.recorder, bench.height, planes=12, frames=2
    ),
    "record": lambda bench: record(bench.camera, [bench.tracker], frames=20, md={"purpose": "to be compared"}),
    "record_with_video": lambda bench: record(bench.camera, [bench.tracker, bench.recorder], duration_s=0.1),
    "record_with_windows": lambda bench: record(bench.camera, [bench.recorder], frames=20),
    "step_record": lambda bench: step_record(bench.camera, [bench.tracker], bench.height, [50.0, 50.5], frames=3),
}


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    """In lock-step, so that the frames, and with them the beads that get a table, are always the same."""
    made = make_bench(
        tmp_path_factory.mktemp("runs"),
        factory="beadline.simulation:microscope",
        axis="focus",
        unit="um",
        clock="lock-step",
        **WORLD,
    )
    made.RE.preprocessors.append(partial(on_instrument_time, clock=made.camera.clock))
    made.RE(find_beads(made.camera, made.tracker, references=[1]))
    yield made
    made.close()


def plain(document, leave_out=OF_THE_MOMENT):
    """Return a document as JSON has it, without what differs from run to run."""
    kept = {name: value for name, value in document.items() if name not in leave_out}
    return json.loads(json.dumps(kept, default=lambda value: np.asarray(value).tolist()))


def without_folders(data_keys):
    """Return data keys whose source is the name of a file, without the folder."""
    sources = {
        name: key["source"].rpartition("/")[2] if key["source"].startswith("file:") else key["source"]
        for name, key in data_keys.items()
    }
    return {name: {**key, "source": sources[name]} for name, key in data_keys.items()}


def configuration(device):
    """Return the data keys of a device's configuration; the values are those of the bench."""
    return {name: dict(key) for name, key in device["data_keys"].items()}


def stream(descriptor, documents):
    """Describe a stream: its keys and hints, how many events, and which rows of which files are announced."""
    events = [doc for name, doc in documents if name == "event" and doc["descriptor"] == descriptor["uid"]]
    data = [doc for name, doc in documents if name == "stream_datum" and doc["descriptor"] == descriptor["uid"]]
    resources = [
        doc
        for name, doc in documents
        if name == "stream_resource" and any(datum["stream_resource"] == doc["uid"] for datum in data)
    ]
    return {
        "data_keys": without_folders(descriptor["data_keys"]),
        "object_keys": descriptor["object_keys"],
        "hints": descriptor["hints"],
        "configuration": {name: configuration(device) for name, device in descriptor["configuration"].items()},
        "events": len(events),
        "resources": {
            doc["data_key"]: {
                "file": doc["uri"].rpartition("/")[2],
                "mimetype": doc["mimetype"],
                "parameters": doc["parameters"],
                "rows": max(each["indices"]["stop"] for each in data if each["stream_resource"] == doc["uid"]),
            }
            for doc in resources
        },
    }


def snapshot(documents):
    """Return what is to be the same in every run of a plan."""
    for name, doc in documents:
        schema_validators[DocumentNames[name]].validate(doc)
    (start,) = [doc for name, doc in documents if name == "start"]
    (stop,) = [doc for name, doc in documents if name == "stop"]
    descriptors = [doc for name, doc in documents if name == "descriptor"]
    order = [doc.get("name") if name == "descriptor" else name for name, doc in documents]
    return {
        "start": plain(start),
        "first_of_each": list(dict.fromkeys(order)),
        "streams": {doc["name"]: plain(stream(doc, documents)) for doc in descriptors},
        "stop": plain(stop, OF_THE_MOMENT | {"run_start"}),
    }


def readable(value, indent=""):
    """Return JSON in which what holds no further object is on one line."""
    if not isinstance(value, dict) or not any(isinstance(each, dict) and each for each in value.values()):
        return json.dumps(value)
    inner = indent + "  "
    lines = [f"{inner}{json.dumps(name)}: {readable(each, inner)}" for name, each in value.items()]
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_emits_the_documents_it_always_did(bench, name):
    bench.RE(bps.mv(bench.recorder.kind, "rois" if name == "record_with_windows" else "full"))
    bench.documents.clear()
    bench.RE(PLANS[name](bench))
    made = snapshot(bench.documents)
    path = SNAPSHOTS / f"{name}.json"
    if os.environ.get("RENEW_SNAPSHOTS"):
        path.write_text(readable(made) + "\n", encoding="utf-8")
        pytest.skip(f"renewed {path.name}: look at its difference before you commit it")
    assert made == json.loads(path.read_text(encoding="utf-8"))


def test_there_is_no_snapshot_of_a_plan_that_is_gone():
    assert {path.stem for path in SNAPSHOTS.glob("*.json")} == set(PLANS)
