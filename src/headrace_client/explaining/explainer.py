"""Reads what an explanation needs: the record, its definition, the backlog."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from headrace.definitions.admission import terms_of
from headrace.errors import InvalidRequest, RecordUnreadable
from headrace.identity import JOB_ID_PATTERN, job_id
from headrace.ports import JobQuery, StoredRejection
from headrace.requests.parsing import restored
from headrace.requests.request import SubmitRequest
from headrace_client.aws_problems import speaking_to_aws
from headrace_client.errors import UnreachableError
from headrace_client.explaining.answers import rejected, without_record
from headrace_client.explaining.evidence import POSITIONS_MAX, BacklogView, Evidence
from headrace_client.explaining.judging import explained

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from headrace.definitions.admission import Admitted
    from headrace.definitions.definition import RegisteredDefinition
    from headrace.jobs.job import Job
    from headrace.ports import Catalogue, LaunchBudget
    from headrace_client.explaining.explanation import Explanation
    from headrace_client.records import JobReader

RECORDS_LOOKED_AT = 100
"""Newest records among which a rejection of an unknown job id is looked for."""


class ReadyJobs(Protocol):
    """The part of `headrace.ports.JobStore` that lists the backlog."""

    def ready(self, tenant: str, *, limit: int) -> Sequence[str]:
        """Return ids of the tenant's backlog, oldest first; may lag."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Explainer:
    """Explains the jobs of one deployment.

    Attributes:
        deployment_id: The deployment's own part of every job id.
        jobs: Where records are read.
        catalogue: Where definitions are.
        backlog: Where the backlog is listed.
        budget: What says who waits, and whether dispatch holds back.
        launches_per_second: The deployment's; None is not known.
        endpoint: Where the table is, for error messages; None is AWS.
    """

    deployment_id: str
    jobs: JobReader
    catalogue: Catalogue
    backlog: ReadyJobs
    budget: LaunchBudget
    launches_per_second: float | None = None
    endpoint: str | None = None

    def explain(self, subject: str, *, tenant: str, now: datetime) -> Explanation:
        """Explain a job by its id, or a rejection by its message id.

        Raises:
            ClientError: The table could not be read.
        """
        if re.fullmatch(JOB_ID_PATTERN, subject) is None:
            stored = self.jobs.rejection(subject)
            if stored is None:
                return without_record(subject, tenant=tenant, is_message=True)
            return rejected(stored)
        job = self.jobs.get(subject)
        if job is not None and job.tenant == tenant:
            return self.explain_job(job, now=now)
        found = self._rejection_of(subject, tenant)
        if found is not None:
            return rejected(found)
        return without_record(subject, tenant=tenant, is_message=False)

    def explain_job(self, job: Job, *, now: datetime) -> Explanation:
        """Explain a record that was read already.

        Raises:
            ClientError: The table could not be read.
        """
        registered = self._registered(job)
        return explained(
            Evidence(
                job=job,
                now=now,
                registered=registered,
                terms=terms_of_job(job, registered),
                backlog=self._backlog(job, now) if job.is_ready else None,
                launches_per_second=self.launches_per_second,
            )
        )

    def _registered(self, job: Job) -> RegisteredDefinition | None:
        with speaking_to_aws("read the definition", endpoint=self.endpoint):
            try:
                return self.catalogue.version(job.job_name, job.job_version)
            except RecordUnreadable:
                return None  # A newer release wrote it; the record tells the rest.

    def _backlog(self, job: Job, now: datetime) -> BacklogView | None:
        """Look at the backlog; who may not, or cannot now, is told so in words."""
        try:
            with speaking_to_aws("read the backlog", endpoint=self.endpoint):
                ids = self.backlog.ready(job.tenant, limit=POSITIONS_MAX)
                seen = self.budget.reserve(0, now=now).backlog
        except UnreachableError:
            return None
        return BacklogView(
            position=ids.index(job.job_id) + 1 if job.job_id in ids else None,
            counted=len(ids),
            other_tenants=len(seen.tenants - {job.tenant}),
            held_until_at=seen.until_at,
        )

    def _rejection_of(self, subject: str, tenant: str) -> StoredRejection | None:
        """Find the newest rejection of the request that would have had a job id."""
        page = self.jobs.page(JobQuery(tenant=tenant, limit=RECORDS_LOOKED_AT))
        for entry in page.entries:
            if isinstance(entry, StoredRejection) and self._id_of(entry) == subject:
                return entry
        return None

    def _id_of(self, stored: StoredRejection) -> str | None:
        rejection = stored.rejection
        if not (rejection.tenant and rejection.job_name and rejection.idempotency_key):
            return rejection.job_id
        return job_id(
            deployment_id=self.deployment_id,
            tenant=rejection.tenant,
            job_name=rejection.job_name,
            idempotency_key=rejection.idempotency_key,
        )


def terms_of_job(job: Job, registered: RegisteredDefinition | None) -> Admitted | None:
    """Return what the job was accepted with; None where it cannot be told."""
    if registered is None:
        return None
    try:
        request = restored(job.request_json)
        if not isinstance(request, SubmitRequest):
            return None
        return terms_of(request, registered, now=job.accepted_at)
    except (InvalidRequest, ValueError):
        return None
