"""AWS behind the wires: each service in memory, with its semantics and no faults."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from headrace_local.memory_sdk import MemoryDynamoDb, MemoryS3, MemorySqs
from headrace_local.simulation import deployment
from headrace_local.simulation.faults import (
    OF_DYNAMODB,
    OF_ECS,
    OF_FUNCTIONS,
    OF_LISTENERS,
    OF_RUN_TASK,
    OF_S3,
    Fault,
)
from headrace_local.simulation.listeners import EventBus, Workflows
from headrace_local.simulation.sdk_errors import SLOW_DOWN
from headrace_local.simulation.tasks import Tasks
from headrace_local.simulation.wires import Manners, Wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from headrace_local.simulation.faults import Plan
    from headrace_local.simulation.loop import Loop
    from headrace_local.simulation.wires import Network

INDEX_LAG_SECONDS = (0.01, 60.0)

MANNERS = {
    "dynamodb": Manners(
        service="dynamodb",
        tries_max=4,
        timeout_seconds=5,
        faults={"": OF_ECS, "put_item": OF_DYNAMODB, "update_item": OF_DYNAMODB},
    ),
    "ecs": Manners(service="ecs", tries_max=4, timeout_seconds=5, faults={"": OF_ECS}),
    "ecs_once": Manners(
        service="ecs",
        tries_max=1,
        timeout_seconds=10,
        faults={"": OF_RUN_TASK},
        weight=3.0,
    ),
    "lambda": Manners(
        service="lambda", tries_max=4, timeout_seconds=5, faults={"": OF_FUNCTIONS}
    ),
    "s3": Manners(
        service="s3",
        tries_max=3,
        timeout_seconds=8,
        faults={"": OF_S3},
        throttle_code=SLOW_DOWN,
        weight=3.0,
    ),
    **{
        service: Manners(
            service=service, tries_max=2, timeout_seconds=5, faults={"": OF_LISTENERS}
        )
        for service in ("events", "stepfunctions", "sqs")
    },
}
"""As wiring configures the clients: RunTask makes one request a call."""


class _Functions:
    """Lambda's API, of which the functions use one call."""

    def __init__(self) -> None:
        self.invoke: Callable[..., dict[str, Any]] = lambda **_: {}


class Aws:
    """All services of one schedule.

    Attributes:
        dynamodb: Also for checkers: it has every item.
        on_wake: What serves Lambda's `Invoke`.
        bus: Where events are published.
        workflows: Who waits with task tokens.
        letters: SQS once more, for announce's dead letters alone: the ids of other
            messages are what they are without it.
    """

    def __init__(self, loop: Loop, plan: Plan) -> None:
        self._plan = plan
        self._lags = count(1)
        self.dynamodb = MemoryDynamoDb(loop, index_lag_seconds=self._index_lag)
        self.dynamodb.create_table(**deployment.figures().table)
        for item in deployment.definition_items():
            self.dynamodb.put_item(TableName=deployment.TABLE_NAME, Item=item)
        numbers = count(1)
        self.sqs = MemorySqs(loop, new_id=lambda: f"message-{next(numbers)}")
        self.s3 = MemoryS3()
        self.s3.create_bucket(Bucket=deployment.PARAMETER_BUCKET_NAME)
        self.tasks = Tasks(loop, plan)
        self.functions = _Functions()
        self.bus = EventBus(plan)
        self.workflows = Workflows()
        of_letters = count(1)
        self.letters = MemorySqs(loop, new_id=lambda: f"letter-{next(of_letters)}")
        self.letters.create_queue(QueueName=deployment.LETTERS_NAME)

    def wire(self, name: str, network: Network) -> Wire:
        """Return a new client of a service, for one execution environment."""
        targets = {
            "dynamodb": self.dynamodb,
            "ecs": self.tasks,
            "ecs_once": self.tasks,
            "lambda": self.functions,
            "s3": self.s3,
            "events": self.bus,
            "stepfunctions": self.workflows,
            "sqs": self.letters,
        }
        return Wire(network, targets[name], MANNERS[name])

    def _index_lag(self, index: str, _key: object) -> float:
        number = next(self._lags)
        name = f"lag/{index}/{number}"
        if not self._plan.strikes(Fault.INDEX_LAG, name):
            return 0.01
        return self._plan.chance.skewed(name, *INDEX_LAG_SECONDS)
