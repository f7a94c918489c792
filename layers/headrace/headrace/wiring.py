"""The composition root: settings to ports, built once per execution environment.

The only place that asks for AWS clients. Importing this module has no effect; the
first call of `ports` has.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from aws_lambda_powertools import Logger

from headrace.aws.absent import Absent
from headrace.aws.definition_table import DefinitionTable
from headrace.aws.ecs_runner import EcsRunner
from headrace.aws.event_bus import EventBridgeBus
from headrace.aws.job_table import JobTable
from headrace.aws.launch_budget_table import LaunchBudgetTable
from headrace.aws.letter_queue import LetterQueue
from headrace.aws.parameter_bucket import ParameterBucket
from headrace.aws.reconcile_waker import ReconcileWaker
from headrace.aws.sdk_clients import SdkClients
from headrace.aws.step_functions import StepFunctions
from headrace.aws.sweep_table import SweepTable
from headrace.aws.system import SystemClock, SystemIds, ThreadWorkers
from headrace.launches.budget import LaunchRate
from headrace.ports import Clock, Ids, Ports, Signals, Workers
from headrace.settings import (
    AnnounceSettings,
    DispatchSettings,
    LaunchSettings,
    RecordSettings,
    StageSettings,
    trusted_placement,
    untrusted_placement,
)
from headrace.telemetry import LoggedSignals
from headrace.windows import Windows

if TYPE_CHECKING:
    from collections.abc import Mapping

LAMBDA_VARIABLE = "AWS_LAMBDA_RUNTIME_API"
"""Lambda's own; AWS Lambda Developer Guide, "Defined runtime environment variables"."""

METRICS_NAMESPACE = "Headrace"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What an invocation has around it besides AWS: time, chance, threads, a log."""

    clock: Clock
    ids: Ids
    workers: Workers
    signals: Signals


class Clients(Protocol):
    """The SDK's low-level clients, each made when it is first asked for.

    The stubs know every parameter of each call; the adapters need none of that.
    """

    @property
    def dynamodb(self) -> Any:  # noqa: ANN401 - boto3's
        """DynamoDB."""

    @property
    def ecs(self) -> Any:  # noqa: ANN401 - boto3's
        """ECS, for everything but RunTask."""

    @property
    def ecs_once(self) -> Any:  # noqa: ANN401 - boto3's
        """ECS for RunTask: one request a call, so that an answer is the answer."""

    @property
    def functions(self) -> Any:  # noqa: ANN401 - boto3's
        """Lambda."""

    @property
    def s3(self) -> Any:  # noqa: ANN401 - boto3's
        """S3."""

    @property
    def events(self) -> Any:  # noqa: ANN401 - boto3's
        """EventBridge."""

    @property
    def workflows(self) -> Any:  # noqa: ANN401 - boto3's
        """Step Functions."""

    @property
    def queues(self) -> Any:  # noqa: ANN401 - boto3's
        """SQS."""


def ports[S: StageSettings](
    model: type[S], environment: Mapping[str, str] | None = None
) -> Ports:
    """Return the AWS world of a function, the same one for every invocation.

    Raises:
        Misconfigured: The environment lacks a setting, or has a wrong one.
    """
    if environment is not None:
        return _built(model.read(environment))
    return _cached(model)


@cache
def _cached(model: type[StageSettings]) -> Ports:
    return _built(model.read(os.environ))


def prepare(model: type[StageSettings]) -> None:
    """On Lambda, build a function's world before its first event.

    Lambda gives a start more of a processor than an event gets, and a mistake in the
    settings then stops the start, not a batch.

    Raises:
        Misconfigured: As `ports`, on Lambda.
    """
    if LAMBDA_VARIABLE in os.environ:
        ports(model)


def _built(settings: StageSettings) -> Ports:
    surroundings = Surroundings(
        clock=SystemClock(),
        ids=SystemIds(),
        workers=ThreadWorkers(),
        signals=_signals(settings),
    )
    return ports_over(settings, SdkClients(), surroundings)


def ports_over(
    settings: StageSettings, clients: Clients, surroundings: Surroundings
) -> Ports:
    """Return a function's world over these clients and surroundings."""
    table_name = settings.job_table_name
    workers = surroundings.workers
    return Ports(
        jobs=JobTable(clients.dynamodb, table_name, workers),
        catalogue=DefinitionTable(clients.dynamodb, table_name),
        parameters=_parameters(settings, clients),
        budget=_budget(settings, clients),
        tasks=_tasks(settings, clients),
        sweeps=SweepTable(clients.dynamodb, table_name),
        waker=_waker(settings, clients, surroundings.signals),
        **_told(settings, clients),
        clock=surroundings.clock,
        ids=surroundings.ids,
        workers=workers,
        signals=surroundings.signals,
        windows=Windows.of(settings.profile),
        placement=trusted_placement(settings),
        untrusted_placement=untrusted_placement(settings),
        deployment_id=settings.deployment_id,
        pinned_tenant=getattr(settings, "pinned_tenant", None) or None,
        retention_days=settings.retention_days,
    )


def _parameters(settings: StageSettings, clients: Clients) -> Any:  # noqa: ANN401 - or none
    if not isinstance(settings, DispatchSettings):
        return Absent("parameter bucket", type(settings).__name__)
    return ParameterBucket(clients.s3, settings.parameter_bucket_name)


def _budget(settings: StageSettings, clients: Clients) -> Any:  # noqa: ANN401 - or none
    if not isinstance(settings, LaunchSettings):
        return Absent("launch budget", type(settings).__name__)
    rate = LaunchRate(settings.launches_per_second, settings.launch_burst)
    return LaunchBudgetTable(clients.dynamodb, settings.job_table_name, rate)


def _tasks(settings: StageSettings, clients: Clients) -> Any:  # noqa: ANN401 - or none
    if not isinstance(settings, LaunchSettings):
        return Absent("access to ECS", type(settings).__name__)
    return EcsRunner(
        clients.ecs_once,
        clients.ecs,
        trusted_placement(settings),
        untrusted_placement(settings),
    )


def _waker(settings: StageSettings, clients: Clients, signals: Signals) -> Any:  # noqa: ANN401 - or none
    if not isinstance(settings, DispatchSettings | RecordSettings):
        return Absent("reconcile function", type(settings).__name__)
    return ReconcileWaker(clients.functions, settings.reconcile_function_name, signals)


def _told(settings: StageSettings, clients: Clients) -> dict[str, Any]:
    """Return those who are told of jobs, by their ports' names."""
    if not isinstance(settings, AnnounceSettings):
        absent = Absent("way to announce", type(settings).__name__)
        return dict.fromkeys(("bus", "workflows", "letters"), absent)
    url = settings.announce_dead_letter_queue_url
    return {
        "bus": EventBridgeBus(clients.events, settings.event_bus_name),
        "workflows": StepFunctions(clients.workflows),
        "letters": LetterQueue(clients.queues, url),
    }


@cache
def _logger() -> Logger:
    # Every line comes from one place, so none need pay for saying which.
    return Logger(location=None)


def _signals(settings: StageSettings) -> LoggedSignals:
    return LoggedSignals(
        _logger(), namespace=METRICS_NAMESPACE, stack_name=settings.stack_name
    )


@contextmanager
def invocation(world: Ports, context: Any) -> Iterator[Ports]:  # noqa: ANN401 - AWS gives no type
    """Run one invocation: its request id is in every line, its counts are flushed."""
    _logger().append_keys(function_request_id=getattr(context, "aws_request_id", None))
    try:
        yield world
    finally:
        world.signals.flush()
