"""Worker processes that take frames, track and store them: they may block, and know nothing of asyncio or Bluesky."""

from .background import in_background
from .board import Board
from .brightness import frame_brightness
from .camera_loop import CameraLoop
from .latest import LatestTracks, TrackBlock
from .loop import Loop
from .recorder_loop import RecorderLoop
from .remote import RemoteAxis, RemoteLamp
from .restarts import NEVER, ON_CRASH, RestartPolicy
from .ring import FrameRing, epoch_offset_s
from .stores import Store, VideoStore, tracks_store
from .supervisor import Supervisor
from .watch import Watch
from .worker_handle import Worker

__all__ = [
    "NEVER",
    "ON_CRASH",
    "Board",
    "CameraLoop",
    "FrameRing",
    "LatestTracks",
    "Loop",
    "RecorderLoop",
    "RemoteAxis",
    "RemoteLamp",
    "RestartPolicy",
    "Store",
    "Supervisor",
    "TrackBlock",
    "VideoStore",
    "Watch",
    "Worker",
    "epoch_offset_s",
    "frame_brightness",
    "in_background",
    "tracks_store",
]
