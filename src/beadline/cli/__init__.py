"""The command line: `beadline demo`, `start`, `runs`, `show`, `figure`, `bench`."""

from .commands import app, main

__all__ = ["app", "main"]
