"""Going through the pages of a listing, with the filter that no index has."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from headrace_client.documents import status_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headrace.jobs.job import Job
    from headrace.ports import JobQuery, StoredRejection
    from headrace_client.records import JobReader

PAGE_ENTRIES = 100
SCANNED_ENTRIES_MAX = 10_000
"""A listing that filters by status gives up after so many records."""


def listed(
    jobs: JobReader, query: JobQuery, *, status: str | None, limit: int
) -> Iterator[Job | StoredRejection]:
    """Yield up to `limit` records of a status; None means any."""
    left, scanned = limit, 0
    while left > 0 and scanned < SCANNED_ENTRIES_MAX:
        page = jobs.page(query)
        scanned += len(page.entries)
        for entry in page.entries:
            if left > 0 and status in (None, status_of(entry)):
                left -= 1
                yield entry
        if page.cursor is None:
            return
        query = replace(query, cursor=page.cursor)
