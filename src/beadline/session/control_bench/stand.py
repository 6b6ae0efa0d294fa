"""A session on a small simulated microscope with stuck beads, and the frames of its runs."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path
from typing import Literal

import h5py
import numpy as np
from bluesky import plan_stubs as bps
from numpy.typing import NDArray

from beadline.devices import Bead
from beadline.session.microscope_session import Session
from beadline.session.profile import load_profile

SIDE_PX = 256
PATIENCE = 10
"""How often the catalogue is waited for, a minute each time."""
PLACES_PX = [[64.0, 64.0], [192.0, 64.0], [64.0, 192.0], [192.0, 192.0]]
Clock = Literal["real", "lock-step"]
FrameIds = NDArray[np.int64]


@contextmanager
def stand(clock: Clock, *, wait_for_catalogue: bool = True) -> Iterator[Session]:
    """Open a session in a folder of its own, with four stuck beads chosen; the recorder takes their windows.

    Args:
        clock: of the simulated microscope.
        wait_for_catalogue: until it is open, so that starting up is not measured.
    """
    sample = {"positions_px": PLACES_PX, "tethers": 0, "references": len(PLACES_PX), "seed": 1}
    arguments = {"clock": clock, "width_px": SIDE_PX, "height_px": SIDE_PX, **sample}
    with (
        redirect_stdout(sys.stderr),  # where the RunEngine says that it pauses and aborts
        tempfile.TemporaryDirectory(prefix="beadline-bench-") as folder,
        Session(load_profile("simulated"), Path(folder), arguments=arguments, as_default=False) as session,
    ):
        if session.findings:
            raise RuntimeError("; ".join(each.sentence for each in session.findings))
        beads = [Bead(number, x_px, y_px, role="reference") for number, (x_px, y_px) in enumerate(PLACES_PX)]
        session.RE(bps.abs_set(session.tracker.beads, beads, wait=True))
        session.RE(bps.mv(session.recorder.kind, "rois"))
        if wait_for_catalogue:
            _until_it_is_open(session)
        yield session


def _until_it_is_open(session: Session) -> None:
    """Wait until the catalogue is open; it steps back behind all others, so a busy machine takes minutes over it."""
    for _ in range(PATIENCE):
        with suppress(TimeoutError):
            _ = session.catalogue
            return
    raise TimeoutError("The catalogue did not open within ten minutes: too much else runs on this machine to measure")


def frame_ids(session: Session, uid: str, file: str) -> FrameIds:
    """Return the ids of the frames in a file of a run, in their order."""
    with h5py.File(session.records.folder(uid) / file, "r", swmr=True) as opened:
        return np.asarray(opened["frame_id"], dtype=np.int64)


def lacks(session: Session, uid: str, frames: int) -> list[str]:
    """Say what is wrong with the frames of a run, of which there should be so many in either file, once each."""
    wrong: list[str] = []
    books = session.records.frame_books(uid)
    for consumer, file in (("tracker", "tracks.h5"), ("recorder", "roi_video.h5")):
        ids = frame_ids(session, uid, file)
        if len(ids) != frames:
            wrong.append(f"{file} has {len(ids)} of {frames} frames")
        if len(np.unique(ids)) != len(ids):
            wrong.append(f"{file} has {len(ids) - len(np.unique(ids))} frames twice")
        kept = books.get(consumer, {})
        if (kept.get("delivered"), kept.get("missed")) != (frames, 0):
            wrong.append(f"the books of {consumer} say {kept.get('delivered')} delivered, {kept.get('missed')} missed")
    return wrong
