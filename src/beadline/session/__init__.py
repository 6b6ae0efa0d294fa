"""What a person holds: RunEngine, instrument and catalogue, wired together."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .demo import PROFILE_ARGUMENTS, Demo, DemoResult
from .interrupted_runs import interrupted_run
from .ipython_prompt import namespace, prompt
from .microscope_session import Session, open_session
from .pipeline_bench import bench_pipeline
from .profile import Profile, ProfileError, load_profile, shipped_profiles
from .saving import save_calibration, save_finding

if TYPE_CHECKING:
    from .control_bench import bench_control
    from .experiment_bench import bench_experiments, experiment_tables
    from .soak_bench import bench_soak
    from .tracking_bench import bench_tables, bench_tracking

__all__ = [
    "PROFILE_ARGUMENTS",
    "Demo",
    "DemoResult",
    "Profile",
    "ProfileError",
    "Session",
    "bench_control",
    "bench_experiments",
    "bench_pipeline",
    "bench_soak",
    "bench_tables",
    "bench_tracking",
    "experiment_tables",
    "interrupted_run",
    "load_profile",
    "namespace",
    "open_session",
    "prompt",
    "save_calibration",
    "save_finding",
    "shipped_profiles",
]


_LATER = {
    "bench_control": "control_bench",
    "bench_experiments": "experiment_bench",
    "bench_soak": "soak_bench",
    "bench_tables": "tracking_bench",
    "bench_tracking": "tracking_bench",
    "experiment_tables": "experiment_bench",
}


def __getattr__(name: str) -> Any:
    """Load a bench when it is asked for: some need optics or a simulated world, and no session needs any."""
    if name in _LATER:
        return getattr(import_module(f".{_LATER[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
