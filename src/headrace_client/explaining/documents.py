"""Explanations as JSON objects: what `headrace explain --json` prints."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from headrace_client.explaining.explanation import Explanation, LaunchLine


def explanation_document(explanation: Explanation) -> dict[str, Any]:
    """Return an explanation as a JSON object; absent values are absent fields."""
    step = explanation.next_step
    return _present(
        {
            "id": explanation.subject,
            "status": explanation.status,
            "cause": explanation.cause.value,
            "summary": explanation.summary,
            "advice": explanation.advice or None,
            "sinceAt": _json(explanation.since_at),
            "jobName": explanation.job_name,
            "jobVersion": explanation.job_version,
            "tenant": explanation.tenant,
            "facts": {each.name: _json(each.value) for each in explanation.facts},
            "next": None
            if step is None
            else _present({"what": step.what, "by": step.by, "at": _json(step.at)}),
            "givesUpAt": _json(explanation.gives_up_at),
            "launches": [_launch(each) for each in explanation.launches],
        }
    )


def _launch(line: LaunchLine) -> dict[str, Any]:
    return _present(
        {
            "attempt": line.attempt,
            "launch": line.launch,
            "intendedAt": _json(line.intended_at),
            "endedAt": _json(line.ended_at),
            "reasonCode": line.reason_code,
            "exitCode": line.exit_code,
            "stopCode": line.stop_code,
            "detail": line.detail,
            "taskArn": line.task_arn,
        }
    )


def _json(value: object) -> Any:  # noqa: ANN401  # any JSON value
    if not isinstance(value, datetime):
        return value
    text = value.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def _present(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if value is not None}
