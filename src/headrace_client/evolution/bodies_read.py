"""Requests out of the bodies of messages, sent or to be sent. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.errors import InvalidRequest
from headrace.requests.parsing import parse_request
from headrace.requests.request import SubmitRequest
from headrace_client.evolution.findings import Candidate

if TYPE_CHECKING:
    from datetime import datetime

    from headrace_client.evolution.findings import Kind


def candidate_of(
    body: str, *, kind: Kind, name: str, names: frozenset[str], at: datetime
) -> Candidate | None:
    """Return the request of a body, if it is one for these definitions.

    A body that breaks a request's own form is refused by every version alike.
    """
    try:
        request = parse_request(body, pinned_tenant=None, now=at)
    except InvalidRequest:
        return None
    if not isinstance(request, SubmitRequest) or request.job_name not in names:
        return None
    return Candidate(kind=kind, name=name, request=request, at=at)
