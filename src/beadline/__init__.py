"""beadline: a magnetic-tweezers microscope, driven as a beamline is."""

from importlib.metadata import version

__version__ = version("beadline")
