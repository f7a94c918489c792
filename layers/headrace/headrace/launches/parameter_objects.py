"""Parameters as an object in S3: its key, and how long it has to be there. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from headrace import limits
from headrace.definitions.admission import Admitted
from headrace.jobs.job import Job
from headrace.requests.request import SubmitRequest

KEPT_DAYS = (90, 450, 900, 1800, 5600)
"""How long the bucket keeps objects: one lifecycle rule for each, by the key's prefix.

The last is longer than any job can live.
"""

WAIT_DAYS = 30
"""How long a job without a start deadline is taken to wait for its turn at most."""

_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class ParameterObject:
    """One object.

    Attributes:
        key: Names the job and the content: a repeated write is the same object, and
            another request under the same idempotency key has another.
        content: The parameters' canonical JSON, UTF-8.
        sha256: Of the content, 64 hexadecimal digits.
    """

    key: str
    content: bytes
    sha256: str


def object_for(
    job: Job,
    content: bytes,
    *,
    request: SubmitRequest,
    terms: Admitted,
    retention_days: int,
) -> ParameterObject:
    """Return the object of a job's parameters."""
    digest = sha256(content).hexdigest()
    days = kept_days(request, terms, retention_days=retention_days)
    key = f"{days}-days/{job.job_name}/{job.job_id}/{digest}.json"
    return ParameterObject(key, content, digest)


def kept_days(request: SubmitRequest, terms: Admitted, *, retention_days: int) -> int:
    """Return how many days parameters are kept: the job's life, and its record's.

    The same whenever it is asked, so that a repeated request has the same key: a
    scheduled job counts as scheduled for the furthest time.
    """
    wait_seconds = request.start_deadline_seconds or WAIT_DAYS * _DAY_SECONDS
    if request.scheduled_at is not None:
        wait_seconds += limits.SCHEDULED_AHEAD_DAYS_MAX * _DAY_SECONDS
    retry = terms.retry
    launches = retry.attempts + retry.infrastructure_retries + len(terms.memory)
    launch_seconds = (
        terms.start_timeout_seconds + terms.timeout_seconds + retry.backoff.max_seconds
    )
    days = (wait_seconds + launches * launch_seconds) / _DAY_SECONDS + retention_days
    return next((each for each in KEPT_DAYS if each >= days), KEPT_DAYS[-1])
