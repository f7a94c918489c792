"""What would become of a request: the checks that dispatch makes, before it is sent.

Domain code only: the answers are the rejections that would be stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from headrace.definitions.admission import admit
from headrace.errors import InvalidRequest
from headrace.requests.parsing import parse_request
from headrace.requests.request import (
    SubmitRequest,
    idempotency_conflict,
    unknown_job,
    unknown_job_version,
)
from headrace_client.aws_problems import speaking_to_aws
from headrace_client.errors import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from headrace.definitions.definition import RegisteredDefinition
    from headrace.jobs.job import Job
    from headrace.ports import Catalogue
    from headrace.requests.rejection import Rejection
    from headrace.requests.request import JobRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What dispatch would do with a request.

    Attributes:
        rejection: What it would store instead of a job; None where nothing is wrong.
        standing: The job that has this request's key already; None where there is
            none, or nobody could look.
        unchecked: What could not be looked at, and why, a sentence each.
    """

    rejection: Rejection | None = None
    standing: Job | None = None
    unchecked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestChecker:
    """Checks requests against what is registered and what stands.

    Attributes:
        catalogue: The definitions.
        job: Returns the record of a job id.
        job_id: Returns the id of the job that a request asks for.
        now: The clock.
    """

    catalogue: Catalogue
    job: Callable[[str], Job | None]
    job_id: Callable[[SubmitRequest], str]
    now: Callable[[], datetime]

    def verdict(self, body: str) -> Verdict:
        """Return what dispatch would do; what cannot be looked at is told."""
        try:
            request = parse_request(body, pinned_tenant=None, now=self.now())
        except InvalidRequest as error:
            return Verdict(rejection=error.rejection)
        if not isinstance(request, SubmitRequest):
            return Verdict()
        unchecked: list[str] = []
        standing = self._standing(request, unchecked)
        try:
            if standing is None:
                self._admit(request, unchecked)
            elif standing.fingerprint != request.fingerprint:
                raise idempotency_conflict(request, job_id=standing.job_id)
        except InvalidRequest as error:
            return Verdict(rejection=error.rejection, standing=standing)
        return Verdict(standing=standing, unchecked=tuple(unchecked))

    def _standing(self, request: SubmitRequest, unchecked: list[str]) -> Job | None:
        try:
            return self.job(self.job_id(request))
        except ClientError as error:
            unchecked.append(f"whether its job stands already: {error.problem}")
            return None

    def _admit(self, request: SubmitRequest, unchecked: list[str]) -> None:
        try:
            registered = self._registered(request)
        except ClientError as error:
            unchecked.append(f"its definition: {error.problem}")
            return
        admit(request, registered, now=self.now())

    def _registered(self, request: SubmitRequest) -> RegisteredDefinition:
        name, version = request.job_name, request.job_version
        with speaking_to_aws("read the definition"):
            active = self.catalogue.active([name]).get(name)
        if active is None:
            raise unknown_job(request)
        if version is None:
            return active
        with speaking_to_aws("read the definition"):
            wanted = self.catalogue.version(name, version)
        if wanted is None:
            raise unknown_job_version(request)
        return wanted


def tenant_of(body: str, *, now: datetime) -> str | None:
    """Return a request's tenant, which is its message group; None where unknown."""
    try:
        request: JobRequest = parse_request(body, pinned_tenant=None, now=now)
    except InvalidRequest as error:
        return error.rejection.tenant
    return request.tenant
