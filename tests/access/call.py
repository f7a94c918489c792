"""One call as IAM sees it: who, which action, on what, and in which circumstances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Self

from headrace_local.simulation import deployment

ACCOUNT_ID = deployment.ACCOUNT_ID
TLS = {"aws:SecureTransport": "true"}

type Values = str | tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call.

    Attributes:
        principal: The logical id of a role or of a policy for people, or a service.
        action: As policies write it, `service:Operation`.
        resource: An ARN, or `*` where the action has no resource.
        context: Condition keys and their values, beside that it came by TLS.
        why: Who makes it, for what.
    """

    principal: str
    action: str
    resource: str
    context: Mapping[str, Values] = field(default_factory=dict)
    why: str = ""

    def __post_init__(self) -> None:
        frozen = {
            key: value if isinstance(value, str) else tuple(value)
            for key, value in (TLS | dict(self.context)).items()
        }
        object.__setattr__(self, "context", MappingProxyType(frozen))

    def but(self, why: str, **changes: object) -> Self:
        """The same call with a difference."""
        return replace(self, why=f"{self.why}, {why}", **changes)

    def within(self, **changes: Values) -> dict[str, Values]:
        return {**self.context, **changes}

    @property
    def likeness(self) -> tuple[object, ...]:
        """Equal for calls that differ in nothing but which item of the table it is."""
        context = {key: _kind(key, value) for key, value in self.context.items()}
        return (
            self.principal,
            self.action,
            self.resource,
            tuple(sorted(context.items())),
        )

    def __str__(self) -> str:
        told = {
            key: value for key, value in self.context.items() if TLS.get(key) != value
        }
        return f"{self.principal}: {self.action} on {self.resource} {told} ({self.why})"


def _kind(key: str, value: Values) -> Values:
    if key != "dynamodb:LeadingKeys":
        return value
    return tuple(sorted({each.partition("#")[0] for each in value}))


def distinct(calls: list[Call]) -> list[Call]:
    """The first of all calls that are alike."""
    first: dict[tuple[object, ...], Call] = {}
    for call in calls:
        first.setdefault(call.likeness, call)
    return list(first.values())
