"""Requests that never became a job, and ids that nobody knows. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.requests.rejection import Reason
from headrace_client.explaining.causes import Cause
from headrace_client.explaining.explanation import Explanation, NextStep
from headrace_client.explaining.fact_names import fact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from headrace.ports import StoredRejection
    from headrace.requests.rejection import Rejection
    from headrace_client.explaining.explanation import Fact

AGAIN = " Then send it again; the same idempotency key is free."

ADVICE: Mapping[Reason, str] = {
    Reason.MALFORMED_JSON: "Send a body that is valid JSON." + AGAIN,
    Reason.NOT_AN_OBJECT: "Send one JSON object as the body." + AGAIN,
    Reason.TOO_LARGE: "Put large data elsewhere and send a reference to it." + AGAIN,
    Reason.UNSUPPORTED_SCHEMA_VERSION: 'Set schemaVersion to "1".' + AGAIN,
    Reason.MISSING_FIELD: "Add the field." + AGAIN,
    Reason.UNKNOWN_FIELD: "Remove the field, or correct its name." + AGAIN,
    Reason.INVALID_FIELD: "Correct the field." + AGAIN,
    Reason.UNKNOWN_JOB: "Register the definition, or correct jobName." + AGAIN,
    Reason.UNKNOWN_JOB_VERSION: "Leave jobVersion out for the active version, or name"
    " one that is registered." + AGAIN,
    Reason.INVALID_PARAMETERS: "Correct the parameter; the definition's schema says"
    " what it takes." + AGAIN,
    Reason.OVERRIDE_NOT_ALLOWED: "Leave the override out, or let the definition's"
    " overridesAllowed have it." + AGAIN,
    Reason.OVERRIDES_TOO_LARGE: "Send less in the parameters, or a reference to the"
    " data." + AGAIN,
    Reason.LIMIT_EXCEEDED: "Stay within the limit, or have the definition raise it."
    + AGAIN,
    Reason.IDEMPOTENCY_CONFLICT: "Another request with the same key came first and"
    " keeps its job. Use a new idempotency key for a new job.",
    Reason.SECRET_IN_MESSAGE: "Keep the secret in Secrets Manager or Parameter Store,"
    " let the task definition name it, and change it: it was in a message." + AGAIN,
    Reason.URL_NOT_ALLOWED: "Give an https URL of a public host." + AGAIN,
    Reason.TENANT_MISMATCH: "This queue takes one tenant's requests only: send it as"
    " that tenant, or to your own queue.",
    Reason.JOB_NOT_FOUND: "Check the job id and the tenant; a request just sent may"
    " still be on its way.",
    Reason.NOT_CANCELLABLE: "Nothing is to be done: it cannot be cancelled.",
    Reason.NOT_RERUNNABLE: "Only a job that has ended is run again: wait for its end,"
    " or cancel it first. Then ask again under a new idempotency key.",
    Reason.DEADLINE_PASSED: "It came after its start deadline, so it was not accepted."
    " Send it with a later scheduledAt or a longer startDeadlineSeconds.",
}
"""What to change in a request that was refused, by its reason."""


def rejected(stored: StoredRejection) -> Explanation:
    """Return the explanation of a request that was never accepted."""
    rejection = stored.rejection
    return Explanation(
        subject=stored.message_id,
        status="REJECTED",
        cause=Cause.REJECTED,
        summary=f"The request was refused: {rejection.message.removesuffix('.')}.",
        advice=ADVICE.get(rejection.reason, "Correct the request." + AGAIN),
        since_at=stored.rejected_at,
        job_name=rejection.job_name,
        tenant=rejection.tenant,
        facts=tuple(_facts(rejection)),
    )


def _facts(rejection: Rejection) -> Iterator[Fact]:
    yield fact("reasonCode", rejection.reason.value, rejection.reason.value)
    if rejection.field is not None:
        yield fact("field", rejection.field, rejection.field)
    if rejection.limit is not None:
        yield fact("limit", rejection.limit, rejection.limit)
    if rejection.job_id is not None:
        yield fact("jobId", rejection.job_id, rejection.job_id)
    if rejection.value is not None:
        yield fact("value", rejection.value, rejection.value)


def without_record(subject: str, *, tenant: str, is_message: bool) -> Explanation:
    """Return the explanation of an id that is not in the table."""
    if is_message:
        what = "No rejection has this message id"
        could = (
            "its request was accepted, which leaves a job and no rejection; or its"
            " message still waits in the queue; or the rejection has expired"
        )
    else:
        what = f"Tenant {tenant!r} has no job of this id"
        could = (
            "its request may still wait in the queue; it may have been rejected, which"
            " leaves a rejection under its message id; the job may be another tenant's;"
            " or its record has expired"
        )
    return Explanation(
        subject=subject,
        status=None,
        cause=Cause.NO_RECORD,
        summary=f"{what}: {could}.",
        tenant=tenant,
        next_step=NextStep(
            "A request that waits is taken by dispatch, as a rule within seconds.",
            "dispatch",
        ),
        advice="Look at what there is, rejections included: headrace list. If nothing"
        " new appears there, requests are not taken: headrace doctor. You may also"
        " send the same request again: with the same idempotency key it makes no second"
        " job.",
    )
