"""Record, look and read with whatever columns a track has; run by test_one_schema.py on a copy of the package."""

import asyncio
import json
import sys
from pathlib import Path

import h5py
import numpy as np
from bluesky import plan_stubs as bps

import beadline
from beadline.acquisition import tracker_loop
from beadline.callbacks import Journal
from beadline.catalogue import Catalogue, IngesterLoop
from beadline.plans import record
from beadline.tracks import COLUMN_NAMES, column_index
from bench import BEADS, make_bench


class MeasuresOneMore(tracker_loop.Tracker):
    """Measures the further column, too: the number of the bead and a half."""

    def track_frames(self, frames, origins, out_tracks, out_flags):
        super().track_frames(frames, origins, out_tracks, out_flags)
        out_tracks[..., column_index("wobble_nm")] = np.arange(self.window_count) + 0.5
        out_flags[:] = 0  # good tracks, although there is nothing in the frame


def ingest(data):
    """Bring the run into the catalogue."""
    loop = IngesterLoop(str(data))
    try:
        while not any(run["state"] == "done" for run in loop.state()["runs"].values()):
            loop.step()
    finally:
        loop.close()


def main(folder):
    tracker_loop.Tracker = MeasuresOneMore
    data = folder / "data"
    data.mkdir()
    bench = make_bench(folder)
    seen = {"package": str(Path(beadline.__file__).parent), "columns": COLUMN_NAMES}
    try:
        bench.RE(bps.abs_set(bench.tracker.beads, BEADS, wait=True))
        journal = Journal(data, on_open=lambda run, _: bench.workbench.run_folder.open(run))
        bench.RE.subscribe(journal)
        bench.RE(record(bench.camera, [bench.tracker], frames=20))
        journal.close()
        bench.RE(bps.mv(bench.camera.live, True))
        bench.RE(bps.trigger(bench.beads, wait=True))
        view = asyncio.run_coroutine_threadsafe(bench.beads.read(), bench.RE.loop).result(10)
        seen["view"] = view["beads-mean"]["value"][:, column_index("wobble_nm")].tolist()
    finally:
        bench.close()
    (descriptor,) = [doc for name, doc in bench.documents if name == "descriptor" and doc["name"] == "tracks"]
    settings = descriptor["configuration"]["tracker"]["data"]
    seen["documents"] = {
        "shape": list(descriptor["data_keys"]["tracker-tracks"]["shape"]),
        "columns": list(settings["tracker-columns"]),
        "units": list(settings["tracker-column_units"]),
    }
    ingest(data)
    with Catalogue(data) as catalogue:
        tracks = catalogue.tracks(-1)
        further = tracks.sel(column="wobble_nm")
        served = catalogue[-1]["tracks"].read()["tracker-tracks"]
        seen["tiled"] = served.values[-1, :, -1].tolist()
        seen["catalogue"] = {"unit": str(further.unit.values), "values": further.values[-1].tolist()}
        with h5py.File(catalogue.folder(-1) / "tracks.h5") as file:
            seen["file"] = {"columns": file.attrs["columns"].tolist(), "values": file["tracks"][-1, :, -1].tolist()}
    (folder / "seen.json").write_text(json.dumps(seen))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
