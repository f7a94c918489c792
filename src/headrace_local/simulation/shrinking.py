"""From a schedule that fails to one with the fewest faults that fails alike.

Because every draw has a name, a fault that is spared leaves the others where they
were; so halves, quarters and single faults are taken away as long as it still fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from headrace_local.simulation.schedules import Report

RUNS_MAX = 400


def shrunk(failed: Report, run: Callable[[frozenset[str]], Report]) -> Report:
    """Return the smallest failing schedule that is found.

    Args:
        failed: What is to be shrunk.
        run: Runs the same schedule with some faults spared.
    """
    invariant = failed.invariant
    best, spared = failed, frozenset[str]()
    runs = 0
    size = max(1, len(failed.fault_keys) // 2)
    while runs < RUNS_MAX:
        has_shrunk = False
        keys = list(dict.fromkeys(best.fault_keys))
        for start in range(0, len(keys), size):
            chunk = frozenset(keys[start : start + size])
            if not chunk or runs >= RUNS_MAX:
                break
            runs += 1
            report = run(spared | chunk)
            if report.invariant == invariant:
                best, spared, has_shrunk = report, spared | chunk, True
        if size == 1 and not has_shrunk:
            break
        size = max(1, size // 2)
    return best
