"""Requests from lines of JSON: a request each, or the parameters of one job each."""

from __future__ import annotations

import json
from collections import deque
from typing import TYPE_CHECKING, Any

from headrace.requests.strict_json import StrictJsonError, parse_strict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from headrace_client.submission import SubmitResult


class RequestLines:
    """Lines as requests for `submit_many`; blank lines are passed over.

    Args:
        lines: The text of each.
        job_name: Each line is the parameters of this job; None takes each for a
            request as docs/message.md has it.
        key_prefix: The key of a line that has none is this, a hyphen and the line's
            number, so that the same lines again are the same jobs; None makes keys up.
        defaults: Fields of requests that do not say otherwise.
    """

    def __init__(
        self,
        lines: Iterable[str],
        *,
        job_name: str | None = None,
        key_prefix: str | None = None,
        defaults: Mapping[str, Any] | None = None,
    ) -> None:
        self._lines = lines
        self._job_name = job_name
        self._key_prefix = key_prefix
        self._defaults = dict(defaults or {})
        self._numbers: deque[int] = deque()

    def __iter__(self) -> Iterator[Mapping[str, Any] | str]:
        """Yield requests; what is no JSON object as its text, to be refused as such."""
        for number, line in enumerate(self._lines, start=1):
            if line.strip():
                self._numbers.append(number)
                yield self._request(line.strip(), number)

    def take_number(self) -> int:
        """Return the number of the line of the next result; lines count from 1."""
        return self._numbers.popleft()

    def _request(self, line: str, number: int) -> Mapping[str, Any] | str:
        try:
            document = parse_strict(line)
        except StrictJsonError:
            return line
        if self._job_name is not None:
            document = {"jobName": self._job_name, "parameters": document}
        if self._key_prefix is not None:
            document.setdefault("idempotencyKey", f"{self._key_prefix}-{number}")
        return self._defaults | document


def line_again(result: SubmitResult) -> str:
    """Return the line that asks for the same again, under the same key if one was."""
    if result.body is not None:
        return result.body
    if isinstance(result.request, str):
        return result.request
    return json.dumps(result.request)


def result_document(result: SubmitResult, *, line: int) -> dict[str, Any]:
    """Return what became of a line as a JSON object."""
    document: dict[str, Any] = {"line": line}
    sent, error = result.submission, result.error
    if sent is not None:
        return document | {
            "jobId": sent.job_id,
            "messageId": sent.message_id,
            "idempotencyKey": sent.idempotency_key,
        }
    if error is not None:
        document |= {"error": type(error).__name__, "message": error.problem}
    if result.refusal is not None:
        document |= {
            "reasonCode": result.refusal.reason.value,
            "field": result.refusal.field,
            "limit": result.refusal.limit,
            "value": result.refusal.value,
            "message": result.refusal.message,
        }
    return {name: value for name, value in document.items() if value is not None}
