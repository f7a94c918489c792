"""A bad message and what must be said about it; and the good request it spoils."""

from __future__ import annotations

import json
import string
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from builders import a_request
from headrace.requests.rejection import Reason


@dataclass(frozen=True, slots=True)
class Bad:
    """One message that has to be rejected.

    Attributes:
        reason: The one reason that fits.
        field: The field that the rejection must name; None where the class does not
            say which.
        secret: A text that no answer may contain.
    """

    body: str
    reason: Reason
    field: str | None = None
    secret: str | None = None


type Generator = Callable[[Random], Bad]


def word(random: Random, characters: int = 8) -> str:
    """Return a name of small letters."""
    return "".join(random.choices(string.ascii_lowercase, k=characters))


def good(random: Random, **changes: Any) -> dict[str, Any]:
    """Return a request that is good but for the changes; None removes a field."""
    key = changes.pop("idempotencyKey", f"bad-{word(random, 12)}")
    return a_request(**{"idempotencyKey": key} | changes)


def spoilt(
    random: Random,
    reason: Reason,
    field: str | None = None,
    *,
    secret: str | None = None,
    **changes: Any,
) -> Bad:
    """Return a good request with changes, which are what is wrong with it."""
    body = json.dumps(good(random, **changes))
    return Bad(body, reason, field, secret)


def with_member(document: dict[str, Any], name: str, text: str) -> str:
    """Write a document with one more member, whose value is any text at all."""
    return f"{json.dumps(document)[:-1]}, {json.dumps(name)}: {text}}}"


def cancel(random: Random, **changes: Any) -> dict[str, Any]:
    """Return a cancellation with changes; None removes a field."""
    request = {
        "schemaVersion": "1",
        "type": "cancel",
        "jobId": "".join(random.choices("abcdefghijklmnopqrstuvwxyz234567", k=26)),
        "idempotencyKey": f"cancel-{word(random)}",
    } | changes
    return {name: value for name, value in request.items() if value is not None}
