"""Called once per document: quick, and never raising into a run, except for the journal."""

from .guarded import GuardedCallback
from .journal import Journal
from .live_block import LiveBlock, sparkline

__all__ = ["GuardedCallback", "Journal", "LiveBlock", "sparkline"]
