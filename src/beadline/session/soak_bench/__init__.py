"""Runs one after the other for a long time: does anything grow?"""

from .bench import bench_soak
from .trend import trend

__all__ = ["bench_soak", "trend"]
