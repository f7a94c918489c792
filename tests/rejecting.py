"""Asks for the rejection that something ends in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from builders import NOW, a_request_body
from definition_builders import a_registered
from headrace.definitions.admission import Admitted, admit
from headrace.errors import InvalidRequest
from headrace.requests.parsing import parse_request
from headrace.requests.request import SubmitRequest

if TYPE_CHECKING:
    from datetime import datetime

    from headrace.definitions.definition import RegisteredDefinition
    from headrace.requests.rejection import Rejection
    from headrace.requests.request import JobRequest


def parsed(body: str, *, pinned_tenant: str | None = None) -> JobRequest:
    """Parse a body at `NOW`."""
    return parse_request(body, pinned_tenant=pinned_tenant, now=NOW)


def submitted(**changes: object) -> SubmitRequest:
    """Parse a valid submission with changes."""
    request = parsed(a_request_body(**changes))
    assert isinstance(request, SubmitRequest)
    return request


def rejected(body: str, *, pinned_tenant: str | None = None) -> Rejection:
    """Parse a body that must be refused, and return why."""
    with pytest.raises(InvalidRequest) as caught:
        parsed(body, pinned_tenant=pinned_tenant)
    return caught.value.rejection


def admitted(
    registered: RegisteredDefinition | None = None,
    now: datetime = NOW,
    **changes: object,
) -> Admitted:
    """Admit a submission with changes to an entry."""
    return admit(submitted(**changes), registered or a_registered(), now=now)


def not_admitted(
    registered: RegisteredDefinition | None = None,
    now: datetime = NOW,
    **changes: object,
) -> Rejection:
    """Submit what the entry must refuse, and return why."""
    with pytest.raises(InvalidRequest) as caught:
        admitted(registered, now, **changes)
    return caught.value.rejection
