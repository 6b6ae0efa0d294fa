"""Run control, measured: how soon a cancel returns, what a pause costs in frames, and what being asked costs."""

from .bench import bench_control

__all__ = ["bench_control"]
