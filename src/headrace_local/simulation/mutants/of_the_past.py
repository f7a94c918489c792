"""Bugs that this code once had, kept as mutants so that they do not come back."""

from __future__ import annotations

from headrace_local.simulation.mutants.mutant import Mutant, library

OF_THE_PAST = (
    Mutant(
        name="late-look-at-the-last-launch",
        removes="A late look at a launch's task is written into the next launch.",
        edits=(
            library(
                "stages/supervising.py",
                "    if not is_current(job, report):\n        return",
                "    if job.launch is None or job.status.is_terminal:\n        return",
            ),
        ),
    ),
    Mutant(
        name="no-connection-is-no-busy-store",
        removes="A table that cannot be reached is an error that nobody knows.",
        edits=(
            library(
                "aws/table_errors.py",
                "_NO_ANSWER = (ConnectionError, HTTPClientError, IncompleteReadError)",
                "_NO_ANSWER = (HTTPClientError, IncompleteReadError)",
            ),
        ),
    ),
)
