"""Rejections: the answer to a request that can never be valid.

Builds the answer and makes it safe to show; storing and announcing it is a stage's
business.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from enum import StrEnum
from typing import Any

from headrace.requests.secret_patterns import secret_kind

VALUE_CHARACTERS_MAX = 128  # enough to recognise a value, too little to leak a file
FIELD_CHARACTERS_MAX = 256
REDACTED = "<redacted>"

_PLAIN_KEY = re.compile(r"[A-Za-z_$][A-Za-z0-9_$-]*")


class Reason(StrEnum):
    """Why a request was rejected: a closed list, stable once released."""

    MALFORMED_JSON = "MALFORMED_JSON"
    NOT_AN_OBJECT = "NOT_AN_OBJECT"
    TOO_LARGE = "TOO_LARGE"
    UNSUPPORTED_SCHEMA_VERSION = "UNSUPPORTED_SCHEMA_VERSION"
    MISSING_FIELD = "MISSING_FIELD"
    UNKNOWN_FIELD = "UNKNOWN_FIELD"
    INVALID_FIELD = "INVALID_FIELD"
    UNKNOWN_JOB = "UNKNOWN_JOB"
    UNKNOWN_JOB_VERSION = "UNKNOWN_JOB_VERSION"
    INVALID_PARAMETERS = "INVALID_PARAMETERS"
    OVERRIDE_NOT_ALLOWED = "OVERRIDE_NOT_ALLOWED"
    OVERRIDES_TOO_LARGE = "OVERRIDES_TOO_LARGE"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    IDEMPOTENCY_CONFLICT = "IDEMPOTENCY_CONFLICT"
    SECRET_IN_MESSAGE = "SECRET_IN_MESSAGE"  # noqa: S105  # a reason, not a secret
    URL_NOT_ALLOWED = "URL_NOT_ALLOWED"
    TENANT_MISMATCH = "TENANT_MISMATCH"
    JOB_NOT_FOUND = "JOB_NOT_FOUND"
    NOT_CANCELLABLE = "NOT_CANCELLABLE"
    NOT_RERUNNABLE = "NOT_RERUNNABLE"
    DEADLINE_PASSED = "DEADLINE_PASSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """What a client is told, and what is stored: safe to show to anybody.

    Attributes:
        reason: The code from the closed list.
        field: The offending field, as ``overrides.cpu`` or ``parameters.urls[2]``;
            None when the body as a whole is at fault.
        limit: What the field would have to meet.
        value: The offending value as JSON text, at most 128 characters, escaped;
            None when there is none to show. Never a value that looks like a secret.
        message: One sentence for people.
        body_sha256: SHA-256 of the body's bytes, hexadecimal.
        body_bytes: The body's size.
        tenant: Who asked, once known.
        job_name: The catalogue entry asked for, once known.
        idempotency_key: The request's key, once known.
        job_id: The job concerned, once known.
        task_token: Who waits for the job's end and has to be told that there is none;
            a capability, so it is stored and answered, and never shown.
    """

    reason: Reason
    field: str | None
    limit: str | None
    value: str | None
    message: str
    body_sha256: str
    body_bytes: int
    tenant: str | None = None
    job_name: str | None = None
    idempotency_key: str | None = None
    job_id: str | None = None
    task_token: str | None = dataclass_field(default=None, repr=False)


def sentence(*, field: str | None, limit: str | None, value: str | None) -> str:
    """Say in one line what is wrong: ``cpu: must be at least 256, but is 1``."""
    start = field or "body"
    must = "is not valid" if limit is None else f"must be {limit}"
    return f"{start}: {must}" if value is None else f"{start}: {must}, but is {value}"


def shown(value: Any) -> str:  # noqa: ANN401  # any JSON value
    """Return a value as short, escaped text that is safe to store and log.

    Objects and arrays show their size only: what is inside may be private.
    """
    if isinstance(value, Mapping):
        return f"an object of {len(value)} fields"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"an array of {len(value)} items"
    if isinstance(value, str) and secret_kind(value) is not None:
        return REDACTED
    try:
        text = json.dumps(value)
    except (TypeError, ValueError):  # not a JSON value, or an integer too long to write
        return f"a {type(value).__name__}"
    return shortened(text, VALUE_CHARACTERS_MAX)


def shortened(text: str, characters_max: int) -> str:
    """Cut a text that is too long, and show that it was cut."""
    return text if len(text) <= characters_max else text[: characters_max - 1] + "…"


def field_path(path: Sequence[str | int]) -> str:
    """Write a path into a JSON value: ``overrides.cpu``, ``parameters.urls[2]``.

    Keys that are no plain names are quoted; keys that look like secrets are not
    shown.
    """
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif secret_kind(step) is not None:
            text += f"[{REDACTED}]"
        elif _PLAIN_KEY.fullmatch(step):
            text += f".{step}" if text else step
        else:
            text += f"[{shown(step)}]"
    return shortened(text, FIELD_CHARACTERS_MAX)
