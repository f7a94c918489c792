"""Reading the job table with errors that a person can act on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from headrace_client.aws_problems import speaking_to_aws

if TYPE_CHECKING:
    from headrace.jobs.job import Job
    from headrace.ports import JobPage, JobQuery, StoredRejection


class JobReader(Protocol):
    """The part of `headrace.ports.JobStore` that only reads."""

    def get(self, job_id: str) -> Job | None:
        """Return the record as it is now."""
        ...

    def rejection(self, message_id: str) -> StoredRejection | None:
        """Return the rejection of a message."""
        ...

    def page(self, query: JobQuery) -> JobPage:
        """List records, newest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TableReader:
    """A `JobReader` whose errors are `ClientError`.

    Attributes:
        store: What it reads.
        endpoint: Where that is, for error messages; None is AWS.
    """

    store: JobReader
    endpoint: str | None = None

    def get(self, job_id: str) -> Job | None:
        """Return the record as it is now."""
        with speaking_to_aws("read the job", endpoint=self.endpoint):
            return self.store.get(job_id)

    def rejection(self, message_id: str) -> StoredRejection | None:
        """Return the rejection of a message."""
        with speaking_to_aws("read the rejection", endpoint=self.endpoint):
            return self.store.rejection(message_id)

    def page(self, query: JobQuery) -> JobPage:
        """List records, newest first."""
        with speaking_to_aws("list jobs", endpoint=self.endpoint):
            return self.store.page(query)
