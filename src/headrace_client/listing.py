"""The part of the client that lists records, all of them or a page at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from headrace.ports import JobPage, JobQuery

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from headrace.jobs.job import Job, JobStatus
    from headrace.ports import StoredRejection
    from headrace_client.records import JobReader

PAGE_ENTRIES = 100
"""Records that are read together by whoever wants all of them."""

LOOKS_MAX = 10
"""How often a page is asked for while it is not full; the store looks at a thousand
records or more each time."""


class Listing:
    """What `Headrace` lists, newest first.

    `job_name`, `status`, `correlation_id`, `since_at` (from then on) and `until_at`
    (before then) narrow a listing; None does not. `status` is a job's, or `REJECTED`. A
    listing by name or by correlation id has no rejections, but those that are asked for
    by both that name and that status.
    """

    tenant: str
    _jobs: JobReader

    def list(
        self,
        *,
        job_name: str | None = None,
        status: JobStatus | str | None = None,
        correlation_id: str | None = None,
        since_at: datetime | None = None,
        until_at: datetime | None = None,
        limit: int = 50,
    ) -> Iterator[Job | StoredRejection]:
        """Yield up to `limit` records, newest first.

        Pages are read as they are needed, so that a long list takes little memory.

        Raises:
            ClientError: The table could not be read.
        """
        query = JobQuery(
            tenant=self.tenant,
            job_name=job_name,
            status=status,
            correlation_id=correlation_id,
            since_at=since_at,
            until_at=until_at,
        )
        return listed(self._jobs, query, limit=limit)

    def page(
        self,
        *,
        job_name: str | None = None,
        status: JobStatus | str | None = None,
        correlation_id: str | None = None,
        since_at: datetime | None = None,
        until_at: datetime | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> JobPage:
        """Return up to `limit` records, and the cursor where the next page begins.

        The cursor is None on the last page. One that has fewer records than asked for,
        or none, and a cursor has looked at many that are not such: go on from there.

        Raises:
            ClientError: The table could not be read.
            ValueError: The cursor is none that a page gave, or the limit is below 1.
        """
        query = JobQuery(
            tenant=self.tenant,
            job_name=job_name,
            status=status,
            correlation_id=correlation_id,
            since_at=since_at,
            until_at=until_at,
            limit=limit,
            cursor=cursor,
        )
        return filled(self._jobs, query)


def filled(jobs: JobReader, query: JobQuery) -> JobPage:
    """Return a page that is full, or the last, or as full as can be waited for."""
    entries: list[Job | StoredRejection] = []
    for _ in range(LOOKS_MAX):
        page = jobs.page(replace(query, limit=query.limit - len(entries)))
        entries += page.entries
        query = replace(query, cursor=page.cursor)
        if page.cursor is None or len(entries) >= query.limit:
            break
    return JobPage(entries=entries, cursor=query.cursor)


def listed(
    jobs: JobReader, query: JobQuery, *, limit: int
) -> Iterator[Job | StoredRejection]:
    """Yield up to `limit` records, reading pages as they are needed."""
    while limit > 0:
        page = jobs.page(replace(query, limit=min(limit, PAGE_ENTRIES)))
        limit -= len(page.entries)
        yield from page.entries
        if page.cursor is None:
            return
        query = replace(query, cursor=page.cursor)
