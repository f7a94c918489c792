"""The trace that a job belongs to. Pure."""

from __future__ import annotations

from headrace.identity import traceparent_of
from headrace.jobs.job import Job


def trace_of(job: Job) -> str:
    """Return the W3C header of a job's trace: its request's, else its own."""
    return job.traceparent or traceparent_of(job.job_id)
