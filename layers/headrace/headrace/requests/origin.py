"""Where a rejection comes from: what is known of the request that is refused."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from headrace.errors import InvalidRequest
from headrace.requests.rejection import REDACTED, Reason, Rejection, sentence
from headrace.requests.secret_patterns import names_a_secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What is known about the request that may be rejected.

    `task_token` is who waits for its end, as far as that could be read.
    """

    body_sha256: str
    body_bytes: int
    tenant: str | None = None
    job_name: str | None = None
    idempotency_key: str | None = None
    job_id: str | None = None
    task_token: str | None = field(default=None, repr=False)

    def about(self, job_id: str) -> Origin:
        """Return the same origin, with the job that it concerns."""
        return replace(self, job_id=job_id)

    def refused(
        self,
        reason: Reason,
        *,
        field: str | None,
        limit: str | None,
        value: str | None,
        message: str | None = None,
    ) -> InvalidRequest:
        """Make the error to raise.

        ``value`` is shown text (see `shown`). Without a message one is made from
        field, limit and value.
        """
        if value is not None and (names_a_secret(field or "") or field == "notify"):
            value = REDACTED
        return InvalidRequest(
            Rejection(
                reason=reason,
                field=field,
                limit=limit,
                value=value,
                message=message or sentence(field=field, limit=limit, value=value),
                body_sha256=self.body_sha256,
                body_bytes=self.body_bytes,
                tenant=self.tenant,
                job_name=self.job_name,
                idempotency_key=self.idempotency_key,
                job_id=self.job_id,
                task_token=self.task_token,
            )
        )
