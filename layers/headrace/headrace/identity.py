"""Names that are derived, never drawn: job ids, traces, client tokens, digests.

Equal input gives the equal name on every machine, so duplicates meet without an
index. No randomness and no clock.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

JOB_ID_CHARACTERS = 26  # 130 of SHA-256's bits; leaves 10 for "-<attempt>-<launch>"
JOB_ID_PATTERN = r"^[a-z2-7]{26}$"
CLIENT_TOKEN_CHARACTERS_MAX = 36  # startedBy's older limit, still met in the wild

_STARTED_BY = re.compile(r"([a-z2-7]{26})-([1-9][0-9]{0,6})-([1-9][0-9]{0,6})")


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedBy:
    """The launch that a task belongs to, as read from ECS's ``startedBy``."""

    job_id: str
    attempt: int
    launch: int


def canonical_json(value: Any) -> str:  # noqa: ANN401  # any JSON value
    """Write a JSON value in its one form: sorted keys, no spaces, no escapes.

    Numbers keep their kind: ``3`` and ``3.0`` are two texts.

    Raises:
        ValueError: The value holds a number that JSON cannot write (NaN, infinity).
    """
    return json.dumps(
        value,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    )


def sha256_hex(text: str) -> str:
    """Return the SHA-256 of a text's UTF-8 bytes, as 64 lower-case hex digits.

    Text that is not Unicode (lone surrogates) has a digest too, so that a hostile
    body can be named in its rejection.
    """
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def job_id(
    *, deployment_id: str, tenant: str, job_name: str, idempotency_key: str
) -> str:
    """Return the id that this submission has, however often it is delivered.

    The deployment is part of it so that two stacks on one cluster never share a
    client token.
    """
    text = canonical_json([deployment_id, tenant, job_name, idempotency_key])
    digest = hashlib.sha256(text.encode()).digest()
    return base64.b32encode(digest).decode().lower()[:JOB_ID_CHARACTERS]


def traceparent_of(job_id: str) -> str:
    """Return the W3C header of a job's own trace: version 00, sampled.

    For a job that was asked for outside any trace. Derived as the job's id is, so that
    what its container gets can be said before the job is accepted.
    Source: W3C Trace Context, "traceparent Header".
    """
    digest = sha256_hex(canonical_json(["traceparent", job_id]))
    # An id of zeros alone would be invalid.
    trace_id, span_id = int(digest[:32], 16) or 1, int(digest[32:48], 16) or 1
    return f"00-{trace_id:032x}-{span_id:016x}-01"


def client_token(job_id: str, attempt: int, launch: int) -> str:
    """Return the idempotency token of one launch; it is also its ``startedBy``.

    Raises:
        ValueError: The token would pass 36 characters or could not be read back.
    """
    token = f"{job_id}-{attempt}-{launch}"
    if len(token) > CLIENT_TOKEN_CHARACTERS_MAX or parse_started_by(token) is None:
        raise ValueError(
            f"clientToken: {token!r} is not <job id>-<attempt>-<launch>"
            f" of at most {CLIENT_TOKEN_CHARACTERS_MAX} characters"
        )
    return token


def parse_started_by(text: str) -> StartedBy | None:
    """Read a launch back from a task's ``startedBy``; None when it is not ours."""
    if len(text) > CLIENT_TOKEN_CHARACTERS_MAX:
        return None
    match = _STARTED_BY.fullmatch(text)
    if match is None:
        return None
    return StartedBy(job_id=match[1], attempt=int(match[2]), launch=int(match[3]))
