"""`JobStore` in memory. Keeps values as a table would; nothing is ever deleted."""

from __future__ import annotations

from dataclasses import replace
from threading import RLock
from typing import TYPE_CHECKING

from headrace.aws import table_keys as keys
from headrace.aws.rejection_item import UNNAMED_TENANT
from headrace.errors import JobMoved
from headrace.instants import to_milliseconds, to_text
from headrace.jobs.list_cursor import read_cursor, to_cursor
from headrace.jobs.sighting import applied, applies
from headrace.jobs.stored_form import as_stored
from headrace.ports import Acceptance, JobPage, StoredRejection
from headrace_local.memory.faults import Faults

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from headrace.jobs.job import Job
    from headrace.ports import JobQuery, Sighting


class MemoryJobStore:
    """The job records in one dictionary. Threads may share it.

    Attributes:
        faults: Which calls fail.
    """

    def __init__(self, faults: Faults | None = None) -> None:
        self.faults = faults or Faults()
        self._jobs: dict[str, Job] = {}
        self._rejections: dict[str, StoredRejection] = {}
        self._lock = RLock()

    def accept(self, job: Job, *, expires_at: datetime | None = None) -> Acceptance:
        """See `JobStore`."""
        if expires_at is not None:
            job = replace(job, expires_at=expires_at)
        with self._lock, self.faults.around("accept"):
            standing = self._jobs.setdefault(job.job_id, as_stored(job))
            is_new = standing.operation_id == job.operation_id
            return Acceptance(standing, is_new=is_new)

    def get(self, job_id: str) -> Job | None:
        """See `JobStore`."""
        with self._lock, self.faults.around("get"):
            return self._jobs.get(job_id)

    def replace(self, before: Job, after: Job) -> None:
        """See `JobStore`."""
        with self._lock, self.faults.around("replace"):
            current = self._jobs.get(before.job_id)
            if current is not None and _is_same_state(current, before):
                self._jobs[before.job_id] = as_stored(after)
            elif current is None or current.operation_id != after.operation_id:
                raise JobMoved(before.job_id, current)

    def note(self, sighting: Sighting) -> None:
        """See `JobStore`."""
        with self._lock, self.faults.around("note"):
            current = self._jobs.get(sighting.job_id)
            if current is not None and applies(current, sighting):
                self._jobs[sighting.job_id] = as_stored(applied(current, sighting))
            elif current is None or current.operation_id != sighting.operation_id:
                raise JobMoved(sighting.job_id, current)

    def due(self, *, until_at: datetime, limit: int) -> Sequence[str]:
        """See `JobStore`."""
        until_at = to_milliseconds(until_at)
        with self._lock, self.faults.around("due"):
            timers = sorted(
                (job.next_at, job.job_id)
                for job in self._jobs.values()
                if job.next_at is not None and job.next_at <= until_at
            )
            return [job_id for _, job_id in timers[:limit]]

    def ready(self, tenant: str, *, limit: int) -> Sequence[str]:
        """See `JobStore`."""
        with self._lock, self.faults.around("ready"):
            waiting = sorted(
                (keys.ready_sk(job.accepted_at, job.job_id), job.job_id)
                for job in self._jobs.values()
                if job.is_ready and job.tenant == tenant
            )
            return [job_id for _, job_id in waiting[:limit]]

    def reject(self, stored: StoredRejection, *, expires_at: datetime) -> None:  # noqa: ARG002 - nothing expires here
        """See `JobStore`."""
        kept = replace(stored, rejected_at=to_milliseconds(stored.rejected_at))
        with self._lock, self.faults.around("reject"):
            self._rejections.setdefault(stored.message_id, kept)

    def rejection(self, message_id: str) -> StoredRejection | None:
        """See `JobStore`."""
        with self._lock, self.faults.around("rejection"):
            return self._rejections.get(message_id)

    def page(self, query: JobQuery) -> JobPage:
        """See `JobStore`.

        Raises:
            ValueError: The cursor is none of ours, or the limit is below 1.
        """
        if query.limit < 1:
            raise ValueError(f"limit: must be at least 1, but is {query.limit}")
        last = None if query.cursor is None else read_cursor(query.cursor)
        since = to_text(query.since_at) if query.since_at else ""
        bounds = [last, to_text(query.until_at) if query.until_at else None]
        with self._lock, self.faults.around("page"):
            listed = sorted(
                (
                    (position, record)
                    for position, record in self._listed(query)
                    if since <= position
                    and all(bound is None or position < bound for bound in bounds)
                ),
                key=lambda entry: entry[0],
                reverse=True,
            )
        shown = listed[: query.limit]
        cursor = to_cursor(shown[-1][0]) if len(listed) > len(shown) else None
        return JobPage(entries=[record for _, record in shown], cursor=cursor)

    def jobs(self) -> Sequence[Job]:
        """Return all records, as a test or a simulation's checkers look at them."""
        with self._lock:
            return list(self._jobs.values())

    def rejections(self) -> Sequence[StoredRejection]:
        """Return all rejections."""
        with self._lock:
            return list(self._rejections.values())

    def _listed(self, query: JobQuery) -> Iterator[tuple[str, Job | StoredRejection]]:
        for job in self._jobs.values():
            if job.tenant == query.tenant and query.takes(job):
                yield keys.listed_at(job.accepted_at, job.job_id), job
        for stored in self._rejections.values():
            tenant = stored.rejection.tenant or UNNAMED_TENANT
            if tenant == query.tenant and query.takes(stored):
                yield keys.listed_at(stored.rejected_at, stored.message_id), stored


def _is_same_state(current: Job, before: Job) -> bool:
    return (current.revision, current.status) == (before.revision, before.status)
