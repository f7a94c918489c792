"""Mutants of how those who listen and those who wait are told."""

from __future__ import annotations

from headrace_local.simulation.mutants.mutant import Mutant, library

OF_ANNOUNCING = (
    Mutant(
        name="untold-without-a-letter",
        removes="An event that nobody took is forgotten.",
        edits=(
            library(
                "stages/announce.py",
                "        for each in unpublished\n",
                "        for each in unpublished[:0]\n",
            ),
        ),
    ),
    Mutant(
        name="second-token-dropped",
        removes="A duplicate's token is not kept with the job that stands.",
        edits=(
            library(
                "stages/notifying.py",
                "    if token is None:\n",
                "    if token != '':\n",
            ),
        ),
    ),
)
