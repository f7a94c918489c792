"""Schedules of EventBridge Scheduler that send to the request queue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from headrace_client.aws_problems import speaking_to_aws
from headrace_client.errors import ClientError
from headrace_client.evolution.bodies_read import candidate_of
from headrace_client.evolution.findings import Candidate, Kind, Unchecked
from headrace_client.schedule_bodies import filled_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mypy_boto3_sqs import SQSClient

SCHEDULES_MAX = 1_000
"""Schedules of the account that are looked through for ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulerTargets:
    """The enabled schedules of a queue, in every group.

    Attributes:
        scheduler: A low-level client.
        sqs: Another, which knows the queue's ARN.
        url: The queue's.
        now: The clock.
    """

    scheduler: Any
    sqs: SQSClient
    url: str
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    @property
    def what(self) -> str:
        """See `Source`."""
        return "schedules of EventBridge Scheduler"

    def candidates(
        self, names: frozenset[str], on_progress: Callable[[str], object]
    ) -> Iterator[Candidate | Unchecked]:
        """See `Source`. A schedule is judged by what it would send now."""
        arn = queue_arn(self.sqs, self.url)
        looked_at = 0
        for page in self.scheduler.get_paginator("list_schedules").paginate(
            State="ENABLED", PaginationConfig={"MaxItems": SCHEDULES_MAX + 1}
        ):
            for entry in page["Schedules"]:
                looked_at += 1
                if looked_at > SCHEDULES_MAX:
                    yield Unchecked(
                        f"There are more than {SCHEDULES_MAX:,} schedules; that many"
                        " were looked through."
                    )
                    return
                if entry.get("Target", {}).get("Arn") == arn:
                    on_progress(f"looking at the schedule {entry['Name']}")
                    yield from self._of_schedule(entry, names)

    def _of_schedule(
        self, entry: Mapping[str, str], names: frozenset[str]
    ) -> Iterator[Candidate | Unchecked]:
        group, own = entry["GroupName"], entry["Name"]
        name = f"{group}/{own}"
        try:
            with speaking_to_aws(f"look at the schedule {name}"):
                schedule = self.scheduler.get_schedule(GroupName=group, Name=own)
        except ClientError as error:
            yield Unchecked(error.problem)
            return
        now = self.now()
        body = filled_in(
            schedule["Target"].get("Input", ""), schedule_arn=schedule["Arn"], at=now
        )
        found = candidate_of(body, kind=Kind.SCHEDULE, name=name, names=names, at=now)
        if found is not None:
            yield found


def queue_arn(sqs: SQSClient, url: str) -> str:
    """Return a queue's ARN."""
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return answer["Attributes"]["QueueArn"]
