"""The composition root: settings to ports, built once per execution environment.

The only place that makes AWS clients. Importing this module has no effect; the
first call of `ports` has.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from aws_lambda_powertools import Logger
from botocore.config import Config

from headrace.aws.absent import Absent
from headrace.aws.definition_table import DefinitionTable
from headrace.aws.ecs_runner import EcsRunner, run_task_client_config
from headrace.aws.job_table import JobTable
from headrace.aws.launch_budget_table import LaunchBudgetTable
from headrace.aws.reconcile_waker import ReconcileWaker
from headrace.aws.sweep_table import SweepTable
from headrace.aws.system import SystemClock, SystemIds
from headrace.launches.budget import LaunchRate
from headrace.launches.launch import Placement
from headrace.ports import Ports, Signals
from headrace.settings import (
    DispatchSettings,
    LaunchSettings,
    RecordSettings,
    StageSettings,
)
from headrace.telemetry import LoggedSignals
from headrace.windows import Windows

if TYPE_CHECKING:
    from collections.abc import Mapping

METRICS_NAMESPACE = "Headrace"
GROUP_PREFIX = "headrace:"

CONNECTIONS_MAX = 16
"""At least the threads of a batch: a smaller pool opens a connection per call."""

CLIENT_CONFIG = Config(
    connect_timeout=3,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 4},
    max_pool_connections=CONNECTIONS_MAX,
)


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


def _built(settings: StageSettings) -> Ports:
    session = boto3.Session()
    dynamodb = session.client("dynamodb", config=CLIENT_CONFIG)
    table_name = settings.job_table_name
    signals = _signals()
    return Ports(
        jobs=JobTable(dynamodb, table_name),
        catalogue=DefinitionTable(dynamodb, table_name),
        budget=_budget(settings, dynamodb),
        tasks=_tasks(settings, session),
        sweeps=SweepTable(dynamodb, table_name),
        waker=_waker(settings, session, signals),
        clock=SystemClock(),
        ids=SystemIds(),
        signals=signals,
        windows=Windows.of(settings.profile),
        placement=_placement(settings),
        deployment_id=settings.deployment_id,
        pinned_tenant=getattr(settings, "pinned_tenant", None) or None,
        retention_days=settings.retention_days,
    )


def _budget(settings: StageSettings, dynamodb: Any) -> Any:  # noqa: ANN401 - boto3's
    if not isinstance(settings, LaunchSettings):
        return Absent("launch budget", type(settings).__name__)
    rate = LaunchRate(settings.launches_per_second, settings.launch_burst)
    return LaunchBudgetTable(dynamodb, settings.job_table_name, rate)


def _tasks(settings: StageSettings, session: boto3.Session) -> Any:  # noqa: ANN401 - ditto
    if not isinstance(settings, LaunchSettings):
        return Absent("access to ECS", type(settings).__name__)
    # The stubs know every parameter of each call; the adapter's port needs none.
    run_client: Any = session.client("ecs", config=run_task_client_config())
    client: Any = session.client("ecs", config=CLIENT_CONFIG)
    return EcsRunner(run_client, client, _placement(settings))


def _waker(settings: StageSettings, session: boto3.Session, signals: Signals) -> Any:  # noqa: ANN401 - ditto
    if not isinstance(settings, DispatchSettings | RecordSettings):
        return Absent("reconcile function", type(settings).__name__)
    client = session.client("lambda", config=CLIENT_CONFIG)
    return ReconcileWaker(client, settings.reconcile_function_name, signals)


def _placement(settings: StageSettings) -> Placement:
    return Placement(
        cluster_arn=getattr(settings, "cluster_arn", ""),
        group=GROUP_PREFIX + settings.deployment_id,
        subnet_ids=getattr(settings, "subnet_ids", ()),
        security_group_ids=getattr(settings, "security_group_ids", ()),
        assign_public_ip=getattr(settings, "assign_public_ip", "DISABLED"),
    )


@cache
def _logger() -> Logger:
    return Logger()


def _signals() -> LoggedSignals:
    logger = _logger()
    return LoggedSignals(logger, namespace=METRICS_NAMESPACE, service=logger.service)


@contextmanager
def invocation(world: Ports, context: Any) -> Iterator[Ports]:  # noqa: ANN401 - AWS gives no type
    """Run one invocation: its request id is in every line, its counts are flushed."""
    _logger().append_keys(function_request_id=getattr(context, "aws_request_id", None))
    try:
        yield world
    finally:
        world.signals.flush()
