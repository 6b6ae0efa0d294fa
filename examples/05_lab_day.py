"""Begin and end a lab day: the limit of the flow cell, what is ready, a low force after an abort, and parking."""

import sys

from bluesky import plan_stubs as bps

from beadline.plans import park, set_force, startup, touch_off
from beadline.session import open_session

data = sys.argv[1] if len(sys.argv) > 1 else None
with open_session("simulated", data, say=print) as session:
    RE, magnets = session.RE, session.magnets
    RE(bps.mv(magnets.on_abort, "park_force"))
    RE(bps.mv(magnets.height, 3.0))
    RE(touch_off(magnets, "practice", "Ada", step_mm=0.5, touch_at_mm=2.0))
    RE(startup(session.camera, session.tracker, magnets, session.focus, session.lamp, say=print))
    RE(set_force(magnets.force, 5.0))
    RE(park(magnets))
