"""Whole experiments on the simulated microscope, from pictures through tracker and analysis, against the truth."""

from .bench import bench_experiments
from .tables import experiment_tables

__all__ = ["bench_experiments", "experiment_tables"]
