"""Record with the focus locked to the stuck beads, and read what the lock did."""

import sys

from beadline.devices import Locking, LockOptions
from beadline.plans import bead_lock_wrapper, find_beads, make_lookup_table, record, set_force, set_role
from beadline.session import open_session

STUCK_NM = 10.0
data = sys.argv[1] if len(sys.argv) > 1 else None

with open_session("simulated", data, say=print) as session:
    camera, tracker, lock = session.camera, session.tracker, session.bead_lock
    session.RE(set_force(session.magnets.force, 8.0))
    session.RE(find_beads(camera, tracker))
    session.RE(make_lookup_table(camera, tracker, session.recorder, session.focus, planes=30))

    # Beads that hardly move sideways are stuck to the surface.
    session.RE(record(camera, [tracker], duration_s=2.0))
    rms_nm = session.catalogue.tracks(session.catalogue[-1]).sel(column="x_nm").std("time").values
    has_table = {bead.id for bead in tracker.beads.value if bead.lookup_table is not None}
    stuck = [n for n, rms in enumerate(rms_nm) if rms < STUCK_NM and n in has_table]
    session.RE(set_role(tracker, stuck, "reference"))

    locking = Locking(stuck, LockOptions(interval_s=0.1, window=5))
    session.RE(bead_lock_wrapper(record(camera, [tracker], duration_s=5.0), lock, locking))

    corrections = session.catalogue[-1]["bead_lock"].read()
    error_nm = corrections["bead_lock-error_nm"].values
    print(f"{len(error_nm)} corrections by beads {stuck}, error {float((error_nm**2).mean()) ** 0.5:.1f} nm rms")
