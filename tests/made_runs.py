"""Runs as the devices make them: documents and files, without devices."""

import event_model
import numpy as np

from beadline.acquisition import VideoStore, tracks_store
from beadline.documents import run_folder
from beadline.tracks import COLUMN_NAMES

BEADS = [{"id": 4, "role": "tether"}, {"id": 7, "role": "tether"}, {"id": 9, "role": "reference"}]
COLUMNS = len(COLUMN_NAMES)
FRAME_SHAPE = (8, 6)
STARTED_S = 1_795_000_000.0
STAMPS = {"frame_id": "<i8", "device_time_s": "<f8", "host_time_s": "<f8"}


def rows_of(start, stop, seed=0):
    """Return the rows of the tracks file from frame `start` to `stop`."""
    numbers = np.arange(start, stop)
    random = np.random.default_rng([seed, start])
    tracks = random.normal(100, 1, (len(numbers), len(BEADS), COLUMNS)).astype(np.float32)
    tracks[:, 2, COLUMN_NAMES.index("z_nm")] = np.nan
    return {
        "frame_id": numbers + 1000,
        "device_time_s": numbers * 0.01 + 50,
        "host_time_s": numbers * 0.01 + STARTED_S,
        "tracks": tracks,
        "flags": (numbers[:, None] % 3).astype(np.uint16) * np.ones(len(BEADS), np.uint16),
        "window_origin_px": np.broadcast_to(numbers[:, None, None], (len(numbers), len(BEADS), 2)).astype(np.int32),
    }


class MadeRun:
    """A run that is made piece by piece; every document goes to `subscriber`."""

    def __init__(
        self, subscriber, data, *, scan_id=1, uid=None, frames_per_event=None, video=False, pixel_size_nm=112.0, md=None
    ):
        self.subscriber = subscriber
        self.documents = []
        self.frames_per_event = frames_per_event
        self.rows = 0
        metadata = {"plan_name": "record", "scan_id": scan_id, **(md or {})}
        self.bundle = event_model.compose_run(uid=uid, metadata=metadata, time=STARTED_S + scan_id)
        self.uid = self.bundle.start_doc["uid"]
        self.folder = run_folder(data, self.bundle.start_doc)
        self._say("start", self.bundle.start_doc)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.tracks = tracks_store(
            self.folder / "tracks.h5", BEADS, {"pixel_size_nm": pixel_size_nm, "options": {"a": 1}}
        )
        self.video = (
            VideoStore(self.folder / "video.h5", FRAME_SHAPE, np.dtype(np.uint8), {"kind": "full"}) if video else None
        )
        self.streams = {}

    def _say(self, name, document):
        self.documents.append((name, document))
        self.subscriber(name, document)

    def describe(self, stream="tracks", also=None):
        """Describe the stream of the tracks, with internal keys too if asked."""
        keys = self._external("tracker", self._tracker_datasets())
        also = also or {}
        bundle = self.bundle.compose_descriptor(
            name=stream,
            data_keys={**keys, **also},
            object_keys={"tracker": list(keys), "focus": list(also)},
            configuration={
                "tracker": {
                    "data": {"tracker-beads-ids": np.array([bead["id"] for bead in BEADS]), "tracker-gain": np.nan},
                    "timestamps": {"tracker-beads-ids": 1.0, "tracker-gain": 1.0},
                    "data_keys": {
                        "tracker-beads-ids": {"dtype": "array", "shape": [3], "dtype_numpy": "<i8", "source": "x"},
                        "tracker-gain": {"dtype": "number", "shape": [], "source": "x"},
                    },
                }
            },
        )
        self._say("descriptor", bundle.descriptor_doc)
        self._open(stream, bundle, "tracks.h5", "tracker", self._tracker_datasets())
        if self.video is not None:
            datasets = {"video": (FRAME_SHAPE, "|u1", ["y", "x"]), **self._stamps()}
            bundle = self.bundle.compose_descriptor(name="video", data_keys=self._external("recorder", datasets))
            self._say("descriptor", bundle.descriptor_doc)
            self._open("video", bundle, "video.h5", "recorder", datasets)

    def _tracker_datasets(self):
        beads = len(BEADS)
        return {
            "tracks": ((beads, COLUMNS), "<f4", ["bead", "column"]),
            "flags": ((beads,), "<u2", ["bead"]),
            "window_origin_px": ((beads, 2), "<i4", ["bead", "xy"]),
            **self._stamps(),
        }

    @staticmethod
    def _stamps():
        return {name: ((), dtype, []) for name, dtype in STAMPS.items()}

    def _external(self, device, datasets):
        lead = [] if self.frames_per_event is None else [self.frames_per_event]
        frame = [] if self.frames_per_event is None else ["frame"]
        return {
            f"{device}-{name}": {
                "source": f"ring://{name}",
                "dtype": "array" if lead or shape else "number",
                "dtype_numpy": dtype,
                "shape": [*lead, *shape],
                "dims": [*frame, *dims],
                "external": "STREAM:",
            }
            for name, (shape, dtype, dims) in datasets.items()
        }

    def _open(self, stream, bundle, file, device, datasets):
        resources = []
        for name, (shape, _, _) in datasets.items():
            resource = self.bundle.compose_stream_resource(
                mimetype="application/x-hdf5",
                uri=f"file://localhost/{(self.folder / file).as_posix().lstrip('/')}",
                data_key=f"{device}-{name}",
                parameters={"dataset": f"/{name}", "chunk_shape": (256, *shape)},
            )
            self._say("stream_resource", resource.stream_resource_doc)
            resources.append(resource)
        self.streams[stream] = (bundle, resources)

    def write(self, frames):
        """Write frames into the files and flush them; nothing is announced yet."""
        self.tracks.append(rows_of(self.rows, self.rows + frames))
        self.tracks.flush()
        if self.video is not None:
            block = {name: rows_of(self.rows, self.rows + frames)[name] for name in STAMPS}
            pixels = [np.full(FRAME_SHAPE, number % 256, np.uint8) for number in range(self.rows, self.rows + frames)]
            self.video.append({**block, "video": pixels})
            self.video.flush()
        self.rows += frames

    def announce(self, start, stop, streams=None):
        """Say that rows are in the files."""
        for stream in streams or self.streams:
            bundle, resources = self.streams[stream]
            for resource in resources:
                spans = {"start": start, "stop": stop}
                seq = {"start": start + 1, "stop": stop + 1}
                self._say("stream_datum", resource.compose_stream_datum(spans, seq, bundle.descriptor_doc))

    def record(self, frames):
        """Write frames and announce them."""
        start = self.rows
        self.write(frames)
        self.announce(start, self.rows)

    def step(self, **data):
        """Write the frames of one step and the event that goes with them."""
        bundle, _ = self.streams["primary"]
        number = self.rows // self.frames_per_event
        self.write(self.frames_per_event)
        self.announce(number, number + 1)
        stamps = dict.fromkeys(data, STARTED_S + number)
        document = bundle.compose_event(data=data, timestamps=stamps, time=STARTED_S + number, validate=False)
        self._say("event", document)

    def event(self, stream, data, **keys):
        """Add one event of plain values to a stream of its own."""
        if stream not in self.streams:
            described = {name: _key(value) | keys.get(name, {}) for name, value in data.items()}
            bundle = self.bundle.compose_descriptor(name=stream, data_keys=described)
            self._say("descriptor", bundle.descriptor_doc)
            self.streams[stream] = (bundle, [])
        bundle, _ = self.streams[stream]
        stamps = dict.fromkeys(data, STARTED_S)
        self._say("event", bundle.compose_event(data=data, timestamps=stamps, validate=False))

    def books(self, dropped=(), missed=()):
        """Add the event of the frame books."""
        counts = {"produced": self.rows + len(dropped) + len(missed), "delivered": self.rows, "unasked": 0}
        lists = {"dropped_ids": np.array(dropped, np.int64), "missed_ids": np.array(missed, np.int64)}
        values = {**counts, "missed": len(dropped) + len(missed), **lists}
        self.event("frame_books", {f"tracker-{name}": value for name, value in values.items()})

    def stop(self, exit_status="success", reason=""):
        """Close the files and the run."""
        self.close_files()
        self._say("stop", self.bundle.compose_stop(exit_status=exit_status, reason=reason))

    def close_files(self):
        self.tracks.close()
        if self.video is not None:
            self.video.close()


def _key(value):
    shape = list(np.shape(value))
    if shape:
        return {"source": "x", "dtype": "array", "dtype_numpy": "<i8", "shape": shape}
    if isinstance(value, str):
        return {"source": "x", "dtype": "string", "shape": []}
    return {"source": "x", "dtype": "integer" if isinstance(value, int | np.integer) else "number", "shape": []}


def continuous(subscriber, data, frames=500, pieces=5, **options):
    """Make a whole continuous run."""
    run = MadeRun(subscriber, data, **options)
    run.describe()
    for _ in range(pieces):
        run.record(frames // pieces)
    run.books()
    run.stop()
    return run
