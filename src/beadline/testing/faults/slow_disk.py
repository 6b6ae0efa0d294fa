"""A recorder whose disk takes so many frames a second and no more."""

import time

from beadline.acquisition import RecorderLoop, Store

FRAMES_PER_S = 100.0


class SlowDiskLoop(RecorderLoop):
    """Sleeps for each frame that it writes."""

    def write(self, store: Store) -> None:
        time.sleep(len(self._kept_stamps) / FRAMES_PER_S)
        super().write(store)
