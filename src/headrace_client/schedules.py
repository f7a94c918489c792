"""Jobs by the clock: schedules of EventBridge Scheduler that send requests.

    schedules = Schedules.over(connect(stack="headrace"))
    schedules.add("report-nightly", "report", "cron(0 2 * * ? *)", slot="date")

Scheduler delivers a slot at least once; its key makes it one job (docs/schedules.md).
The command `headrace schedule` is a thin layer over these.
"""

from __future__ import annotations

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
from headrace_client.schedule_expressions import expression_problem
from headrace_client.schedule_names import ScheduleNames
from headrace_client.schedule_records import (
    NOTHING_MADE,
    Schedule,
    creation_of,
    name_problem,
    refusal_of,
    schedule_from,
)

if TYPE_CHECKING:
    from headrace_client.connection import Connection
    from headrace_client.judging import Judge

INPUT_BYTES_MAX = 262_144
"""Amazon EventBridge Scheduler User Guide, "Quotas": a payload of 256 KB."""


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
        self._check_form(name, expression, timezone, given)
        body = schedule_body(
            job_name,
            parameters=given,
            tenant=self.tenant,
            job_version=job_version,
            start_deadline_seconds=start_deadline_seconds,
        )
        self._check(name, body)
        wanted = Schedule(
            name=name,
            arn="",
            expression=expression,
            timezone=timezone,
            is_enabled=True,
            job_name=job_name,
            body=body,
            description=description,
        )
        return self._made(wanted, start_deadline_seconds)

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

    def _check_form(
        self, name: str, expression: str, timezone: str, parameters: Mapping[str, Any]
    ) -> None:
        problem = (
            name_problem(name)
            or expression_problem(expression, timezone, now=self.now())
            or words_problem(parameters)
        )
        if problem is not None:
            raise ScheduleRefusedError(f"{problem}.", advice=NOTHING_MADE)

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
            raise RefusedError(error.rejection, advice=NOTHING_MADE) from error
        if self.judge.unable is not None:
            raise self.judge.unable

    def _made(self, schedule: Schedule, deadline_seconds: int | None) -> Schedule:
        wanted = creation_of(schedule, self.names, deadline_seconds=deadline_seconds)
        with speaking_to_aws("make the schedule", endpoint=self.endpoint):
            try:
                made = self.scheduler.create_schedule(**wanted)
            except ClientError as error:
                raise refusal_of(error, schedule.name) or error from error
        # Not read again: one for a single time may have removed itself by then.
        return replace(schedule, arn=made["ScheduleArn"])

    def _read(self, name: str) -> Schedule | None:
        try:
            found = self.scheduler.get_schedule(GroupName=self.names.group, Name=name)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            return None
        return schedule_from(found)
