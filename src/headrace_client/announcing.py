"""Asking announce: a job's events once more, or what it could not announce before.

Its function does both, by its own role; who asks needs only to be allowed to invoke it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING, Any

from headrace_client.aws_problems import speaking_to_aws
from headrace_client.errors import NotConfiguredError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Sequence

JOBS_AT_ONCE = 25
"""An invocation has a minute, and a job may have thirty events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What a replay came to.

    Attributes:
        published: How many events the bus took.
        missing: The jobs that have no record.
    """

    published: int
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcer:
    """The announce function of a deployment.

    Attributes:
        functions: A low-level client of Lambda.
        name: The function's; empty where nobody said.
        endpoint: Where the client connects, for error messages; None is AWS.
    """

    functions: Any
    name: str
    endpoint: str | None = None

    def replay(self, job_ids: Sequence[str]) -> Replayed:
        """Have the events of jobs published again.

        Raises:
            NotConfiguredError: The function is not named.
            ClientError: It could not be invoked, or failed; asking again is safe.
        """
        answers = [
            self._asked({"replay": list(some)})
            for some in batched(job_ids, JOBS_AT_ONCE, strict=False)
        ]
        return Replayed(
            published=sum(answer["published"] for answer in answers),
            missing=tuple(each for answer in answers for each in answer["missing"]),
        )

    def send(self, body: str, *, group: str | None) -> str:  # noqa: ARG002 - of `LiveQueue`
        """Let it take a dead letter of its own; see `LiveQueue`.

        What it still cannot announce is a new letter then.
        """
        answer = self._asked({"letters": [body]})
        if answer["failed"]:
            raise UnreachableError(
                "Announce could neither announce the letter nor keep it.",
                advice="See docs/runbook/announce-dead-letters.md.",
            )
        return f"taken by {self.name}"

    def _asked(self, event: dict[str, Any]) -> dict[str, Any]:
        if not self.name:
            raise NotConfiguredError(
                "It is not known which function announces.",
                advice="Name the stack (--stack, HEADRACE_STACK), or set"
                " HEADRACE_ANNOUNCE_FUNCTION_NAME: docs/settings.md.",
            )
        with speaking_to_aws("invoke the announce function", endpoint=self.endpoint):
            answer = self.functions.invoke(
                FunctionName=self.name, Payload=json.dumps(event).encode()
            )
            payload: dict[str, Any] = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise UnreachableError(
                f"The announce function failed: {payload.get('errorMessage')}",
                advice="See docs/runbook/announce-errors.md; asking again is safe.",
            )
        return payload
