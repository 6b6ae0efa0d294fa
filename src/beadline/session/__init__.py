"""What a person holds: RunEngine, instrument and catalogue, wired together."""

from typing import TYPE_CHECKING, Any

from .demo import PROFILE_ARGUMENTS, Demo, DemoResult
from .ipython_prompt import namespace, prompt
from .microscope_session import Session, open_session
from .pipeline_bench import bench_pipeline
from .profile import Profile, ProfileError, load_profile, shipped_profiles

if TYPE_CHECKING:
    from .tracking_bench import bench_tables, bench_tracking

__all__ = [
    "PROFILE_ARGUMENTS",
    "Demo",
    "DemoResult",
    "Profile",
    "ProfileError",
    "Session",
    "bench_pipeline",
    "bench_tables",
    "bench_tracking",
    "load_profile",
    "namespace",
    "open_session",
    "prompt",
    "shipped_profiles",
]


def __getattr__(name: str) -> Any:
    """Load the bench of the tracker, and the optics it draws with, when it is asked for."""
    if name not in ("bench_tables", "bench_tracking"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import tracking_bench  # noqa: PLC0415 - half a second that no session needs

    return getattr(tracking_bench, name)
