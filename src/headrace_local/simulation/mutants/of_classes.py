"""Mutants of what keeps the two classes of jobs apart."""

from __future__ import annotations

from headrace_local.simulation.mutants.mutant import Mutant, library

OF_CLASSES = (
    Mutant(
        name="untrusted-beside-trusted",
        removes="Untrusted jobs have a cluster and a network of their own.",
        edits=(
            library(
                "launches/placing.py", "    return untrusted\n", "    return trusted\n"
            ),
        ),
    ),
    Mutant(
        name="searched-on-the-other-cluster",
        removes="A launch is searched for on the cluster that it was asked for on.",
        edits=(
            library(
                "aws/ecs_runner.py",
                "return cluster_arn if cluster_arn in self._cluster_arns else"
                " self._cluster_arn",
                "return self._cluster_arn",
            ),
        ),
    ),
)
