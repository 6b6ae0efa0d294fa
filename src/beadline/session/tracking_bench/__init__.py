"""How good the tracker is, on images it has nothing in common with: the one place that knows tracker and simulation."""

from .bench import bench_tracking
from .tables import bench_tables

__all__ = ["bench_tables", "bench_tracking"]
