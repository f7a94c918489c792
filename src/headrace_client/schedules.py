"""Jobs by the clock: schedules of EventBridge Scheduler that send requests.

    schedules = Schedules.over(connect(stack="headrace"))
    schedules.add("report-nightly", "report", "cron(0 2 * * ? *)", slot="date")

Scheduler delivers a slot at least once; its key makes it one job (docs/schedules.md).
The command `headrace schedule` is a thin layer over these.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from botocore.exceptions import ClientError

from headrace.errors import InvalidRequest
from headrace.requests.parsing import parse_request
from headrace.requests.request import DEFAULT_TENANT, SubmitRequest
from headrace_client.aws_problems import speaking_to_aws
from headrace_client.errors import (
    NotFoundError,
    RefusedError,
    ScheduleRefusedError,
)
from headrace_client.schedule_bodies import (
    SCHEDULED_TIME,
    filled_in,
    schedule_body,
    words_problem,
)
from headrace_client.schedule_expressions import expression_problem, is_single
from headrace_client.schedule_names import ScheduleNames

if TYPE_CHECKING:
    from headrace_client.connection import Connection
    from headrace_client.judging import Judge

NAME_PATTERN = r"[0-9A-Za-z_.-]{1,64}"  # Scheduler API Reference, CreateSchedule
INPUT_BYTES_MAX = 262_144
"""Amazon EventBridge Scheduler User Guide, "Quotas": a payload of 256 KB."""

_AGE_SECONDS = (60, 86_400)  # ditto, RetryPolicy: how long a slot is tried to be sent
_RETRIES_MAX = 185  # ditto
_NOTHING_MADE = "Nothing was made; correct it and try again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """One schedule of a deployment.

    Attributes:
        name: Within the deployment's group.
        arn: Part of every slot's idempotency key.
        expression: When it fires: cron, rate or at.
        timezone: By which cron and at are read.
        is_enabled: Whether it fires at all.
        job_name: What it asks for; None where it sends something else.
        body: What it sends, with Scheduler's words.
        description: For people.
    """

    name: str
    arn: str
    expression: str
    timezone: str
    is_enabled: bool
    job_name: str | None
    body: str
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedules:
    """The schedules of one deployment.

    All methods raise `headrace_client.errors.ClientError` where Scheduler does not
    answer or refuses.

    Attributes:
        scheduler: A low-level client.
        names: Group, role and queues.
        judge: Judges what a schedule would send.
        tenant: On whose behalf schedules send.
        endpoint: Where Scheduler is, for error messages; None is AWS.
        now: The clock.
    """

    scheduler: Any
    names: ScheduleNames
    judge: Judge
    tenant: str = DEFAULT_TENANT
    endpoint: str | None = None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    @classmethod
    def over(cls, connection: Connection, *, tenant: str = DEFAULT_TENANT) -> Self:
        """Return the schedules of a deployment that was found.

        Raises:
            NotConfiguredError: Its group or role is not known.
        """
        return cls(
            scheduler=connection.clients.of("scheduler"),
            names=ScheduleNames.of(connection),
            judge=connection.judge(),
            tenant=tenant,
            endpoint=connection.clients.endpoint("scheduler"),
        )

    def add(  # noqa: PLR0913  # what a schedule is made of
        self,
        name: str,
        job_name: str,
        expression: str,
        *,
        timezone: str = "UTC",
        parameters: Mapping[str, Any] | None = None,
        slot: str | None = None,
        start_deadline_seconds: int | None = None,
        job_version: int | None = None,
        description: str = "",
    ) -> Schedule:
        """Make a schedule; what it would send now is judged first.

        Args:
            name: Of the schedule, 1 to 64 of letters, digits, and ``_ . -``.
            job_name: The definition's.
            expression: ``cron(...)``, ``rate(...)`` or ``at(...)``. A schedule for a
                single time removes itself when it has fired.
            timezone: An IANA name, by which cron and at are read.
            parameters: Of the job, the same in every slot.
            slot: A parameter that gets the slot's time, in RFC 3339 and UTC.
            start_deadline_seconds: From the slot on; the job must run by then.
            job_version: Always this one; None takes what is active when it fires.
            description: For people.

        Raises:
            ScheduleRefusedError: It is wrong, or there is one of that name.
            RefusedError: What it would send would be rejected.
        """
        given = dict(parameters or {})
        if slot is not None:
            given[slot] = SCHEDULED_TIME
        problem = (
            _name_problem(name)
            or expression_problem(expression, timezone, now=self.now())
            or words_problem(given)
        )
        if problem is not None:
            raise ScheduleRefusedError(f"{problem}.", advice=_NOTHING_MADE)
        body = schedule_body(
            job_name,
            parameters=given,
            tenant=self.tenant,
            job_version=job_version,
            start_deadline_seconds=start_deadline_seconds,
        )
        self._check(name, body)
        return self._made(
            Schedule(
                name=name,
                arn="",
                expression=expression,
                timezone=timezone,
                is_enabled=True,
                job_name=job_name,
                body=body,
                description=description,
            ),
            start_deadline_seconds,
        )

    def list(self) -> list[Schedule]:
        """Return the deployment's schedules by name, one call for each."""
        with speaking_to_aws("list the schedules", endpoint=self.endpoint):
            pages = self.scheduler.get_paginator("list_schedules").paginate(
                GroupName=self.names.group
            )
            names = [
                entry["Name"]
                for page in pages
                for entry in page["Schedules"]
                # Emulators may not know the filter.
                if entry["GroupName"] == self.names.group
            ]
            found = [self._read(name) for name in sorted(names)]
        return [schedule for schedule in found if schedule is not None]

    def get(self, name: str) -> Schedule:
        """Return one schedule.

        Raises:
            NotFoundError: There is none of that name.
        """
        with speaking_to_aws("read the schedule", endpoint=self.endpoint):
            found = self._read(name)
        if found is None:
            raise NotFoundError(
                f"There is no schedule {name!r} in the group {self.names.group!r}.",
                advice="See what there is: headrace schedule list",
            )
        return found

    def remove(self, name: str) -> Schedule:
        """Remove a schedule and return what it was; its jobs stay as they are.

        Raises:
            NotFoundError: There is none of that name.
        """
        found = self.get(name)
        with speaking_to_aws("remove the schedule", endpoint=self.endpoint):
            self.scheduler.delete_schedule(GroupName=self.names.group, Name=name)
        return found

    def _check(self, name: str, body: str) -> None:
        """Judge what a schedule would send if it fired now."""
        size = len(body.encode())
        if size > INPUT_BYTES_MAX:
            raise ScheduleRefusedError(
                f"parameters: must be small enough for {INPUT_BYTES_MAX} bytes of"
                f" input, but make {size}.",
                advice="Keep them elsewhere, and give the job their address.",
            )
        # As long as an ARN of this name can be, so that no key is too long later.
        arn = f"{self.names.queue_arn[:60]}:schedule/{self.names.group}/{name}"
        now = self.now()
        sent = filled_in(body, schedule_arn=arn, at=now)
        try:
            request = parse_request(sent, pinned_tenant=None, now=now)
            if isinstance(request, SubmitRequest):
                self.judge.judge(request)
        except InvalidRequest as error:
            raise RefusedError(error.rejection, advice=_NOTHING_MADE) from error
        if self.judge.unable is not None:
            raise self.judge.unable

    def _made(self, schedule: Schedule, deadline_seconds: int | None) -> Schedule:
        least, most = _AGE_SECONDS
        with speaking_to_aws("make the schedule", endpoint=self.endpoint):
            try:
                made = self.scheduler.create_schedule(
                    GroupName=self.names.group,
                    Name=schedule.name,
                    ScheduleExpression=schedule.expression,
                    ScheduleExpressionTimezone=schedule.timezone,
                    FlexibleTimeWindow={"Mode": "OFF"},
                    Description=schedule.description,
                    ActionAfterCompletion=(
                        "DELETE" if is_single(schedule.expression) else "NONE"
                    ),
                    Target={
                        "Arn": self.names.queue_arn,
                        "RoleArn": self.names.role_arn,
                        "Input": schedule.body,
                        "DeadLetterConfig": {"Arn": self.names.dead_letters_arn},
                        "RetryPolicy": {
                            "MaximumEventAgeInSeconds": min(
                                max(deadline_seconds or most, least), most
                            ),
                            "MaximumRetryAttempts": _RETRIES_MAX,
                        },
                    },
                )
            except ClientError as error:
                raise _refusal(error, schedule.name) or error from error
        # Not read again: one for a single time may have removed itself by then.
        return replace(schedule, arn=made["ScheduleArn"])

    def _read(self, name: str) -> Schedule | None:
        try:
            found = self.scheduler.get_schedule(GroupName=self.names.group, Name=name)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            return None
        body = found["Target"].get("Input", "")
        return Schedule(
            name=found["Name"],
            arn=found["Arn"],
            expression=found["ScheduleExpression"],
            timezone=found.get("ScheduleExpressionTimezone", "UTC"),
            is_enabled=found["State"] == "ENABLED",
            job_name=_job_name(body),
            body=body,
            description=found.get("Description", ""),
        )


def _name_problem(name: str) -> str | None:
    if re.fullmatch(NAME_PATTERN, name):
        return None
    return (
        "name: must be 1 to 64 letters, digits, hyphens, dots or underscores, but is"
        f" {name!r}"
    )


def _job_name(body: str) -> str | None:
    try:
        document = json.loads(body)
    except ValueError:
        return None
    name = document.get("jobName") if isinstance(document, dict) else None
    return name if isinstance(name, str) else None


def _refusal(error: ClientError, name: str) -> ScheduleRefusedError | None:
    """Return what Scheduler's own checks mean; None for other errors."""
    told = error.response["Error"]
    if told["Code"] == "ConflictException":
        return ScheduleRefusedError(
            f"There is a schedule {name!r} already.",
            advice=f"Remove it first: headrace schedule remove {name}",
        )
    if told["Code"] == "ValidationException":
        return ScheduleRefusedError(
            f"EventBridge Scheduler refuses it: {told.get('Message', '')}",
            advice=_NOTHING_MADE,
        )
    return None
