"""What we ask ECS for one launch, and what its answer may be.

A launch order is a pure function of the job, its definition and the placement: no
clock and no request id is in it, so that every send of a client token carries the
same bytes. No AWS calls here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from headrace.identity import canonical_json

OVERRIDES_CHARACTERS_MAX = 8192
"""ECS RunTask: all overrides together, as JSON, punctuation included.

Source: Amazon ECS API Reference, RunTask, `overrides`.
"""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where tasks run; the deployment's, never a request's.

    `group` marks every task of this deployment; the state-event rule matches it.
    """

    cluster_arn: str
    group: str
    subnet_ids: tuple[str, ...]
    security_group_ids: tuple[str, ...]
    assign_public_ip: str


@dataclass(frozen=True, slots=True)
class LaunchOrder:
    """A RunTask request, frozen.

    Attributes:
        token: The client token, which is also `startedBy`.
        request: RunTask's parameters, `clientToken` included.
    """

    token: str
    request: Mapping[str, Any]

    def to_json(self) -> str:
        """Return the canonical text that is stored before the first send."""
        return canonical_json(self.request)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the order that was stored; every replay starts from this."""
        request = json.loads(text)
        return cls(token=request["clientToken"], request=request)

    @property
    def overrides_characters(self) -> int:
        """The size that ECS limits to `OVERRIDES_CHARACTERS_MAX`."""
        return len(canonical_json(self.request.get("overrides", {})))

    @property
    def cluster_arn(self) -> str:
        """The cluster that the task was asked for on; there it is looked for."""
        cluster_arn: str = self.request["cluster"]
        return cluster_arn

    @property
    def family(self) -> str:
        """The task definition's family, by which stopped tasks are listed."""
        task_definition: str = self.request["taskDefinition"]
        return task_definition.rpartition("/")[2].partition(":")[0]


class RefusalKind(StrEnum):
    """What a refusal means for the job."""

    THROTTLED = "THROTTLED"
    CAPACITY = "CAPACITY"
    TRANSIENT = "TRANSIENT"
    DENIED = "DENIED"
    PERMANENT = "PERMANENT"


@dataclass(frozen=True, slots=True)
class Started:
    """ECS made a task for the token, now or at an earlier send."""

    task_arn: str


@dataclass(frozen=True, slots=True)
class Refused:
    """ECS says that it made no task.

    `code` is ECS's error code or failure reason; `is_certain` holds where the
    answer is to the only request behind it, with no retry by the SDK.
    """

    kind: RefusalKind
    code: str
    detail: str
    is_certain: bool


@dataclass(frozen=True, slots=True)
class Unanswered:
    """No answer, or one that says nothing: a task may exist."""

    detail: str


@dataclass(frozen=True, slots=True)
class Clashed:
    """The token is taken by a request with other parameters."""

    task_arns: tuple[str, ...]
    detail: str


type LaunchAnswer = Started | Refused | Unanswered | Clashed
