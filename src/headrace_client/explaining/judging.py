"""The explanation of a job, whatever its status. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.jobs.job import WAITING
from headrace_client.explaining.ended import ended
from headrace_client.explaining.launched import launched
from headrace_client.explaining.waiting import waiting

if TYPE_CHECKING:
    from headrace_client.explaining.evidence import Evidence
    from headrace_client.explaining.explanation import Explanation


def explained(evidence: Evidence) -> Explanation:
    """Return why a job waits, what it does, or why it ended.

    Raises:
        ValueError: The record has a shape that no stage would store.
    """
    if evidence.job.status.is_terminal:
        return ended(evidence)
    if evidence.job.status in WAITING:
        return waiting(evidence)
    return launched(evidence)
