"""Task tokens in requests: who waits for a job's end, and may answer for it.

A token is a capability. It is taken out of a body as soon as it can be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headrace import limits
from headrace.errors import InvalidRequest
from headrace.requests.origin import Origin
from headrace.requests.rejection import Reason


def token_in(document: Mapping[str, Any]) -> str | None:
    """Return who waits for the end, whatever else is wrong with the body."""
    notify = document.get("notify")
    token = notify.get("taskToken") if isinstance(notify, dict) else None
    is_token = isinstance(token, str) and (
        0 < len(token) <= limits.TASK_TOKEN_CHARACTERS_MAX
    )
    return token if is_token else None


def without_token(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the body without what is known to be a capability, and kept as one."""
    if token_in(document) is None:
        return document
    others = {
        name: value for name, value in document["notify"].items() if name != "taskToken"
    }
    return {**document, "notify": others}


def too_many_task_tokens(origin: Origin, *, job_id: str) -> InvalidRequest:
    """Make the rejection for one more who would wait for the same job's end."""
    return origin.about(job_id).refused(
        Reason.LIMIT_EXCEEDED,
        field="notify.taskToken",
        limit=f"one of at most {limits.TASK_TOKENS_MAX} for one job",
        value=None,
    )
