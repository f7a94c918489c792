"""Builders of job definitions: valid by default, a test names what it is about."""

from __future__ import annotations

from typing import Any

from builders import ACCOUNT_ID, NOW, REGION
from headrace.definitions.definition import RegisteredDefinition
from headrace.definitions.registration import parse_definition
from headrace.definitions.resolved import ResolvedContainer, ResolvedTaskDefinition


def a_definition_document(**changes: Any) -> dict[str, Any]:
    """Return a definition as its owner wrote it; a change to None removes a field."""
    document: dict[str, Any] = {
        "name": "report",
        "taskDefinition": "headrace-job-report",
        "container": "main",
        "command": ["report", "--date", "Ref::date"],
        "parameters": {
            "type": "object",
            "properties": {
                "date": {"type": "string"},
                "format": {"enum": ["pdf", "csv"]},
            },
            "required": ["date"],
            "additionalProperties": False,
        },
        "timeoutSeconds": 3600,
        "owner": "team-reports",
    }
    document.update(changes)
    return {name: value for name, value in document.items() if value is not None}


def a_resolved(**changes: Any) -> ResolvedTaskDefinition:
    """Return a Fargate task definition of one container, 256 cpu and 512 MiB."""
    fields: dict[str, Any] = {
        "arn": (
            f"arn:aws:ecs:{REGION}:{ACCOUNT_ID}:task-definition/headrace-job-report:7"
        ),
        "family": "headrace-job-report",
        "containers": (ResolvedContainer(name="main", essential=True),),
        "cpu": 256,
        "memory": 512,
        "requires_compatibilities": ("FARGATE",),
        "network_mode": "awsvpc",
    }
    return ResolvedTaskDefinition(**(fields | changes))


def a_registered(
    *, resolved: ResolvedTaskDefinition | None = None, **changes: Any
) -> RegisteredDefinition:
    """Return version 1 of a definition."""
    return RegisteredDefinition(
        definition=parse_definition(a_definition_document(**changes)),
        version=1,
        resolved=resolved or a_resolved(),
        registered_at=NOW,
    )
