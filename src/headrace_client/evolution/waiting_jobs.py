"""Jobs that wait in the table: their requests may be sent again.

They keep the version that they were accepted with. But a rerun as the latest version,
and the next slot of what sent them, would meet the new one.
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import batched
from typing import TYPE_CHECKING

from pydantic import ValidationError

from headrace.aws.job_item import from_item, key_of
from headrace.aws.job_table import JobTable
from headrace.aws.table_queries import GET_ITEMS_MAX, items_of
from headrace.errors import RecordUnreadable
from headrace.jobs.job import WAITING
from headrace.requests.parsing import restored
from headrace.requests.request import SubmitRequest
from headrace_client.evolution.findings import Candidate, Kind, Unchecked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

    from headrace.aws.wire_values import Item
    from headrace.jobs.job import Job
    from headrace_client.evolution.large_parameters import LargeParameters

JOBS_MAX = 10_000
"""Records looked at: about 10,000 read units, and seconds."""

_EVER = datetime(9999, 1, 1, tzinfo=UTC)
_WAITING = frozenset(status.value for status in WAITING)


class WaitingJobs:
    """Jobs of a table that have not started, whatever their tenant.

    Args:
        client: A low-level client.
        table_name: The table's.
        large: Reads the parameters that are not in the records.
        jobs_max: How many jobs that have not ended are looked at.
    """

    what = "waiting jobs"

    def __init__(
        self,
        client: DynamoDBClient,
        table_name: str,
        large: LargeParameters,
        jobs_max: int = JOBS_MAX,
    ) -> None:
        self._client = client
        self._table_name = table_name
        self._jobs_max = jobs_max
        self._large = large

    def candidates(
        self, names: frozenset[str], on_progress: Callable[[str], object]
    ) -> Iterator[Candidate | Unchecked]:
        """See `Source`. Jobs that run are looked at as well, to find that they do."""
        table = JobTable(self._client, self._table_name)
        ids = list(table.due(until_at=_EVER, limit=self._jobs_max + 1))
        if len(ids) > self._jobs_max:
            yield Unchecked(
                f"More than {self._jobs_max:,} jobs wait or run; that many were"
                " looked at."
            )
            del ids[self._jobs_max :]
        for number, chunk in enumerate(batched(ids, GET_ITEMS_MAX, strict=False)):
            on_progress(
                f"looking at waiting jobs: {number * GET_ITEMS_MAX:,} of {len(ids):,}"
            )
            keys = [key_of(job_id) for job_id in chunk]
            found = items_of(self._client, self._table_name, keys)
            yield from self._of_items(found.values(), names)
        if self._large.unread:
            yield Unchecked(
                f"The parameters of {self._large.unread} waiting jobs are in S3 and"
                f" were not read: {self._large.problem}."
            )

    def _of_items(
        self, items: Iterable[Item], names: frozenset[str]
    ) -> Iterator[Candidate | Unchecked]:
        for item in items:
            if item["jobName"].get("S") not in names:
                continue
            if item["status"].get("S") not in _WAITING:
                continue
            try:
                yield from self._of_job(from_item(item))
            except (RecordUnreadable, ValidationError, ValueError):
                yield Unchecked(
                    f"The record of the job {item['jobId']['S']} cannot be read by"
                    " this release."
                )

    def _of_job(self, job: Job) -> Iterator[Candidate | Unchecked]:
        request = restored(job.request_json)
        if not isinstance(request, SubmitRequest) or request.job_version is not None:
            return
        whole = self._large.whole(request)
        if whole is not None:
            yield Candidate(
                kind=Kind.JOB, name=job.job_id, request=whole, at=job.accepted_at
            )
