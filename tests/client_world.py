"""A client whose deployment is in memory, with a clock that only moves when told."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from builders import DEPLOYMENT_ID, NOW
from headrace_client.client import Headrace
from headrace_client.deployment import Deployment
from headrace_client.judging import Judge
from headrace_local.memory.clock import VirtualClock
from headrace_local.memory.job_store import MemoryJobStore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headrace.definitions.resolved import ResolvedTaskDefinition
    from headrace.ports import Catalogue
    from headrace_client.request_queue import Outgoing, Untaken


class KeptRequests:
    """A request queue that nobody reads: bodies and tenants, in order."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    def send(self, body: str, *, tenant: str) -> str:
        self.sent.append((body, tenant))
        return f"message-{len(self.sent)}"

    def send_batch(self, requests: Sequence[Outgoing]) -> Sequence[str | Untaken]:
        return [self.send(each.body, tenant=each.tenant) for each in requests]


class KnownTaskDefinitions:
    """Task definitions by the name they are asked for."""

    def __init__(self, **known: ResolvedTaskDefinition) -> None:
        self.known = {name.replace("_", "-"): value for name, value in known.items()}
        self.exposed: list[str] = []

    def resolve(self, name: str) -> ResolvedTaskDefinition | None:
        return self.known.get(name)

    def exposures(self, arn: str) -> list[str]:
        assert arn in {each.arn for each in self.known.values()}
        return self.exposed


class ClientWorld:
    """A client and all that it talks to."""

    def __init__(self, *, definitions: Catalogue | None = None, **changes: Any) -> None:
        self.clock = VirtualClock(NOW)
        judge = definitions and Judge(definitions, now=self.clock.now)
        self.jobs = MemoryJobStore()
        self.requests = KeptRequests()
        keys = (f"made-up-{number}" for number in itertools.count(1))
        arguments: dict[str, Any] = {
            "deployment_id": DEPLOYMENT_ID,
            "jobs": self.jobs,
            "requests": self.requests,
            "judge": judge,
            "now": self.clock.now,
            "sleep": self.clock.pause,
            "new_key": lambda: next(keys),
        }
        self.client = Headrace(**(arguments | changes))


def a_deployment(**changes: Any) -> Deployment:
    """Return the names of the tests' deployment."""
    fields: dict[str, Any] = {
        "request_queue_url": "https://sqs.eu-west-1.amazonaws.com/123456789012/requests",
        "job_table_name": "jobs",
        "deployment_id": DEPLOYMENT_ID,
    }
    return Deployment(**(fields | changes))
