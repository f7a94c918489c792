"""RunTask's second half: replay a client token, or place and create the tasks."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from headrace_local.ecs import placement
from headrace_local.ecs.errors import EcsError
from headrace_local.ecs.launches import FARGATE
from headrace_local.ecs.tasks import ContainerRecord, TaskRecord
from headrace_local.ecs.tokens import TokenUse, fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from headrace_local.ecs.clock import Timers
    from headrace_local.ecs.faults import Fault, Faults
    from headrace_local.ecs.launches import Launch
    from headrace_local.ecs.placement import Placement
    from headrace_local.ecs.settings import EngineSettings
    from headrace_local.ecs.tokens import TokenTable

# The sentence of RunTask's `failures` when Fargate is full, as users report it.
NO_FARGATE_CAPACITY = (
    "Capacity is unavailable at this time. Please try again later or in a different "
    "availability zone"
)


class Launcher:
    """Creates tasks. The engine's lock is held in every method.

    Args:
        settings: The engine's figures.
        faults: What is to go wrong.
        timers: The clock.
        tokens: The client tokens in use.
        tasks: Every task by its ARN; new ones are added.
        placement: What fits.
        begin: Sets a new task in motion.
        new_id: Makes 32 hexadecimal digits.
    """

    def __init__(
        self,
        *,
        settings: EngineSettings,
        faults: Faults,
        timers: Timers,
        tokens: TokenTable,
        tasks: dict[str, TaskRecord],
        placement: Placement,
        begin: Callable[[TaskRecord, Fault | None], None],
        new_id: Callable[[], str],
    ) -> None:
        self._settings = settings
        self._faults = faults
        self._timers = timers
        self._tokens = tokens
        self._tasks = tasks
        self._placement = placement
        self._begin = begin
        self._new_id = new_id

    def replay(
        self, cluster_arn: str, request: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """Return the answer that a client token has had before, if it still lives.

        Stopped tasks come back with their ARN and statuses alone ("Ensuring
        idempotency").

        Raises:
            EcsError: ``ConflictException``, with the tasks' ARNs as resourceIds, when
                the request has changed.
        """
        token = request.get("clientToken")
        now = self._timers.clock.now()
        use = self._tokens.find(cluster_arn, token, now) if token else None
        if use is None:
            return None
        if use.fingerprint != fingerprint(request):
            arns = [each.arn for each in use.tasks]
            raise EcsError("ConflictException", members={"resourceIds": arns})
        return {
            "tasks": [_replayed(each) for each in use.tasks],
            "failures": [dict(each) for each in use.failures],
        }

    def launch(self, launch: Launch, request: Mapping[str, Any]) -> dict[str, Any]:
        """Create what fits and answer RunTask."""
        started: list[TaskRecord] = []
        failures: list[Mapping[str, str]] = []
        for provider in launch.providers:
            made = self._create(launch, provider)
            if isinstance(made, TaskRecord):
                started.append(made)
            else:
                failures.append(made)
        token = request.get("clientToken")
        if token and (started or self._settings.caches_refusals):
            use = TokenUse(
                fingerprint=fingerprint(request),
                used_at=self._timers.clock.now(),
                tasks=tuple(started),
                failures=tuple(failures),
            )
            self._tokens.keep(launch.cluster_arn, token, use)
        answer = {
            "tasks": [each.view(with_tags=True) for each in started],
            "failures": [dict(each) for each in failures],
        }
        for each in started:
            fault = self._faults.take("failStart", started_by=each.started_by)
            self._begin(each, fault)
        return answer

    def _create(
        self, launch: Launch, provider: str | None
    ) -> TaskRecord | Mapping[str, str]:
        refusal = self._faults.take("refuse", started_by=launch.started_by)
        if refusal is not None:
            detail = {"detail": refusal.detail} if refusal.detail else {}
            return self._failure(launch, refusal.reason) | detail
        prefix = launch.cluster_arn.replace(":cluster/", ":task/", 1)
        arn = f"{prefix}/{self._new_id()}"
        reason = self._placement.reserve(arn, launch.cpu or 0, launch.memory or 0)
        if reason is not None:
            is_fargate = launch.launch_type == FARGATE
            return self._failure(launch, NO_FARGATE_CAPACITY if is_fargate else reason)
        task = self._record(arn, launch, provider)
        self._tasks[arn] = task
        return task

    def _failure(self, launch: Launch, reason: str) -> dict[str, str]:
        """Return a failure; on EC2 it names the container instance that was tried."""
        is_placement = reason in (placement.CPU, placement.MEMORY, "AGENT")
        if launch.launch_type == FARGATE or not is_placement:
            return {"reason": reason}
        prefix = launch.cluster_arn.replace(":cluster/", ":container-instance/", 1)
        return {"arn": f"{prefix}/{'0' * 31}1", "reason": reason}

    def _record(self, arn: str, launch: Launch, provider: str | None) -> TaskRecord:
        now = self._timers.clock.now()
        region = arn.split(":")[3]
        task = TaskRecord(
            arn=arn,
            cluster_arn=launch.cluster_arn,
            definition=launch.definition,
            group=launch.group,
            launch_type=launch.launch_type,
            cpu=launch.cpu,
            memory=launch.memory,
            overrides=launch.overrides,
            created_at=now,
            availability_zone=f"{region}a",
            capacity_provider=provider,
            started_by=launch.started_by,
            platform_version=launch.platform_version,
            enable_execute_command=launch.enable_execute_command,
            tags=[dict(each) for each in launch.tags],
            attachment=self._attachment(launch),
            missing_until_at=self._window("missing", launch, now),
            unlisted_until_at=self._window("unlisted", launch, now),
        )
        prefix = arn.replace(":task/", ":container/", 1)
        task.containers.extend(
            ContainerRecord(
                arn=f"{prefix}/{self._new_id()}", task_arn=arn, definition=each
            )
            for each in launch.containers
        )
        return task

    def _attachment(self, launch: Launch) -> dict[str, Any] | None:
        if launch.network is None:
            return None
        subnet = {"name": "subnetId", "value": launch.network["subnets"][0]}
        digits = self._new_id()
        return {
            "id": "-".join(
                (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
            ),
            "type": "ElasticNetworkInterface",
            "status": "PRECREATED",
            "details": [subnet],
        }

    def _window(self, kind: str, launch: Launch, now: datetime) -> datetime | None:
        fault = self._faults.take(kind, started_by=launch.started_by)
        if fault is None:
            return None
        return now + timedelta(seconds=self._settings.scaled(fault.seconds))


def _replayed(task: TaskRecord) -> dict[str, Any]:
    if not task.is_stopped:
        return task.view(with_tags=True)
    return {
        "taskArn": task.arn,
        "lastStatus": task.last_status,
        "desiredStatus": task.desired_status,
    }
