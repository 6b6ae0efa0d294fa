"""Pull, find beads, record their tracks for five seconds, and read them back."""

import sys

from beadline.plans import find_beads, record, set_force
from beadline.session import open_session

data = sys.argv[1] if len(sys.argv) > 1 else None

with open_session("simulated", data, say=print) as session:
    session.RE(set_force(session.magnets.force, 8.0))
    session.RE(find_beads(session.camera, session.tracker))
    session.RE(record(session.camera, [session.tracker], duration_s=5.0, md={"purpose": "first recording"}))

    run = session.catalogue[-1]
    tracks = session.catalogue.tracks(run)
    print(tracks.sizes)
    print(tracks.sel(column="x_nm").std("time").round(1).values, "nm rms along x, one number per bead")
