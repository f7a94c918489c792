"""`TaskRunner` on Amazon ECS.

Says what answers mean, and nothing about what to do. RunTask is never retried here:
an answer is the answer to the one request that was sent.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from itertools import batched
from typing import TYPE_CHECKING, Any, Protocol

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from botocore.parsers import ResponseParserError

from headrace.aws.error_codes import refusal_of_error
from headrace.aws.run_task_answers import answer_of, answer_of_error, told
from headrace.errors import Throttled, TryLater, UnreadableReport
from headrace.launches.launch import (
    LaunchAnswer,
    LaunchOrder,
    Placement,
    RefusalKind,
    Refused,
    Unanswered,
)
from headrace.ports import Described, StoppedPage
from headrace.tasks.report import TaskReport

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

RUN_TASK_READ_SECONDS = 10
"""Longer than RunTask takes; with the lease in mind, short of a function's time."""

DESCRIBED_TASKS_MAX = 100
"""DescribeTasks takes at most 100 tasks a call (Amazon ECS API Reference)."""

STOP_REASON_CHARACTERS_MAX = 255
"""StopTask's `reason`; the limit that older API models state."""

_GONE_CODES = frozenset({"ClientException", "InvalidParameterException"})
_NO_ANSWER = (BotoCoreError, ResponseParserError)


class EcsCalls(Protocol):
    """The part of a boto3 ECS client that is used here."""

    def run_task(self, **request: Any) -> Any:  # noqa: ANN401 - boto3's own shapes
        """Call RunTask."""
        ...

    def stop_task(self, **request: Any) -> Any:  # noqa: ANN401 - ditto
        """Call StopTask."""
        ...

    def describe_tasks(self, **request: Any) -> Any:  # noqa: ANN401 - ditto
        """Call DescribeTasks."""
        ...

    def list_tasks(self, **request: Any) -> Any:  # noqa: ANN401 - ditto
        """Call ListTasks."""
        ...


def run_task_client_config() -> Config:
    """Return the configuration of the client that calls RunTask: one try a call."""
    return Config(
        connect_timeout=3,
        read_timeout=RUN_TASK_READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": 1},
        max_pool_connections=16,  # at least the launches that a batch makes at once
    )


class EcsRunner:
    """ECS, as far as launches go. Threads may share it.

    Args:
        run_client: For RunTask alone, configured by `run_task_client_config`.
        client: For everything else, with the usual retries.
        placement: Names the cluster of trusted jobs.
        untrusted: Names that of untrusted ones, where there is one.
    """

    def __init__(
        self,
        run_client: EcsCalls,
        client: EcsCalls,
        placement: Placement,
        untrusted: Placement | None = None,
    ) -> None:
        self._run_client = run_client
        self._client = client
        self._cluster_arn = placement.cluster_arn
        both = (placement, untrusted or placement)
        self._cluster_arns = frozenset(each.cluster_arn for each in both)

    def run(self, order: LaunchOrder) -> LaunchAnswer:
        """See `TaskRunner`."""
        try:
            answer = self._run_client.run_task(**order.request)
        except ClientError as error:
            return answer_of_error(error)
        except ParamValidationError as error:
            # Raised before anything is sent, at every send of these bytes alike.
            return Refused(
                RefusalKind.PERMANENT, "ParamValidation", str(error), is_certain=True
            )
        except _NO_ANSWER as error:
            return Unanswered(f"{type(error).__name__}: {error}")
        return answer_of(answer, order.token)

    def stop(self, task_arn: str, *, reason: str) -> None:
        """See `TaskRunner`."""
        try:
            self._client.stop_task(
                cluster=self._cluster_of(task_arn),
                task=task_arn,
                reason=reason[:STOP_REASON_CHARACTERS_MAX],
            )
        except ClientError as error:
            code, message, _ = told(error)
            # ECS has no code of its own for a task that it no longer knows.
            if code in _GONE_CODES and "not found" in message.lower():
                return
            raise _later("StopTask", error) from error
        except _NO_ANSWER as error:
            raise _later("StopTask", error) from error

    def describe(self, task_arns: Sequence[str]) -> Described:
        """See `TaskRunner`."""
        asked: defaultdict[str, list[str]] = defaultdict(list)
        for arn in dict.fromkeys(task_arns):
            asked[self._cluster_of(arn)].append(arn)
        reports: list[TaskReport] = []
        missing: set[str] = set()
        for cluster_arn, arns in asked.items():
            for chunk in batched(arns, DESCRIBED_TASKS_MAX, strict=False):
                answer = self._call(
                    "DescribeTasks",
                    self._client.describe_tasks,
                    cluster=cluster_arn,
                    tasks=list(chunk),
                )
                reports += _readable(answer.get("tasks", ()))
                missing |= _missing(answer.get("failures", ()))
        told = missing | {report.task_arn for report in reports}
        return Described(reports, frozenset(missing), frozenset({*task_arns} - told))

    def find_running(
        self, started_by: str, *, cluster_arn: str
    ) -> Sequence[TaskReport]:
        """See `TaskRunner`.

        `startedBy` must be the only filter; it then lists what is meant to run.
        """
        listed = self._listed(self._ours(cluster_arn), startedBy=started_by)
        described = self.describe(list(listed))
        unseen = described.missing | described.untold
        if unseen:
            # Just listed and not yet to be described: it exists.
            raise TryLater(f"DescribeTasks: {min(unseen)} not visible yet")
        return [each for each in described.reports if each.started_by == started_by]

    def stopped_page(
        self, family: str, *, cluster_arn: str, cursor: str | None
    ) -> StoppedPage:
        """See `TaskRunner`.

        What is listed is meant to be stopped, and may run on for a while: neither
        listing may leave such a task out. One that ECS forgets between the listing
        and its description is left out: it stopped an hour ago.
        """
        page = {} if cursor is None else {"nextToken": cursor}
        answer = self._call(
            "ListTasks",
            self._client.list_tasks,
            cluster=self._ours(cluster_arn),
            family=family,
            desiredStatus="STOPPED",
            **page,
        )
        described = self.describe(answer.get("taskArns", ()))
        if described.untold:
            raise TryLater(f"DescribeTasks: said nothing of {min(described.untold)}")
        return StoppedPage(described.reports, answer.get("nextToken") or None)

    def _cluster_of(self, task_arn: str) -> str:
        """Return the cluster that a task's ARN names: ...:task/<cluster>/<id>."""
        return self._ours(task_arn.rpartition("/")[0].replace(":task/", ":cluster/", 1))

    def _ours(self, cluster_arn: str) -> str:
        """Return a cluster, or where it is none of ours the trusted jobs'.

        There ECS knows nothing of another cluster's task, and says so.
        """
        return cluster_arn if cluster_arn in self._cluster_arns else self._cluster_arn

    def _listed(self, cluster_arn: str, **filters: str) -> Iterator[str]:
        page: dict[str, str] = {"cluster": cluster_arn}
        while True:
            answer = self._call("ListTasks", self._client.list_tasks, **filters, **page)
            yield from answer.get("taskArns", ())
            token = answer.get("nextToken")
            if not token:
                return
            page["nextToken"] = token

    def _call(self, name: str, call: Any, **request: Any) -> Any:  # noqa: ANN401 - boto3's
        try:
            return call(**request)
        except (ClientError, *_NO_ANSWER) as error:
            raise _later(name, error) from error


def _readable(tasks: Sequence[Mapping[str, Any]]) -> list[TaskReport]:
    """Return the reports that can be read; one that cannot says nothing."""
    reports: list[TaskReport] = []
    for task in tasks:
        with suppress(UnreadableReport):
            reports.append(TaskReport.parse(task))
    return reports


def _missing(failures: Sequence[Mapping[str, str]]) -> set[str]:
    """Return the ARNs that ECS does not know; another reason says nothing."""
    return {
        failure["arn"] for failure in failures if failure.get("reason") == "MISSING"
    }


def _later(operation: str, error: Exception) -> TryLater:
    if isinstance(error, ClientError):
        code, message, status = told(error)
        kind = refusal_of_error(code, message, status)
        later = Throttled if kind is RefusalKind.THROTTLED else TryLater
        return later(f"{operation}: {code}: {message}")
    return TryLater(f"{operation}: {type(error).__name__}: {error}")
