"""Row X3: names and documents that lead out of the data folder, in whatever registers, opens or looks up files."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import event_model
import h5py
import numpy as np

from beadline.callbacks import Journal
from beadline.catalogue import Catalogue, DataLock, IngesterLoop, recover
from beadline.documents import run_folder

from .outcome import Case, Outcome

SECRET, OURS = 424_242, 777
"""What is in a file outside, and in one of the run."""
ROWS = 5
PATIENCE_S = 120.0
KEY = {"dtype": "number", "dtype_numpy": "<i8", "shape": [], "external": "STREAM:"}
STARTED_S = 1.8e9
NAMES = (
    "../../outside",
    "..",
    "/etc/passwd",
    "%2e%2e%2foutside",
    "..\\..\\outside",
    "\\\\server\\share",
    "C:\\Windows",
    "a\0b",
    "~root",
    "$HOME",
    "file:///etc/passwd",
    "\uff0e\uff0e/outside",
    "con",
    "a" * 5000,
    "1/../../outside",
)


def lead_nowhere(seed: int, folder: Path, full: bool) -> Outcome:
    """Have runs announce files outside in many ways, and ask for runs by such names; nothing of them may be read."""
    outcome, data, outside = Outcome(), folder / "data", folder / "outside"
    data.mkdir(parents=True)
    outside.mkdir()
    _write(outside / "secret.h5", SECRET)
    named = _announce(data, 1, lambda run: _uris(run, outside))
    linked = _announce(data, 2, lambda run: _links(run, outside))
    ours = _announce(data, 3, _own)
    outcome.injected = len(named[1]) + len(linked[1]) + len(NAMES)
    _judge_recovery(outcome, data)
    _judge_catalogue(outcome, data, [named[0], linked[0]], ours[0])
    _judge_names(outcome, data)
    outcome.figures["payloads"] = outcome.injected
    return outcome


def _write(path: Path, value: int) -> None:
    with h5py.File(path, "x", libver="latest") as file:
        file.create_dataset("frame_id", data=np.full(ROWS, value), chunks=(ROWS,), maxshape=(None,))


def _uri(path: Path) -> str:
    return f"file://localhost/{path.as_posix().lstrip('/')}"


def _uris(folder: Path, outside: Path) -> list[str]:
    """Return URIs of the file outside, as somebody would write them who wants it read."""
    there, depth = (outside / "secret.h5").as_posix(), len(folder.parents)
    up = "/".join([".."] * depth)
    way = f"{folder.as_posix()}/../../../../../outside/secret.h5"
    return [
        f"file://localhost{there}",
        f"file://localhost/{there}",
        f"file://localhost{way}",
        f"file://localhost{way.replace('..', '%2e%2e')}",
        f"file://localhost{way.replace('..', '%252e%252e')}",
        f"file://localhost{way.replace('/..', '/%2e.')}",
        f"file://localhost{way.replace('../', '..%2f')}",
        f"file://localhost{way.replace('../', '..//')}",
        f"file://localhost{way.replace('../', '.././')}",
        f"file://localhost{way.replace('../', '..;/')}",
        f"file://localhost{way.replace('../', '....//')}",
        f"file://localhost{way.replace('/', chr(92))}",
        f"file://localhost{folder.as_posix()}/{up}{there}",
        f"file://localhost{folder.as_posix()}/tracks.h5/../../../../../../outside/secret.h5",
        f"file://localhost{folder.as_posix()}/{there}",
        f"file://localhost{there}?{folder.as_posix()}/tracks.h5",
        f"file://localhost{there}#{folder.as_posix()}/tracks.h5",
        f"file://localhost{there}\0{folder.as_posix()}/tracks.h5",
        f"file://localhost{folder.as_posix()}/tracks.h5?/../../../../../../outside/secret.h5",
        f"file://localhost{folder.as_posix()}/tracks.h5\0/../../../../../../outside/secret.h5",
        f"file://localhost{folder.as_posix()}/\uff0e\uff0e/\uff0e\uff0e/\uff0e\uff0e/\uff0e\uff0e/\uff0e\uff0e/outside/secret.h5",
        f"file://localhost/proc/self/root{there}",
        f"file://localhost/proc/self/cwd/../{up}{there}",
        f"file://localhost{folder.as_posix()}/" + "x" * 5000,
        f"file://localhost{folder.as_posix()}/" + "d/" * 3000 + "../" * 3006 + "outside/secret.h5",
        f"file://LOCALHOST{there}",
        f"FILE://localhost{there}",
        f"file:{there}",
        f"file://{there}",
        f"file:////{there}",
        f"file://127.0.0.1{there}",
        f"file://[::1]{there}",
        f"file://server/share{there}",
        f"file://localhost@server{there}",
        f"file://localhost:80{there}",
        f"\\\\server\\share{there}",
        f"smb://server{there}",
        f"http://127.0.0.1:1{there}",
        f"sqlite:///{there}",
        f"data:application/x-hdf5,{there}",
        there,
        "../../../../../outside/secret.h5",
        f"~/../{there}",
        "file://localhost/etc/passwd",
        "file://localhost/dev/zero",
        "file://localhost/dev/stdin",
        "file://localhost/",
        "file://localhost",
        "",
    ]


def _links(folder: Path, outside: Path) -> list[str]:
    """Make links in the folder of a run that lead out of it, and return their URIs."""
    targets = {
        "tracks.h5": outside / "secret.h5",
        "relative.h5": Path("../../../../../outside/secret.h5"),
        "away": outside,
        "data": folder.parents[3],
        "root": Path("/"),
        "circle": Path("circle"),
    }
    for name, target in targets.items():
        (folder / name).symlink_to(target)
    (folder / "chain.h5").symlink_to("away/secret.h5")
    names = ["tracks.h5", "relative.h5", "away/secret.h5", "data/../outside/secret.h5", "chain.h5", "circle"]
    return [_uri(folder / name) for name in [*names, f"root{(outside / 'secret.h5').as_posix()}"]]


def _own(folder: Path) -> list[str]:
    _write(folder / "tracks.h5", OURS)
    return [_uri(folder / "tracks.h5")]


def _announce(data: Path, scan_id: int, uris_in: Callable[[Path], list[str]]) -> tuple[str, list[str]]:
    """Write a run without an end whose documents say that there are rows in some files; return its uid, and these."""
    run = event_model.compose_run(metadata={"plan_name": "record", "scan_id": scan_id}, time=STARTED_S)
    folder = run_folder(data, run.start_doc)
    folder.mkdir(parents=True)
    uris = uris_in(folder)
    keys: Any = {f"file{number}": {**KEY, "source": f"file{number}"} for number in range(len(uris))}
    described = run.compose_descriptor(name="tracks", data_keys=keys)
    journal = Journal(data)
    journal("start", dict(run.start_doc))
    journal("descriptor", dict(described.descriptor_doc))
    compose_resource: Any = run.compose_stream_resource
    parameters: Any = {"dataset": "/frame_id", "chunk_shape": (ROWS,)}
    for key, uri in zip(keys, uris, strict=True):
        resource = compose_resource("application/x-hdf5", uri, key, parameters)
        journal("stream_resource", dict(resource.stream_resource_doc))
        rows: Any = {"start": 0, "stop": ROWS}
        numbers: Any = {"start": 1, "stop": ROWS + 1}
        journal("stream_datum", dict(resource.compose_stream_datum(rows, numbers, described.descriptor_doc)))
    journal.close()
    return str(run.start_doc["uid"]), uris


def _judge_recovery(outcome: Outcome, data: Path) -> None:
    lock = DataLock(data)
    lock.acquire()
    try:
        recovered = recover(data)
    finally:
        lock.release()
    rows = [each.rows for each in recovered]
    outcome.require(rows == [{}, {}, {"tracks.h5": ROWS}], f"the recovery has looked into {rows}")
    for each in recovered[:2]:
        outcome.require(
            "not in the folder of its run" in each.sentence(), f"the recovery says nothing: {each.sentence()}"
        )
        outcome.require(str(SECRET) not in each.sentence(), f"the recovery says what is outside: {each.sentence()}")


def _judge_catalogue(outcome: Outcome, data: Path, theirs: list[str], ours: str) -> None:
    loop, until_s = IngesterLoop(str(data)), time.monotonic() + PATIENCE_S
    try:
        while len(done := _done(loop)) < len(theirs) + 1 and time.monotonic() < until_s:
            loop.step()
        outcome.require(set(done.values()) == {"done"}, f"not all runs are in the catalogue: {loop.state()}")
    finally:
        loop.close()
    with Catalogue(data) as catalogue:
        for uid in theirs:
            seen = {name: values for name, values in _values(catalogue[uid]).items() if SECRET in values}
            outcome.require(not seen, f"the catalogue serves what is outside: {seen}")
            _is_refused(outcome, "tracks", lambda uid=uid: catalogue.tracks(uid))
        outcome.require(list(_values(catalogue[ours]).values()) == [[OURS] * ROWS], "our own file cannot be read")


def _done(loop: IngesterLoop) -> dict[str, str]:
    return {uid: run["state"] for uid, run in loop.state()["runs"].items() if run["state"] != "running"}


def _values(run: Any) -> dict[str, list[Any]]:
    """Return by name what the catalogue serves of the files of a run."""
    found: dict[str, list[Any]] = {}
    for stream in run.values():
        for name in list(stream):
            try:
                found[name] = np.asarray(stream[name].read()).ravel().tolist()
            except Exception as error:  # noqa: BLE001 - however it refuses, it has read nothing
                found[name] = [str(error)]
    return found


def _judge_names(outcome: Outcome, data: Path) -> None:
    """Ask for runs by names that are paths, and have folders named after such uids and scan ids."""
    with Catalogue(data) as catalogue:
        for name in NAMES:
            _is_refused(outcome, f"a run {name[:30]!r}", lambda name=name: catalogue.folder(name))
            for odd in ({"uid": name, "scan_id": 1}, {"uid": "12345678", "scan_id": name}):
                start, what = {"time": STARTED_S, **odd}, f"a folder for {str(odd)[:60]}"
                _is_refused(outcome, what, lambda start=start: run_folder(data, start), inside=data)


def _is_refused(outcome: Outcome, what: str, ask: Callable[[], Any], inside: Path | None = None) -> None:
    """Note a failure, unless something is refused, or what is given is a path inside a folder."""
    try:
        given = ask()
    except (ValueError, KeyError, OSError):
        return
    harmless = inside is not None and given.resolve().is_relative_to(inside.resolve())
    outcome.require(harmless, f"{what} is given: {given}")


CASES = (
    Case(
        "X3",
        "paths that lead out of the data folder, in documents, links and names of runs",
        "nothing outside is opened, registered or served",
        lead_nowhere,
        fast=False,
    ),
)
