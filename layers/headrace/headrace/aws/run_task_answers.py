"""What RunTask's answers mean: ECS's shapes to `LaunchAnswer`. No calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace.aws.error_codes import (
    CONFLICT,
    refusal_of_error,
    refusal_of_reasons,
)
from headrace.launches.launch import Clashed, LaunchAnswer, Refused, Started, Unanswered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.exceptions import ClientError


def answer_of(answer: Mapping[str, Any], token: str) -> LaunchAnswer:
    """Read an answer with status 200: tasks win over failures."""
    for task in answer.get("tasks", ()):
        arn, started_by = task["taskArn"], task.get("startedBy")
        # A replay shows a stopped task without its startedBy.
        if started_by not in {None, token}:
            return Clashed((arn,), f"startedBy is {started_by}, not {token}")
        return Started(arn)
    failures = answer.get("failures", ())
    if not failures:
        return Unanswered("RunTask answered with neither a task nor a failure")
    reasons = [failure.get("reason", "") for failure in failures]
    details = [failure["detail"] for failure in failures if failure.get("detail")]
    return Refused(
        refusal_of_reasons(reasons),
        code=", ".join(dict.fromkeys(reasons)) or "no reason",
        detail="; ".join(details),
        is_certain=_is_certain(answer),
    )


def answer_of_error(error: ClientError) -> LaunchAnswer:
    """Read an answer that is an error: a refusal, a clash, or no answer at all."""
    code, message, status = told(error)
    response: Mapping[str, Any] = error.response
    if code == CONFLICT:
        return Clashed(tuple(response.get("resourceIds", ())), message)
    kind = refusal_of_error(code, message, status)
    if kind is None:
        return Unanswered(f"{code}: {message}")
    return Refused(kind, code, message, is_certain=_is_certain(response))


def _is_certain(response: Mapping[str, Any]) -> bool:
    """Whether one request alone is behind the answer: botocore counts its retries."""
    retries: int | None = response.get("ResponseMetadata", {}).get("RetryAttempts")
    return retries == 0


def told(error: ClientError) -> tuple[str, str, int]:
    """Return an error's code, message and HTTP status; empty and 0 where absent."""
    response: Mapping[str, Any] = error.response
    said, metadata = response.get("Error", {}), response.get("ResponseMetadata", {})
    status = metadata.get("HTTPStatusCode", 0)
    return said.get("Code", ""), said.get("Message", ""), status
