"""A cold start without the garbage collector, which would find nothing.

A function imports this module before all others of ours, and calls `over` at its end.
What a start makes (modules, classes, clients) lives as long as the process, yet the
collector would walk through it dozens of times while it grows.
"""

from __future__ import annotations

import gc

gc.disable()


def over() -> None:
    """Collect from now on, but never again among what the start has made."""
    gc.freeze()
    gc.enable()
