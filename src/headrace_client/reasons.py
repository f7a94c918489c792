"""What each reason of a rejection means, in the words of the reference pages. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.requests.rejection import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

MEANINGS: Mapping[Reason, str] = {
    Reason.MALFORMED_JSON: "the body is no JSON that everybody reads alike",
    Reason.NOT_AN_OBJECT: "it is JSON, but not an object",
    Reason.TOO_LARGE: "it has more than 1 MiB; it was not read",
    Reason.UNSUPPORTED_SCHEMA_VERSION: '`schemaVersion` is not `"1"`',
    Reason.MISSING_FIELD: "a required field is absent",
    Reason.UNKNOWN_FIELD: "a field that the request type does not have",
    Reason.INVALID_FIELD: (
        "a field of the wrong type, form or size; an impossible Fargate"
        " size; what is not supported by this release"
    ),
    Reason.UNKNOWN_JOB: "no job definition of this name",
    Reason.UNKNOWN_JOB_VERSION: "the definition has no such version",
    Reason.INVALID_PARAMETERS: "the parameters do not meet the definition's schema",
    Reason.OVERRIDE_NOT_ALLOWED: (
        "an override that the definition does not allow; role, image,"
        " command and environment never are"
    ),
    Reason.OVERRIDES_TOO_LARGE: (
        "the job has no task role to read parameters from S3, and they"
        " do not fit the 8,192 characters of ECS's task overrides; or"
        " its command alone does not"
    ),
    Reason.LIMIT_EXCEEDED: (
        "more than the definition allows: timeout, override, retries;"
        " or more than 100,000 values in the parameters"
    ),
    Reason.IDEMPOTENCY_CONFLICT: "the key is taken by a different request",
    Reason.SECRET_IN_MESSAGE: "text that looks like a credential",
    Reason.URL_NOT_ALLOWED: (
        "a parameter of format `public-https-url` that is no such URL"
    ),
    Reason.TENANT_MISMATCH: "another tenant than the queue's",
    Reason.JOB_NOT_FOUND: (
        "a cancellation or rerun of a job that this tenant does not have"
    ),
    Reason.NOT_CANCELLABLE: "a cancellation of a job that cannot be cancelled",
    Reason.NOT_RERUNNABLE: (
        "a rerun of a job that has not ended, or whose large parameters"
        " are not kept any more"
    ),
    Reason.DEADLINE_PASSED: "the start deadline had passed when the request was read",
}
"""docs/message.md says the same; a test holds them together."""
