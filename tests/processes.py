"""Looks at processes: what descends from one, and which are gone."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def descendants_of(pid: int) -> list[psutil.Process]:
    """Return all that descend from a process now."""
    return psutil.Process(pid).children(recursive=True)


def still_running(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    """Return those that have not ended; one that nobody collected has ended."""
    running = []
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                running.append(process)
    return running


def wait_for[Found](find: Callable[[], Found], *, seconds: float) -> Found:
    """Return the first truthy answer of `find`, or the last one at the deadline."""
    deadline = time.monotonic() + seconds
    while not (found := find()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found
