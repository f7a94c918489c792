"""Making requests: their form is checked, and they are judged. Sends nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from headrace import identity
from headrace.errors import InvalidRequest
from headrace.requests.parsing import parse_request
from headrace.requests.rejection import Reason, shown
from headrace.requests.request import JobRequest, RerunRequest, SubmitRequest
from headrace.requests.rerunning import run_again
from headrace.requests.spilling import reference_in
from headrace.requests.strict_json import StrictJsonError, parse_strict
from headrace_client.bodies import SCHEMA_VERSION
from headrace_client.errors import RefusedError
from headrace_client.request_queue import Outgoing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from headrace.jobs.job import Job
    from headrace_client.judging import Judge


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestMaker:
    """Makes the requests of one tenant.

    Attributes:
        deployment_id: The deployment's own part of every job id.
        tenant: On whose behalf.
        now: The clock.
        new_key: Makes an idempotency key where the caller gives none.
        judge: Judges submissions; None where no definitions can be read.
    """

    deployment_id: str
    tenant: str
    now: Callable[[], datetime]
    new_key: Callable[[], str]
    judge: Judge | None

    def submission(self, document: Mapping[str, Any] | str, *, check: bool) -> Outgoing:
        """Return the submission that an object, or its text, asks for.

        Version, key and tenant are added where it does not say them.

        Raises:
            RefusedError: It breaks its own form, or with `check` and a judge, dispatch
                would reject it.
            TypeError: A value has no form in JSON.
        """
        if isinstance(document, str):
            document = self._read(document)
        said = {"schemaVersion": SCHEMA_VERSION, "tenant": self.tenant} | dict(document)
        said.setdefault("idempotencyKey", self.new_key())
        body = json.dumps(said)
        request = self.parsed(body)
        try:
            if not isinstance(request, SubmitRequest):
                raise _no_submission(request)
            if check and self.judge is not None:
                self.judge.judge(request)
        except InvalidRequest as error:
            raise _refused(error) from error
        job_id = identity.job_id(
            deployment_id=self.deployment_id,
            tenant=request.tenant,
            job_name=request.job_name,
            idempotency_key=request.idempotency_key,
        )
        return outgoing(body, request, job_id=job_id, fingerprint=request.fingerprint)

    def rerun(self, body: str, job: Job, *, check: bool) -> Outgoing:
        """Return the request to run a job again.

        Raises:
            RefusedError: It breaks its own form, or with `check` and a judge, dispatch
                would reject it. Parameters that are kept in S3 are not looked at.
        """
        request = self.parsed(body)
        if not isinstance(request, RerunRequest):
            raise TypeError(f"no rerun: {body}")
        if check and self.judge is not None and reference_in(job.request_json) is None:
            again = run_again(
                request, request_json=job.request_json, job_version=job.job_version
            )
            try:
                self.judge.judge(again)
            except InvalidRequest as error:
                raise _refused(error) from error
        job_id = identity.job_id(
            deployment_id=self.deployment_id,
            tenant=request.tenant,
            job_name=job.job_name,
            idempotency_key=request.idempotency_key,
        )
        return outgoing(body, request, job_id=job_id, fingerprint=request.fingerprint)

    def _read(self, text: str) -> dict[str, Any]:
        try:
            return parse_strict(text)
        except StrictJsonError:
            self.parsed(text)  # it knows how that is refused
            raise  # never: what is no object is refused

    def parsed(self, body: str) -> JobRequest:
        """Read a body as dispatch will.

        Raises:
            RefusedError: It breaks its own form.
        """
        try:
            return parse_request(body, pinned_tenant=None, now=self.now())
        except InvalidRequest as error:
            raise _refused(error) from error


def outgoing(
    body: str, request: JobRequest, *, job_id: str, fingerprint: str
) -> Outgoing:
    """Return a request that was checked, ready to be sent."""
    return Outgoing(
        body=body,
        tenant=request.tenant,
        job_id=job_id,
        idempotency_key=request.idempotency_key,
        fingerprint=fingerprint,
    )


def _no_submission(request: JobRequest) -> InvalidRequest:
    said = json.loads(request.body_json)["type"]
    return request.origin.refused(
        Reason.INVALID_FIELD,
        field="type",
        limit='"submit", or absent',
        value=shown(said),
    )


def _refused(error: InvalidRequest) -> RefusedError:
    return RefusedError(
        error.rejection, advice="Nothing was sent; correct it and try again."
    )
