"""Consumers in trouble: a disk that is full, and one that may skip frames."""

from beadline.acquisition.recorder_loop import RecorderLoop

try:
    import resource
except ImportError:  # no such limits on Windows, where these loops are not used
    resource = None

ENOUGH_BYTES = 150_000


class FullDiskLoop(RecorderLoop):
    """Its files cannot grow beyond a limit, until there is room again."""

    def __init__(self):
        super().__init__()
        _, self.most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (ENOUGH_BYTES, self.most))
        self.commands["make_room"] = self.make_room

    def make_room(self):
        resource.setrlimit(resource.RLIMIT_FSIZE, (self.most, self.most))


class SkippingLoop(RecorderLoop):
    """Skips and counts, as the tracker does."""

    def missed(self, stamp):
        pass
