"""The port to the job records, and the values that pass through it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from headrace.jobs.job import Job, JobStatus
from headrace.jobs.transitions import Stage
from headrace.requests.rejection import Rejection


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The record that stands after `JobStore.accept`.

    `is_new` is False where another delivery or another request came first.
    """

    job: Job
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A report that may be written without reading the record.

    Attributes:
        job_id: With attempt and launch_number, whom it concerns.
        version: The report's; must be above the one applied last.
        status: RUNNING, or SUCCEEDED for a lone main container that exited 0.
        container: The lone container's name, for SUCCEEDED.
        finished_at: For SUCCEEDED.
        stop_code: For SUCCEEDED, as ECS wrote it.
        stopped_reason: For SUCCEEDED, as ECS wrote it.
        seen_at: The recorder's clock.
        by: The stage that writes it.
        expires_at: When the record may be deleted, for SUCCEEDED.
        image_digest: The main container's, where ECS told it.
    """

    job_id: str
    attempt: int
    launch_number: int
    version: int
    status: JobStatus
    task_arn: str
    seen_at: datetime
    operation_id: str
    by: str = Stage.RECORD
    started_at: datetime | None = None
    container: str | None = None
    finished_at: datetime | None = None
    stop_code: str | None = None
    stopped_reason: str | None = None
    expires_at: datetime | None = None
    image_digest: str | None = None


@dataclass(frozen=True, slots=True)
class StoredRejection:
    """A rejection and the message that it answers."""

    message_id: str
    rejected_at: datetime
    rejection: Rejection


REJECTED = "REJECTED"
"""The status of a rejection; no job ever has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobQuery:
    """Which records to list, newest first; what is None does not matter.

    Attributes:
        tenant: Whose.
        job_name: Only jobs of this name. Rejections that name it are listed where they
            are asked for by their status.
        status: Only jobs of this status, or `REJECTED`.
        correlation_id: Only jobs that were submitted with it; no rejections.
        since_at: Only what was accepted or rejected from then on.
        until_at: Only what was before then.
        limit: How many records a page has at most.
        cursor: Where a page ended that this one goes on from.
    """

    tenant: str
    job_name: str | None = None
    status: str | None = None
    correlation_id: str | None = None
    since_at: datetime | None = None
    until_at: datetime | None = None
    limit: int = 50
    cursor: str | None = None

    def takes(self, record: Job | StoredRejection) -> bool:
        """Tell whether a record of the tenant is one that is asked for, whenever."""
        if isinstance(record, Job):
            return (
                self.job_name in {None, record.job_name}
                and self.status in {None, record.status}
                and self.correlation_id in {None, record.correlation_id}
            )
        names_it = (
            self.status is not None and self.job_name == record.rejection.job_name
        )
        return (
            (self.job_name is None or names_it)
            and self.status in {None, REJECTED}
            and self.correlation_id is None
        )


@dataclass(frozen=True, slots=True)
class JobPage:
    """One page of a listing; `cursor` None on the last.

    A page may have fewer records than its limit, or none, and still not be the last:
    a store looks at a bounded number of records for each.
    """

    entries: Sequence[Job | StoredRejection]
    cursor: str | None


class JobStore(Protocol):
    """The job records: one item each, every write conditional.

    All methods may raise `StoreBusy` (nothing is known of the write's fate; the
    same operation id makes a second try safe).
    """

    def accept(self, job: Job, *, expires_at: datetime | None = None) -> Acceptance:
        """Store a new job unless its id exists; return what stands."""
        ...

    def get(self, job_id: str) -> Job | None:
        """Return the record as it is now (a consistent read)."""
        ...

    def replace(self, before: Job, after: Job) -> None:
        """Store `after` if the record still is `before` (revision and status).

        A write of ours that had succeeded unseen is recognised by its operation id.

        Raises:
            JobMoved: It is not; `current` is what stands, or None.
        """
        ...

    def note(self, sighting: Sighting) -> None:
        """Apply a report without reading the record.

        RUNNING needs status STARTING; SUCCEEDED needs STARTING or RUNNING and
        `sole_container` equal to the sighting's; both need the same attempt and
        launch, and a higher version than the one applied last.

        Raises:
            JobMoved: The guard failed; `current` is what stands, or None.
        """
        ...

    def due(self, *, until_at: datetime, limit: int) -> Sequence[str]:
        """Return ids of jobs whose `next_at` has come, earliest first by shard.

        The index may lag: a returned job may have moved on.
        """
        ...

    def ready(self, tenant: str, *, limit: int) -> Sequence[str]:
        """Return ids of the tenant's backlog, oldest first; may lag."""
        ...

    def reject(self, stored: StoredRejection, *, expires_at: datetime) -> None:
        """Store a rejection; storing the same message's again changes nothing."""
        ...

    def rejection(self, message_id: str) -> StoredRejection | None:
        """Return the rejection of a message."""
        ...

    def page(self, query: JobQuery) -> JobPage:
        """List records, newest first."""
        ...
