"""What a person holds: RunEngine, instrument and catalogue, wired together."""

from typing import TYPE_CHECKING, Any

from .demo import PROFILE_ARGUMENTS, Demo, DemoResult
from .ipython_prompt import namespace, prompt
from .microscope_session import Session, open_session
from .pipeline_bench import bench_pipeline
from .profile import Profile, ProfileError, load_profile, shipped_profiles
from .saving import save_calibration, save_finding

if TYPE_CHECKING:
    from .experiment_bench import bench_experiments, experiment_tables
    from .tracking_bench import bench_tables, bench_tracking

__all__ = [
    "PROFILE_ARGUMENTS",
    "Demo",
    "DemoResult",
    "Profile",
    "ProfileError",
    "Session",
    "bench_experiments",
    "bench_pipeline",
    "bench_tables",
    "bench_tracking",
    "experiment_tables",
    "load_profile",
    "namespace",
    "open_session",
    "prompt",
    "save_calibration",
    "save_finding",
    "shipped_profiles",
]


def __getattr__(name: str) -> Any:
    """Load the benches that need optics or a simulated world when they are asked for."""
    if name in ("bench_tables", "bench_tracking"):
        from . import tracking_bench  # noqa: PLC0415 - half a second that no session needs

        return getattr(tracking_bench, name)
    if name in ("bench_experiments", "experiment_tables"):
        from . import experiment_bench  # noqa: PLC0415 - as above

        return getattr(experiment_bench, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
