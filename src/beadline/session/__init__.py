"""What a person holds: RunEngine, instrument and catalogue, wired together."""

from .demo import PROFILE_ARGUMENTS, Demo, DemoResult
from .ipython_prompt import namespace, prompt
from .microscope_session import Session, open_session
from .pipeline_bench import bench_pipeline
from .profile import Profile, ProfileError, load_profile, shipped_profiles
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
