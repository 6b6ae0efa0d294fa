"""A plan of your own: record the beads at each of several forces, one run per force."""

import sys
from collections.abc import Sequence

from bluesky.utils import MsgGenerator, plan

from beadline.devices import Camera, Force, Tracker
from beadline.plans import find_beads, make_lookup_table, record, set_force, wait_s
from beadline.session import open_session


@plan
def force_series(
    camera: Camera, tracker: Tracker, force: Force, forces_pn: Sequence[float], duration_s: float = 10.0
) -> MsgGenerator[None]:
    """Record the beads at each force, one run per force."""
    for force_pn in forces_pn:
        yield from set_force(force, force_pn)
        yield from wait_s(0.5)
        yield from record(camera, [tracker], duration_s=duration_s, md={"force_pn": force_pn})


data = sys.argv[1] if len(sys.argv) > 1 else None
with open_session("simulated", data, say=print) as session:
    force = session.magnets.force
    session.RE(set_force(force, 8.0))
    session.RE(find_beads(session.camera, session.tracker))
    session.RE(make_lookup_table(session.camera, session.tracker, session.recorder, session.focus, planes=30))
    session.RE(force_series(session.camera, session.tracker, force, [8.0, 2.0, 0.5], duration_s=2.0))

    for run in reversed(session.catalogue.runs(3)):
        tracks = session.catalogue.tracks(run.uid)
        height_nm = tracks.sel(column="z_nm").mean("time").median()
        print(f"run {run.scan_id}: median height {float(height_nm):.0f} nm")
