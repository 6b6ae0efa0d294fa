"""One make-believe microscope behind the hardware protocols: one world, one clock, the same for the same seed."""

from .factory import microscope

__all__ = ["microscope"]
