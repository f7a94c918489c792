"""The ports whose calls a script records: the workers, the record, and ECS."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime

from headrace.errors import JobMoved
from headrace.jobs.job import Job
from headrace.launches.launch import (
    LaunchAnswer,
    LaunchOrder,
    RefusalKind,
    Refused,
    Started,
    Unanswered,
)
from headrace.ports import (
    Acceptance,
    Described,
    JobPage,
    JobQuery,
    Sighting,
    StoppedPage,
    StoredRejection,
)
from headrace.tasks.report import TaskReport
from headrace_local.exploration.scope import JOB_ID, TASK_ARNS, TOKENS, report_of
from headrace_local.exploration.script import Answer, Script

_FULL = "RESOURCE:MEMORY"


@dataclass(frozen=True, slots=True)
class ScriptedWorkers:
    """The script's `Workers`."""

    script: Script

    def run[R](
        self, steps: Iterable[Callable[[], R]], *, at_once_max: int
    ) -> list[Future[R]]:
        """See `Workers`."""
        del at_once_max
        return self.script.run_steps(steps)


@dataclass(frozen=True, slots=True)
class ScriptedJobs:
    """The record, as the party is told of it."""

    script: Script

    def accept(self, job: Job, *, expires_at: datetime | None = None) -> Acceptance:
        """See `JobStore`."""
        del expires_at
        answer = self.script.ask("accept", job)
        is_new = answer.name == "new"
        return Acceptance(job if is_new else answer.value, is_new)

    def get(self, job_id: str) -> Job | None:
        """See `JobStore`."""
        job: Job | None = self.script.ask("get", job_id).value
        return job

    def replace(self, before: Job, after: Job) -> None:
        """See `JobStore`."""
        self._written(self.script.ask("replace", (before, after)))

    def note(self, sighting: Sighting) -> None:
        """See `JobStore`."""
        self._written(self.script.ask("note", sighting))

    def due(self, *, until_at: datetime, limit: int) -> Sequence[str]:
        """See `JobStore`; the record says whether it is due."""
        del until_at, limit
        return [] if self.script.has_backlog else [JOB_ID]

    def ready(self, tenant: str, *, limit: int) -> Sequence[str]:
        """See `JobStore`; the record says whether it is ready."""
        del tenant, limit
        return [JOB_ID]

    def reject(self, stored: StoredRejection, *, expires_at: datetime) -> None:
        """See `JobStore`."""

    def rejection(self, message_id: str) -> StoredRejection | None:
        """See `JobStore`."""
        raise NotImplementedError(message_id)

    def page(self, query: JobQuery) -> JobPage:
        """See `JobStore`."""
        raise NotImplementedError(str(query))

    @staticmethod
    def _written(answer: Answer) -> None:
        if answer.name == "moved":
            raise JobMoved(JOB_ID, answer.value)


@dataclass(frozen=True, slots=True)
class ScriptedTasks:
    """ECS, as the party is told of it."""

    script: Script

    def run(self, order: LaunchOrder) -> LaunchAnswer:
        """See `TaskRunner`."""
        answer = self.script.ask("run", order).name
        if answer == "started":
            return Started(TASK_ARNS[TOKENS.index(order.token)])
        if answer == "unanswered":
            return Unanswered("the answer is lost")
        if answer == "throttled":
            return Refused(RefusalKind.THROTTLED, answer, "", is_certain=True)
        is_certain = answer == "refused"
        return Refused(RefusalKind.CAPACITY, _FULL, "", is_certain=is_certain)

    def stop(self, task_arn: str, *, reason: str) -> None:
        """See `TaskRunner`."""
        del reason
        self.script.ask("stop", TASK_ARNS.index(task_arn))

    def describe(self, task_arns: Sequence[str]) -> Described:
        """See `TaskRunner`."""
        (task_arn,) = task_arns
        found = self._reports("describe", TASK_ARNS.index(task_arn))
        missing = frozenset() if found else frozenset(task_arns)
        return Described(found, missing)

    def find_running(
        self, started_by: str, *, cluster_arn: str
    ) -> Sequence[TaskReport]:
        """See `TaskRunner`."""
        del cluster_arn
        return self._reports("list running", TOKENS.index(started_by))

    def stopped_page(
        self, family: str, *, cluster_arn: str, cursor: str | None
    ) -> StoppedPage:
        """See `TaskRunner`."""
        del family, cluster_arn, cursor
        return StoppedPage(self._reports("list stopped"), None)

    def _reports(self, call: str, detail: object = None) -> list[TaskReport]:
        found = self.script.ask(call, detail).value or ()
        return [report_of(number, phase) for number, phase in found]
